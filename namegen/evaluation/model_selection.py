"""Which model for this list? Candidates of every family and preset, and how they compare on the test set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isnan, sqrt

from namegen.corpus.packed_names import Names
from namegen.errors import UsageError
from namegen.evaluation.quality import Quality
from namegen.evaluation.tables import REAL_NAMES, Table, TableRow, table_on
from namegen.files.model_file import ModelFile
from namegen.settings import FAMILY_SETTINGS, PRESET_FAMILIES, PRESETS


@dataclass(frozen=True)
class Candidate:
    """A model family and, for networks, a preset."""

    model: str
    preset: str | None = None

    @property
    def label(self) -> str:
        """What it is called in a table."""
        return f"{self.model} {self.preset}" if self.preset else self.model


@dataclass(frozen=True, eq=False)
class Comparison:
    """Candidates on the test set, the least loss first.

    `candidates`, `seconds` (that their trainings took) and `qualities` (of their names, and of real ones) are by label,
    as the rows of the table. `untried` are the candidates that were not trained, or not to the end, when the comparison
    was stopped.
    """

    table: Table
    candidates: dict[str, Candidate]
    seconds: dict[str, float]
    qualities: dict[str, Quality | None]
    untried: tuple[Candidate, ...] = ()

    @property
    def best(self) -> TableRow:
        """The row with the least test loss."""
        return self.table.rows[0]

    @property
    def rivals(self) -> list[TableRow]:
        """The rows that are not clearly worse than the best."""
        return [row for row in self.table.rows if row.difference and not row.difference.is_clear]

    @property
    def most_realistic(self) -> dict[str, float]:
        """The AUC, by label, of the models whose names are most like real ones; empty where there are too few names.

        These are the least AUC and those within two standard errors of it, the least test loss first. Of n real and n
        generated names that cannot be separated, the standard error is √((2n + 1) / 12n²) ≈ 1 / √6n (Mann & Whitney).
        """
        known = {row.model: quality.auc for row in self.table.rows if (quality := self.qualities[row.model])}
        known = {label: auc for label, auc in known.items() if not isnan(auc)}
        real = self.qualities.get(REAL_NAMES)
        if not known or not real:
            return {}
        noise = 2 / sqrt(6 * real.drawn)
        return {label: auc for label, auc in known.items() if auc <= min(known.values()) + noise}

    @property
    def quickest(self) -> TableRow:
        """Of the best and its rivals, the one that was trained in the least time."""
        return min([self.best, *self.rivals], key=lambda row: self.seconds[row.model])


def candidates(models: Sequence[str] = (), presets: Sequence[str] = ()) -> list[Candidate]:
    """The candidates of these families and presets, the quick ones first; without any, of all.

    Raises `UsageError` for an unknown family or preset, and where no candidate uses the presets.

    >>> [candidate.label for candidate in candidates(["bigram", "mlp"], ["fast", "default"])]
    ['bigram', 'mlp fast', 'mlp default']
    """
    for what, given, known in (("model", models, FAMILY_SETTINGS), ("preset", presets, PRESETS)):
        for word in given:
            if word not in known:
                raise UsageError(f"Unknown {what} {word!r}. Choose from: {', '.join(known)}.")
    found = []
    for model in (family for family in FAMILY_SETTINGS if family in models or not models):
        of_family = PRESET_FAMILIES.get(model, (None,))
        found += [Candidate(model, preset) for preset in of_family if preset in (None, *presets) or not presets]
    if presets and not any(candidate.preset for candidate in found):
        raise UsageError(f"None of these models uses the preset {' or '.join(presets)}. Leave it out.")
    return found


def ranking(test: Names, models: Mapping[str, ModelFile], train: Names) -> Table:
    """The table of models on the test set, the least loss first; `train` is what its baselines are counted on."""
    vocabulary = next(iter(models.values())).model.vocabulary
    table = table_on("test", test, models, (train, vocabulary))
    return replace(table, rows=sorted(table.rows, key=lambda row: row.evaluation.loss))
