"""Several models side by side on the same names: the numbers behind the tables of `namegen evaluate` and `compare`."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch

from namegen.corpus.packed_names import Names
from namegen.corpus.split import Split
from namegen.corpus.vocabulary import Vocabulary
from namegen.errors import SourceError, VocabularyError
from namegen.evaluation.baselines import evaluate_baselines
from namegen.evaluation.bootstrap import Difference, differences_from_best
from namegen.evaluation.losses import Evaluation, Part, breakdown, evaluate
from namegen.evaluation.quality import Quality, RealNames, quality
from namegen.files.model_file import ModelFile
from namegen.settings import QUALITY_DRAWS

REAL_NAMES = "real names"


@dataclass(frozen=True, eq=False)
class TableRow:
    """A model on a list, and its difference from the best there; None for the best itself."""

    model: str  # its label
    trained: ModelFile = field(repr=False)
    evaluation: Evaluation
    difference: Difference | None = None


@dataclass(frozen=True, eq=False)
class Table:
    """Models and baselines on one list of names."""

    split: str
    names: Names = field(repr=False)
    skipped: int  # names with a character that some model does not know
    baselines: dict[str, Evaluation]
    rows: list[TableRow]

    @property
    def is_held_out(self) -> bool:
        """Whether these names were held out of the training, where a known one is a leak."""
        return self.split != "train"

    def breakdown(self, row: TableRow, by: str) -> list[Part]:
        """The loss of one model in parts; see `namegen.evaluation.losses.breakdown`."""
        return breakdown(row.evaluation, self.names, by)


BaselineData = tuple[Names, Vocabulary]  # the training names that baselines count, and the tokens they choose from


def tables(
    models: Mapping[str, ModelFile],
    lists: Mapping[str, Names] | None = None,
    *,
    skip_unknown: bool = False,
    seed: int = 0,
) -> list[Table]:
    """Evaluate models, by label, on lists, by label; without lists, on the sets of the models' own lists.

    Models with the same list share a table. `seed` is that of the bootstrap. Raises `SourceError` where the list of a
    model cannot be read again, and `VocabularyError` for a character that a model does not know; `skip_unknown` leaves
    such names out.

    >>> import namegen
    >>> models = {"small": namegen.train("irish", model="bigram"), "big": namegen.train("irish", model="ngram")}
    >>> [(table.split, [row.model for row in table.rows]) for table in tables(models)][-1]
    ('test', ['small', 'big'])
    """
    if lists is not None:
        read = ((trained.split_if_readable(), trained.model.vocabulary) for trained in models.values())
        baseline_data = next(((split.train, vocabulary) for split, vocabulary in read if split), None)
        return [table_on(label, names, models, baseline_data, skip_unknown, seed) for label, names in lists.items()]
    groups: dict[tuple[str, int], tuple[Names, BaselineData, dict[str, ModelFile]]] = {}
    for label, trained in models.items():
        split = trained.read_split()
        for name, names in split.sets.items():
            baseline_data = (split.train, trained.model.vocabulary)
            group = groups.setdefault((name, names.fingerprint()), (names, baseline_data, {}))
            group[2][label] = trained
    return [
        table_on(name, names, members, baseline_data, skip_unknown, seed)
        for (name, _), (names, baseline_data, members) in groups.items()
    ]


def table_on(
    split: str,
    names: Names,
    models: Mapping[str, ModelFile],
    baseline_data: BaselineData | None,
    skip_unknown: bool = False,
    seed: int = 0,
) -> Table:
    """Evaluate models, and baselines where there is data for them, on one list called `split`; raises as `tables`."""
    kept = names
    if skip_unknown:
        kept = names.select(torch.stack([trained.model.vocabulary.knows(names) for trained in models.values()]).all(0))
        if not len(kept):
            raise SourceError(
                f"{split}: every name contains a character that a model does not know. Name another list with `data`."
            )
    evaluations = [_evaluate(label, trained, kept) for label, trained in models.items()]
    differences = differences_from_best(evaluations, seed)
    rows = [
        TableRow(label, models[label], evaluation, difference)
        for label, evaluation, difference in zip(models, evaluations, differences, strict=True)
    ]
    reached = evaluate_baselines(*baseline_data, kept) if baseline_data else {}
    return Table(split, kept, len(names) - len(kept), reached, rows)


def qualities(
    models: Mapping[str, ModelFile], draws: int = QUALITY_DRAWS, seed: int = 0, split: Split | None = None
) -> dict[str, Quality | None]:
    """The quality of what each model generates, by label; None for a model that generates no new name.

    It is measured against the list of each, or against one `split` for all; where the list cannot be read again, most
    is unknown. The label `real names` is the quality of names held out of the first list.
    """
    found: dict[str, Quality | None] = {}
    splits = [split] if split else [trained.split_if_readable() for trained in models.values()]
    lists = [RealNames.of(each) if each else None for each in splits]
    for place, (label, trained) in enumerate(models.items()):
        found[label] = quality(trained, lists[place % len(lists)], draws, seed)
    held_out = lists[0].quality if lists[0] else None
    return found | ({REAL_NAMES: held_out} if held_out else {})


def _evaluate(label: str, trained: ModelFile, names: Names) -> Evaluation:
    try:
        return evaluate(trained.model, names, trained.train_hashes, trained.pretrained_hashes)
    except VocabularyError as error:
        raise VocabularyError(f"{label}: {error} Pass `skip_unknown=True` to leave such names out.") from None
