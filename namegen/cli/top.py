"""`namegen top`: the most probable names of a model."""

import sys
from typing import Annotated

import typer

from namegen.cli import name_writer as show
from namegen.cli import wishes
from namegen.cli.hints import on_top_names
from namegen.cli.name_writer import NameFormat
from namegen.cli.open_models import check_model, open_model
from namegen.cli.options import option
from namegen.corpus.sources import DEFAULT_SOURCE


def top(
    model: wishes.Model = DEFAULT_SOURCE,
    n: Annotated[int, typer.Option("-n", "--number", min=1, help="How many names.")] = 20,
    starts_with: wishes.StartsWith = None,
    ends_with: wishes.EndsWith = None,
    contains: wishes.Contains = None,
    excludes: wishes.Excludes = None,
    min_length: wishes.MinLength = 1,
    max_length: wishes.MaxLength = 200,
    matches: wishes.Matches = "",
    allow_known: wishes.AllowKnown = False,
    form: Annotated[
        NameFormat | None,
        option("--format", "How names are written; without: a table on a terminal, lines in a pipe.", wishes.WRITTEN),
    ] = None,
    scores: wishes.Scores = False,
    case: wishes.CaseOption = wishes.Case.keep,
    lower: wishes.Lower = False,
    quiet: wishes.Quiet = False,
) -> None:
    """List the most probable new names, exactly and in order: nothing is drawn, so there is no seed."""
    wanted = wishes.constraints(starts_with, ends_with, contains, excludes, min_length, max_length, matches, lower)
    check_model(model)

    from namegen.errors import SamplingError
    from namegen.settings import Constraints

    asked = Constraints(**wanted).wishes  # a wrong wish is told before a long list is read
    trained = open_model(model, quiet, lower=lower)
    found = trained.most_probable(n, allow_known=allow_known, case=case.value, **wanted)
    rows = trained.describe(found.names, found.model_names)
    form = form or (NameFormat.table if sys.stdout.isatty() else NameFormat.lines)
    if form is NameFormat.table:
        show.show(rows, form, show.Details(scores=True, origins=allow_known), quiet=quiet)
        if not asked:
            on_top_names(quiet=quiet)
    else:
        details = show.Details(scores=scores, origins=allow_known and (scores or form is not NameFormat.lines))
        header = {"model": model, "family": trained.model.family, "asked": n}
        asked |= {"allow_known": True} if allow_known else {}
        header["options"] = asked | ({"case": case.value} if case is not wishes.Case.keep else {})
        show.write([[details.of(row) for row in rows]], form, header, lambda: {"found": len(rows)})
    if not found.complete:
        raise SamplingError(found.failure(n))
    if len(rows) < n:
        raise SamplingError(f"Found {len(rows):,} of {n:,} names: the model can spell no more of them.")
