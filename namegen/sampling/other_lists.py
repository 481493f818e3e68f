"""Lists beside that of the model: names that must not be generated (`not_in`), pieces of them (`excludes_from`).

Each is a file, a bundled list or a model file, by its name; or in memory a collection of texts, `Names` or a model.
"""

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Int64
from torch import Tensor

from namegen.corpus.cleaning import NOT_TEXT
from namegen.corpus.packed_names import Names
from namegen.corpus.reading import Reading, list_of, read_list
from namegen.corpus.sources import IN_MEMORY, bundled
from namegen.errors import ModelFileError, SourceError, UsageError
from namegen.files.model_file import ModelFile, is_model_file, read_model
from namegen.sampling.block_list import BlockList
from namegen.settings import ListSettings, NameSettings, several


@dataclass(frozen=True, eq=False)
class OtherLists:
    """The case-folded hashes of names on other lists, sorted; the pieces; `notes` are for the user."""

    hashes: Int64[Tensor, " names"]
    blocked: BlockList | None
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, settings: NameSettings) -> "OtherLists":
        """Read the lists that settings name.

        Raises `SourceError` and `ModelFileError` for one that cannot be read, `UsageError` for what is not a list.

        >>> found = OtherLists.of(NameSettings(not_in=["anna", "Anna"], excludes_from=["x"]))
        >>> len(found.hashes), found.blocked.found_in(Names.of(["anna", "max"])).tolist()
        (1, [False, True])
        """
        hashes, pieces = [torch.empty(0, dtype=torch.int64)], list[str]()
        notes: dict[str, None] = {}
        for given in several(settings.not_in):
            if model := _model(given):
                hashes.append(_hashes_of(model, given, settings.ascii))
                continue
            reading = _reading("not_in", given, settings.ascii)
            hashes += [found for _, found in _checked(reading)]
            notes |= dict.fromkeys(reading.notes)
        for given in several(settings.excludes_from):
            if _model(given):
                raise UsageError("`excludes_from` takes a list of pieces, not a model. Did you mean `not_in`?")
            reading = _reading("excludes_from", given, ascii=False)
            pieces += [piece for names, _ in _checked(reading) for piece in names]
            for odd in reading.odd_names.values():
                odd.counts.pop("digit", None)  # which a piece may well hold
            notes |= dict.fromkeys(reading.notes)
        blocked = BlockList(pieces) if settings.excludes_from else None
        return cls(torch.cat(hashes).unique(), blocked, (*notes,))


def _model(given: Any) -> ModelFile | None:
    """The model that is given or whose file is named, if one is."""
    if isinstance(given, str) and is_model_file(given) and given not in bundled():
        return read_model(given)
    return given if isinstance(given, ModelFile) else None


def _hashes_of(model: ModelFile, given: Any, ascii: bool) -> Int64[Tensor, " names"]:
    """The case-folded hashes of the names on a model's list, in plain letters where they are compared so."""
    name = given if isinstance(given, str) else "the model of `not_in`"
    if model.letter_for_letter:
        raise ModelFileError(f"{name}: was written by an earlier version. Name its list in place of it.")
    if not ascii or model.record.ascii or model.model.vocabulary.characters.isascii():
        return torch.cat([model.train_hashes, model.held_out_hashes])
    listed = model.listed_names()
    if listed is None:
        raise UsageError(
            f"`ascii` needs the list of {name}, which cannot be read again. Name it in place of the model."
        )
    return listed.plain().hashes()


def _reading(option: str, given: Any, ascii: bool) -> Reading:
    """A list by its name, or names in memory."""
    settings = ListSettings(skip_bad_lines=True, ascii=ascii)  # a line that is not a name is never generated
    if isinstance(given, str):
        return read_list(given, settings)
    if not isinstance(given, Collection):
        raise UsageError(f"`{option}` must be a list or a model, by its name or in memory, not {given!r}.")
    names = given if isinstance(given, Names) else list(given)
    first = next(iter(names), None)
    if isinstance(first, str) and (first in bundled() or os.path.isfile(first)):
        raise UsageError(f"`{option}` [{first!r}, …] would be names, and {first!r} is a list. Give lists as a tuple.")
    return list_of(names, settings, label=IN_MEMORY)


def _checked(reading: Reading) -> Iterator[tuple[Names, Tensor]]:
    """The blocks of a list. Raises `SourceError` where it is not UTF-8: its names would not be recognised."""
    for block in reading:
        if NOT_TEXT in reading.bad_lines.reasons:
            bad = next(bad for bad in reading.bad_lines.first if bad.reason == NOT_TEXT)
            raise SourceError(f"{bad}. Save it as UTF-8.")
        yield block
