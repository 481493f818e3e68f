"""A trained model, and all that one does with it: draw names, judge them, save it.

Everything here is put together from the other rooms; nothing is computed.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Int64
from torch import Tensor

from namegen.arguments import Count, Seed, checked
from namegen.corpus.packed_names import Names, contains
from namegen.corpus.reading import read_corpus
from namegen.corpus.sources import IN_MEMORY, STANDARD_INPUT, bundled, byte_count
from namegen.corpus.split import Split, split_corpus
from namegen.errors import ModelFileError, SamplingError, SourceError, setting
from namegen.evaluation.losses import Evaluation, evaluate
from namegen.evaluation.surprisal import Score, score
from namegen.files.model_file import ModelFile, read_model, write_model
from namegen.sampling.best_first import SearchResult, most_probable
from namegen.sampling.casing import Case
from namegen.sampling.constraints import Constraints
from namegen.sampling.ranking import Sort
from namegen.sampling.sampler import Sampler, SamplingOptions
from namegen.sampling.selection import Description, Selection, describe, pool_size, select

OF_SAMPLE = ("seed", "allow_known", "like", "sort")  # what it takes beside the options of a sampler


@dataclass(eq=False, repr=False)
class TrainedModel(ModelFile):
    """A model with the record of its training: draw names from it, judge it, save it."""

    seconds: float = math.nan  # what fitting took, where this process did it

    @property
    def is_fresh(self) -> bool:
        """Whether this process fitted it, a moment ago."""
        return not math.isnan(self.seconds)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.model.family} of {', '.join(self.record.sources)}>"

    @checked
    def sample(
        self,
        n: Count = 10,
        *,
        seed: Seed = 42,
        allow_known: bool = False,
        like: str = "",
        sort: Sort = "none",
        **options: Any,
    ) -> list[str]:
        """Draw n new names (none for 0); with `allow_known` also such as stand on the list it was trained on.

        `like` takes those most like a name out of a larger draw; `sort` puts them in order: none, probability, length
        or name. Further options are those of `SamplingOptions`. Raises `SamplingError` when too few can be found,
        `UsageError` for wishes that contradict each other, `VocabularyError` for a character that the model never saw.

        >>> import namegen
        >>> model = namegen.train("irish", model="bigram")
        >>> names = model.sample(3, seed=1, starts_with="mo", max_length=6)
        >>> len(names), all(name.startswith("mo") and len(name) <= 6 for name in names)
        (3, True)
        """
        selection = self.select(n, seed=seed, allow_known=allow_known, like=like, sort=sort, **options)
        if selection.failure:
            raise selection.failure
        return list(selection.names)

    @checked
    def select(
        self, n: Count, *, seed: Seed, allow_known: bool = False, like: str = "", sort: Sort = "none", **options: Any
    ) -> Selection:
        """As `sample`, with what is to be told of the names beside them, and what was found where it is too little."""
        blocks = self.blocks(pool_size(n, like), seed=seed, allow_known=allow_known, **options)
        return select(self.model, blocks, n, like, sort)

    @checked
    def top(self, n: Count = 10, *, allow_known: bool = False, case: Case = "keep", **constraints: Any) -> list[str]:
        """The n most probable new names, most probable first; see `namegen.sampling.best_first`. Constraints as for `sample`.

        >>> import namegen
        >>> namegen.train("irish", model="bigram").top(3, min_length=4, ends_with="a")
        ['fina', 'mana', 'fila']
        """
        found = self.most_probable(n, allow_known=allow_known, case=case, **constraints)
        if not found.complete:
            raise SamplingError(found.failure(n))
        return list(found.names)

    @checked
    def most_probable(
        self, n: Count, *, allow_known: bool = False, case: Case = "keep", **constraints: Any
    ) -> SearchResult:
        """As `top`, with the probabilities; what is certain where the search had to be given up."""
        exclude = None if allow_known else self.list_hashes
        wanted = Constraints.of(beside=("allow_known", "case"), **constraints)
        return most_probable(self.model, n, wanted, exclude, case=case)

    @checked
    def describe(self, names: Names, model_names: Names | None = None) -> Sequence[Description]:
        """Loss, log-probability and origin (train, held out, new) of names; `model_names`: as the model spells them."""
        spelled = names if model_names is None else model_names
        return describe(self.model, names, spelled, self.train_hashes, self.held_out_hashes)

    @checked
    def stream(self, *, seed: Seed = 42, allow_known: bool = False, **options: Any) -> Iterator[str]:
        """As `sample`, one name after the other without end."""
        for block in self.blocks(0, seed=seed, allow_known=allow_known, **options):
            yield from block

    @checked
    def blocks(self, n: Count, *, seed: Seed, allow_known: bool = False, **options: Any) -> Sampler:
        """As `sample`, in blocks as the names are found; n = 0: without end."""
        exclude = None if allow_known else self.list_hashes
        generator = torch.Generator().manual_seed(seed)
        return Sampler(self.model, n, generator, SamplingOptions.of(beside=OF_SAMPLE, **options), exclude)

    @checked
    def evaluate(self, names: Iterable[str]) -> Evaluation:
        """The loss on names, nats per character. Raises `VocabularyError` for an unknown character."""
        return evaluate(self.model, names, self.train_hashes)

    @checked
    def score(self, names: Iterable[str], *, letters: bool = True) -> list[Score]:
        """How likely single names are, and how surprising each of their letters, in nats; faster without the letters.

        >>> import namegen
        >>> [likely, odd] = namegen.train("irish", model="bigram").score(["aidan", "øre"])
        >>> round(likely.loss, 1), odd.unknown
        (1.9, 'ø')
        """
        return score(self.model, names, letters=letters)

    @checked
    def save(self, path: str | Path) -> None:
        """Write the model file, whole or not at all. Raises `ModelFileError`."""
        write_model(path, self)

    @cached_property
    def list_hashes(self) -> Int64[Tensor, " names"]:
        """The sorted hashes of all names on the list that the model comes from."""
        return torch.cat([self.train_hashes, self.held_out_hashes]).sort().values

    def read_split(self) -> Split:
        """Read the list that the model comes from once more, and split_corpus it as it was.

        Raises `SourceError` where the list is gone, was never a file, or is another one now.
        """
        record = self.record
        if not record.counts:
            raise SourceError(f"The model was blended from models of several lists. Give one with {setting('data')}.")
        if {STANDARD_INPUT, IN_MEMORY} & {*record.sources, record.validation_source}:
            raise SourceError(f"The model was trained on a list that is no file. Give one with {setting('data')}.")
        if byte_count([*record.sources, *filter(None, [record.validation_source])]) is None:
            raise SourceError(
                f"The model was trained on a pipe, which cannot be read again. Give a list with {setting('data')}."
            )
        corpus = read_corpus(
            record.sources,
            lower=record.lower,
            skip_bad_lines=record.skip_bad_lines,
            keep_duplicates=record.keep_duplicates,
        )
        again = split_corpus(
            corpus,
            record.validation_source,
            record.lower,
            record.skip_bad_lines,
            record.holdout,
            record.split_seed,
        )
        same_sizes = {name: len(part) for name, part in again.parts.items()} == record.counts
        if not (same_sizes and bool(contains(self.train_hashes, again.train.hashes()).all())):
            raise SourceError(
                f"{', '.join(record.sources)}: no longer the list that the model was trained on. "
                f"Give a list with {setting('data')}."
            )
        return again


@checked
def load(path: str | Path) -> TrainedModel:
    """Read a model file. Raises `ModelFileError` for one that is missing, broken or of another kind."""
    if str(path) in bundled():
        raise ModelFileError(f"{path}: is a bundled list, not a model file. `namegen train {path}` makes one of it.")
    return TrainedModel(**vars(read_model(path)))
