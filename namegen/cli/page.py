"""`namegen page`: the page that learns, for people without Python."""

from pathlib import Path

from namegen.cli.console import note
from namegen.cli.options import Force, Out, Quiet, command
from namegen.cli.output_paths import check_output
from namegen.errors import UsageError
from namegen.export import write_learning_page


@command()
def page(*, quiet: Quiet = False, out: Out = Path("names.html"), force: Force = False) -> None:
    """Write a page that learns: paste twenty names into any browser, offline, and it makes more like them.

    It includes every bundled list.
    """
    if out.suffix.lower() != ".html":
        raise UsageError(f"{out}: is not the name of a page. Name a file that ends in .html.")
    check_output(out, force=force)
    write_learning_page(out)
    note(f"{out}: {out.stat().st_size:,} bytes. Open it in a browser.", quiet=quiet)
