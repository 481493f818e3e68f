"""`namegen page`: the page that learns, for people without Python."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from annotated_doc import Doc

from namegen.cli.console import note
from namegen.cli.options import OutputFile, command
from namegen.cli.output_paths import check_output
from namegen.errors import UsageError
from namegen.export import write_learning_page


@dataclass(frozen=True, kw_only=True)
class PageFile(OutputFile):
    """The page to write."""

    out: Annotated[Path, Doc("The file to write.")] = Path("names.html")


@command()
def page(*, options: PageFile) -> None:
    """Write a page that learns: paste twenty names into any browser, offline, and it makes more like them.

    It includes every bundled list.
    """
    if options.out.suffix.lower() != ".html":
        raise UsageError(f"{options.out}: is not the name of a page. Name a file that ends in .html.")
    check_output(options.out, force=options.force)
    write_learning_page(options.out)
    note(f"{options.out}: {options.out.stat().st_size:,} bytes. Open it in a browser.", quiet=options.quiet)
