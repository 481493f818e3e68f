"""Which model for this list? Models of every family and preset, trained on one list and judged on its held-out part."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from namegen.corpus.packed_names import Names
from namegen.corpus.reading import read_corpus
from namegen.corpus.sources import Sources
from namegen.corpus.split import Split, split
from namegen.errors import SourceError, TrainingStoppedError, UsageError
from namegen.evaluation.tables import Table, TableRow, table_on
from namegen.fitting import Listener
from namegen.library import train
from namegen.presets import PRESETS, heeded
from namegen.trained import TrainedModel

MLP_ONLY = "lecture"  # a preset that is about the network alone


@dataclass(frozen=True)
class Candidate:
    """A family, and for those that are trained by steps a preset."""

    family: str
    preset: str | None = None

    @property
    def label(self) -> str:
        """What it is called in a table."""
        return f"{self.family} {self.preset}" if self.preset else self.family

    @property
    def options(self) -> str:
        """What `namegen train` must be told to train it."""
        return f"--model {self.family}" + (f" --preset {self.preset}" if self.preset else "")


@dataclass(frozen=True, eq=False)
class Comparison:
    """The table of candidates on the test part, the least loss first; who they are, by label.

    How long each took is in `standings[i].trained.seconds`, its validation loss in `.trained.record.losses`.
    `untried` are those whose turn did not come, or was not over, when the comparison was stopped.
    """

    table: Table
    candidates: dict[str, Candidate]
    untried: tuple[Candidate, ...] = ()

    @property
    def best(self) -> TableRow:
        """The least test loss."""
        return self.table.standings[0]

    @property
    def rivals(self) -> list[TableRow]:
        """Those that are not clearly worse than the best: their difference to it may be noise."""
        return [one for one in self.table.standings if one.difference and not one.difference.is_clear]

    @property
    def quickest(self) -> TableRow:
        """Of the best and its rivals the one that was trained in the least time."""
        return min([self.best, *self.rivals], key=lambda standing: standing.trained.seconds)


def candidates(families: Sequence[str] = (), presets: Sequence[str] = ()) -> list[Candidate]:
    """The candidates of these families and presets, the quick ones first; without any, of all.

    Raises `UsageError` for a family or a preset that there is not.

    >>> [candidate.label for candidate in candidates(["bigram", "mlp"], ["fast", "default"])]
    ['bigram', 'mlp fast', 'mlp default']
    """
    parts_of = heeded()
    for words, allowed, what in ((families, parts_of, "model"), (presets, PRESETS, "preset")):
        if unknown := [word for word in words if word not in allowed]:
            raise UsageError(f"unknown {what} {unknown[0]!r}. Choose from: {', '.join(allowed)}.")
    found = []
    for family in (family for family in parts_of if family in families or not families):
        if "training" not in parts_of[family]:
            found.append(Candidate(family))
            continue
        fitting = (preset for preset in PRESETS if family == "mlp" or preset != MLP_ONLY)
        found += [Candidate(family, preset) for preset in fitting if preset in presets or not presets]
    if presets and not any(candidate.preset for candidate in found):
        raise UsageError("presets are for networks, and none is among these models. Leave them out.")
    return found


def compare(
    sources: Sources,
    chosen: Sequence[Candidate] = (),
    *,
    lower: bool = False,
    skip_bad_lines: bool = False,
    holdout: float = 0.2,
    device: str = "cpu",
    on_candidate: Callable[[Candidate, int, int], None] = lambda _candidate, _place, _all: None,
    on_epoch: Listener = lambda _name, _epoch, _network: None,
    stop: Callable[[], bool] = lambda: False,
) -> Comparison:
    """Train candidates on one list, all on the same part of it, and evaluate them on its test part.

    `on_candidate` hears whom it is the turn of, the how manieth that is, and of how many. When `stop`, asked before
    every step, says so, those are compared that are done. Raises what `train` raises.

    >>> found = compare("irish", candidates(["bigram", "ngram"]))
    >>> [standing.model for standing in found.table.standings]
    ['ngram', 'bigram']
    """
    if holdout <= 0:
        raise UsageError("holdout 0 leaves no names to compare models on. Keep some out, such as 0.2.")
    chosen = chosen or candidates()
    names = read_corpus(sources, lower=lower, skip_bad_lines=skip_bad_lines).names
    parts = _split(names, holdout)
    models: dict[str, TrainedModel] = {}
    for place, candidate in enumerate(chosen, start=1):
        if models and stop():
            break
        on_candidate(candidate, place, len(chosen))
        family, preset = candidate.family, candidate.preset or "default"
        listeners: dict[str, Any] = {"on_epoch": on_epoch, "stop": stop, "device": device}
        try:
            models[candidate.label] = train(names=names, model=family, preset=preset, holdout=holdout, **listeners)
        except TrainingStoppedError:
            if not models:
                raise
            break
    basis = (parts.train, next(iter(models.values())).model.vocabulary)
    table = table_on("test", parts.test, models, basis)
    ranked = sorted(table.standings, key=lambda standing: standing.evaluation.loss)
    by_label = {candidate.label: candidate for candidate in chosen}
    untried = tuple(candidate for label, candidate in by_label.items() if label not in models)
    return Comparison(replace(table, standings=ranked), by_label, untried)


def _split(names: Names, holdout: float) -> Split:
    try:
        return split(names, holdout)
    except SourceError:
        raise SourceError(
            f"The list is too short ({len(names):,} names) to judge models by: some names must be kept out for that. "
            "An n-gram suits a list as short as this."
        ) from None
