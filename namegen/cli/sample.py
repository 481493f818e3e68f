"""`namegen sample`: new names from a model."""

import secrets
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from namegen.cli import name_writer as show
from namegen.cli import wishes
from namegen.cli.console import note
from namegen.cli.hints import on_drawn_names
from namegen.cli.name_writer import NameFormat
from namegen.cli.open_models import check_model, open_model
from namegen.cli.options import option
from namegen.corpus.sources import DEFAULT_SOURCE
from namegen.errors import UsageError

if TYPE_CHECKING:
    from namegen.api import TrainedModel
    from namegen.sampling.sampler import Sampler
    from namegen.sampling.selection import Selection

WRITTEN = tuple(form for form in NameFormat if form is not NameFormat.table)  # block by block
ENDLESS = (NameFormat.lines, NameFormat.jsonl, NameFormat.csv)  # a name after the other, without a frame
MOST_IN_COLUMNS = 2000  # on a terminal; more are written as they come


def sample(
    model: wishes.Model = DEFAULT_SOURCE,
    n: Annotated[
        int | None, option("-n", "--number", "How many names; 0 never ends.  [default: 20]", minimum=0)
    ] = None,
    starts_with: wishes.StartsWith = None,
    ends_with: wishes.EndsWith = None,
    contains: wishes.Contains = None,
    excludes: wishes.Excludes = None,
    min_length: wishes.MinLength = 1,
    max_length: wishes.MaxLength = 200,
    matches: wishes.Matches = "",
    like: Annotated[
        str,
        option("--like", "Those most like this name, out of a larger draw.", wishes.WHICH, metavar="NAME"),
    ] = "",
    sort: Annotated[wishes.Sort, option("--sort", "The order of the names.", wishes.WRITTEN)] = wishes.Sort.none,
    case: wishes.CaseOption = wishes.Case.keep,
    allow_known: wishes.AllowKnown = False,
    allow_repeats: Annotated[bool, option("--allow-repeats", "Names may come more than once.", wishes.WHICH)] = False,
    seed: Annotated[
        int | None, wishes.seed("The same seed gives the same names; left out, one is picked.", wishes.DRAWN)
    ] = None,
    temperature: Annotated[
        float,
        option("--temperature", "Below 1: safer names; above: wilder ones.", wishes.DRAWN),
    ] = 1.0,
    top_k: Annotated[int, option("--top-k", "Only the K most likely characters; 0: all.", wishes.DRAWN)] = 0,
    top_p: Annotated[
        float,
        option("--top-p", "Only the most likely characters that together have this probability.", wishes.DRAWN),
    ] = 1.0,
    form: Annotated[
        NameFormat | None,
        option("--format", "How names are written; without: columns on a terminal, lines in a pipe.", wishes.WRITTEN),
    ] = None,
    scores: wishes.Scores = False,
    interactive: Annotated[
        bool, typer.Option("--interactive", "-i", help="Draw, change and keep names with single keys.")
    ] = False,
    batch_size: Annotated[
        int,
        option("--batch-size", "Names drawn together; 1: one character at a time.", wishes.DRAWN),
    ] = 1 << 17,
    max_tries: Annotated[
        int,
        option("--max-tries", "Give up after so many draws in a row without a name to show.", wishes.DRAWN),
    ] = 200_000,
    lower: wishes.Lower = False,
    quiet: wishes.Quiet = False,
) -> None:
    """Draw new names: none that the model learned from, and none twice.

    Constraints combine, and never bend the distribution: what comes is what the model would say, given them.
    """
    options: dict[str, Any] = wishes.constraints(
        starts_with, ends_with, contains, excludes, min_length, max_length, matches, lower
    ) | {
        "case": case.value,
        "allow_repeats": allow_repeats,
        "temperature": temperature,
        "top_k": top_k,
        "top_p": top_p,
        "batch_size": batch_size,
        "max_tries": max_tries,
    }
    in_order = bool(like) or sort is not wishes.Sort.none
    order: dict[str, Any] = {"like": like, "sort": sort.value}
    idle = {"-n": n is not None, "--like": like, "--sort": in_order and not like, "--format": form, "--scores": scores}
    if interactive and any(idle.values()):
        raise UsageError(f"-i shows names in its own way. Leave {next(name for name in idle if idle[name])} out.")
    n = 20 if n is None else n
    form = form or _form_for(n, scores or allow_known)
    if n == 0 and (in_order or form not in ENDLESS):
        raise UsageError("-n 0 never ends, so names cannot be sorted, or written as json or a table. Give a number.")
    check_model(model)

    from namegen.settings import SamplingSettings

    changed = SamplingSettings(**options).changed  # a wrong wish is told before a long list is read
    trained = open_model(model, quiet, lower=lower)
    _use_one_thread()
    options["allow_known"] = allow_known
    if interactive:
        from namegen.cli.interactive import interact

        interact(trained, options, seed)
        return
    options["seed"] = secrets.randbelow(1 << 32) if seed is None else seed
    details = show.Details(scores=scores, origins=allow_known and (scores or form is not NameFormat.lines))
    asked = changed | ({"allow_known": True} if allow_known else {})
    asked |= {key: value for key, value in order.items() if value not in ("", "none")}
    header = {"model": model, "family": trained.model.family, "seed": options["seed"], "asked": n, "options": asked}
    if in_order or form not in WRITTEN:
        selection = trained.select(n, **order, **options)
        _tell_seed(options["seed"], quiet or seed is not None)
        _write_all(trained, selection, form, details, header, quiet=quiet)
        if form is None and not asked:
            on_drawn_names(quiet=quiet)
    else:
        sampler = trained.blocks(n, **options)
        _tell_seed(options["seed"], quiet or seed is not None)
        _stream(trained, sampler, form, details, header)


