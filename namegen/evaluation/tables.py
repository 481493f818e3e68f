"""Several models side by side on the same names: the numbers behind the tables of `namegen evaluate`."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import torch

from namegen.api import TrainedModel
from namegen.corpus.packed_names import Names, contains
from namegen.corpus.vocabulary import Vocabulary
from namegen.errors import SamplingError, SourceError, UsageError, VocabularyError
from namegen.evaluation.baselines import evaluate_baselines
from namegen.evaluation.bootstrap import Difference, differences_to_best
from namegen.evaluation.breakdown import Part, breakdown
from namegen.evaluation.losses import Evaluation
from namegen.evaluation.quality import Quality, quality
from namegen.evaluation.surprisal import are_known

TRAIN = "train"
REAL_NAMES = "real names"
Basis = tuple[Names, Vocabulary]  # what simple guesses are counted on


@dataclass(frozen=True, eq=False)
class TableRow:
    """A model on a list, and how far it is from the best there; for the best there is no difference."""

    model: str
    trained: TrainedModel = field(repr=False)
    evaluation: Evaluation
    difference: Difference | None = None


@dataclass(frozen=True, eq=False)
class Table:
    """Models on one list of names: what simple guesses reach there, and where each model stands.

    `left_out` counts the names with a character that not every model knows. `is_held_out`: models should not have
    been trained on these names, so that every known one is a leak.
    """

    split: str
    names: Names = field(repr=False)
    left_out: int
    baselines: dict[str, Evaluation]
    standings: list[TableRow]

    @property
    def is_held_out(self) -> bool:
        """Whether the names are other ones than those trained on."""
        return self.split != TRAIN

    def breakdown(self, standing: TableRow, by: str) -> list[Part]:
        """The loss of a model in parts; see `namegen.evaluation.breakdown`."""
        return breakdown(standing.evaluation, self.names, by)


def tables(
    models: Mapping[str, TrainedModel],
    given: Mapping[str, Names] | None = None,
    *,
    skip_unknown: bool = False,
    seed: int = 0,
) -> list[Table]:
    """Evaluate models, by label, on given lists, by label; without, on the parts of their own lists.

    Models that share a list share a table. `seed` is that of the bootstrap. Raises `SourceError` where the list of
    a model cannot be read again, and `VocabularyError` for a character that a model does not know, unless names with
    such characters are skipped.

    >>> import namegen
    >>> models = {"small": namegen.train("irish", model="bigram"), "big": namegen.train("irish", model="ngram")}
    >>> [(table.split, [standing.model for standing in table.standings]) for table in tables(models)][-1]
    ('test', ['small', 'big'])
    """
    if given is not None:
        counted = ((own_train_names(trained), trained.model.vocabulary) for trained in models.values())
        basis = next(((train, vocabulary) for train, vocabulary in counted if train is not None), None)
        return [table_on(split, names, models, basis, skip_unknown, seed) for split, names in given.items()]
    groups: dict[tuple[str, int], tuple[Names, Basis, dict[str, TrainedModel]]] = {}
    for label, trained in models.items():
        split = trained.read_split()
        for part, names in split.parts.items():
            basis = (split.train, trained.model.vocabulary)
            _, _, members = groups.setdefault((part, names.fingerprint()), (names, basis, {}))
            members[label] = trained
    return [
        table_on(part, names, members, basis, skip_unknown, seed)
        for (part, _), (names, basis, members) in groups.items()
    ]


def table_on(
    split: str,
    names: Names,
    models: Mapping[str, TrainedModel],
    basis: Basis | None,
    skip_unknown: bool = False,
    seed: int = 0,
) -> Table:
    """Evaluate models on one list; `basis` is what simple guesses are counted on, and their vocabulary."""
    kept = names
    if skip_unknown:
        kept = names.select(are_known(names, [trained.model.vocabulary for trained in models.values()]))
        if not len(kept):
            raise SourceError(
                f"{split}: every name holds a character that a model does not know. Name another list with `data`."
            )
    evaluations = [_evaluate(label, trained, kept) for label, trained in models.items()]
    differences = differences_to_best(evaluations, seed)
    standings = [
        TableRow(label, models[label], evaluation, difference)
        for label, evaluation, difference in zip(models, evaluations, differences, strict=True)
    ]
    reached = evaluate_baselines(*basis, kept) if basis else {}
    return Table(split, kept, len(names) - len(kept), reached, standings)


def qualities(
    models: Mapping[str, TrainedModel], draws: int = 1000, seed: int = 0, held_out: Names | None = None
) -> dict[str, Quality | None]:
    """The quality of what each model generates, by label; None for a model whose names have no end.

    Where there are held-out names, the label `real names` shows what those of them reach that the first model was not
    trained on.
    """
    if not models:
        raise UsageError("There are no models to judge. Give at least one.")
    found: dict[str, Quality | None] = {}
    trains = {label: own_train_names(trained) for label, trained in models.items()}
    for label, trained in models.items():
        found[label] = None
        with suppress(SamplingError):
            drawn = trained.sample(draws, seed=seed, allow_known=True, allow_repeats=True)
            found[label] = quality(drawn, trained.train_hashes, trains[label], seed)
    label, trained = next(iter(models.items()))
    if held_out is not None:
        real = held_out.select(~contains(trained.train_hashes, held_out.hashes()))
        chosen = torch.randperm(len(real), generator=torch.Generator().manual_seed(seed))[:draws]
        if len(real):
            found[REAL_NAMES] = quality(real.select(chosen), trained.train_hashes, trains[label], seed)
    return found


def own_train_names(trained: TrainedModel) -> Names | None:
    """The names that a model was trained on, where its list can be read again."""
    try:
        return trained.read_split().train
    except SourceError:
        return None


def _evaluate(label: str, trained: TrainedModel, names: Names) -> Evaluation:
    try:
        return trained.evaluate(names)
    except VocabularyError as error:
        leave_out = "Pass `skip_unknown=True` to leave such names out."
        raise VocabularyError(f"{label}: {error} {leave_out}") from None