def _tell_seed(seed: int, quiet: bool) -> None:
    """Only once there is nothing wrong with what was asked."""
    note(f"seed {seed}", quiet=quiet)


def _write_all(
    trained: "TrainedModel",
    selection: "Selection",
    form: NameFormat | None,
    details: show.Details,
    header: dict[str, Any],
    *,
    quiet: bool,
) -> None:
    """Write names that had to be waited for."""
    rows = trained.describe(selection.names, selection.model_names)
    if form in WRITTEN:
        totals = {"found": len(rows), "tried": selection.tried}
        show.write([[details.of(row) for row in rows]], form, header, lambda: totals)
    else:
        show.show(rows, form, details, quiet=quiet)
    if selection.failure:
        raise selection.failure


def _stream(
    trained: "TrainedModel", sampler: "Sampler", form: NameFormat, details: show.Details, header: dict[str, Any]
) -> None:
    """Write blocks as they are found."""
    if form is NameFormat.lines and not details.scores:
        for block in sampler:
            show.write_block(block)
    else:
        fields = _fields(trained, sampler, details)
        show.write(fields, form, header, lambda: {"found": sampler.found, "tried": sampler.tried})


def _fields(trained: "TrainedModel", sampler: "Sampler", details: show.Details) -> Iterator[Sequence[show.Fields]]:
    """What is written of each name, in blocks as they are found; a model is asked about names only where it must."""
    for block in sampler:
        if details.scores or details.origins:
            yield [details.of(row) for row in trained.describe(block, sampler.model_names)]
        else:
            yield [{"name": name} for name in block]


def _use_one_thread() -> None:
    """The steps of drawing are so short that threads would wait for each other longer than they help.

    And so the names of a seed do not depend on the number of processors.
    """
    import torch

    torch.set_num_threads(1)


def _form_for(n: int, detailed: bool) -> NameFormat | None:
    """None stands for columns."""
    if not sys.stdout.isatty() or not 0 < n <= MOST_IN_COLUMNS:
        return NameFormat.lines
    return NameFormat.table if detailed else None
