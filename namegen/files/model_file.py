"""A model is one safetensors file: tensors and a JSON header, no pickle.

The header (the metadata key `namegen`) holds the format, the family, its settings, the vocabulary and the record of the
training. Beside the model's own tensors there are the 64-bit hashes of its training names and of the held-out names,
so that new names can be recognised without the list.

Format 2 hashes names case-folded. Files of format 1, whose hashes are letter for letter, can be read too.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Int64
from torch import Tensor

from namegen.corpus.labels import MOST_LABELS
from namegen.corpus.packed_names import Names, contains
from namegen.corpus.reading import read_corpus
from namegen.corpus.sources import IN_MEMORY, byte_count
from namegen.corpus.split import Split, split
from namegen.corpus.vocabulary import Vocabulary
from namegen.errors import ModelFileError, NamegenError, SourceError, UsageError, reason_of
from namegen.files.tensor_file import read_tensors, write_tensors
from namegen.models import FAMILIES, NameModel
from namegen.models.base import take_part
from namegen.models.blend import MAX_MEMBERS
from namegen.settings import MAX_NAME_LENGTH, MODEL_SUFFIX, Case, Integer64, Length, ListSettings, checked

FORMAT = 2
HEADER = "namegen"
CHECKPOINT_HEADER = "namegen-checkpoint"
HASHES = ("train", "held_out", "pretrained")
NEWER = {"ascii", "labels"}  # fields of the record that are written only where they are used, as older files lack them
READING = ("skip_bad_lines", "keep_duplicates", "ascii")  # settings of the list that say which names are read
Scalar = str | int | float | bool | None


@dataclass(frozen=True)
class TrainingRecord:
    """How a model was trained: enough to report it, and to split the same list in the same way again."""

    sources: tuple[str, ...] = ()
    skip_bad_lines: bool = False
    keep_duplicates: bool = False
    ascii: bool = False  # read in plain letters
    labels: dict[str, Integer64] = field(default_factory=dict)  # training names with each label that was learned
    keep_case: bool = False  # format 1: the names were learned, and are compared, letter for letter
    case: Case = "keep"  # how the list is written
    usual_lengths: tuple[Length, Length] = (1, MAX_NAME_LENGTH)  # the 1st and 99th percentile of the list
    duplicates: Integer64 = 0
    holdout: float = 0.0
    split_seed: Integer64 = 0
    validation: str | None = None
    counts: dict[str, Integer64] = field(default_factory=dict)  # names in each set
    losses: dict[str, float] = field(default_factory=dict)  # on each set, nats per character
    baselines: dict[str, dict[str, float]] = field(default_factory=dict)  # the same, of simpler models
    model: str = ""
    preset: str | None = None
    settings: dict[str, Scalar | tuple[Scalar, ...]] = field(default_factory=dict)  # those that the family uses
    history: tuple[dict[str, Scalar], ...] = ()  # one row for each epoch
    torch_version: str = ""
    namegen_version: str = ""

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "TrainingRecord":
        """From the header of a file; unknown fields are left out. Raises `ModelFileError` for a wrong type."""
        try:
            known = {
                f.name: checked(f.name, values[f.name], f.type, of_json=True) for f in fields(cls) if f.name in values
            }
        except UsageError as error:
            raise ModelFileError(f"its record of the training is broken: {error}") from None
        history = known.get("history", ())
        if not all(map(_is_epoch, history)) or len({row.get("member") for row in history}) > MAX_MEMBERS:
            raise ModelFileError("its history of the training is broken")
        return cls(**known)


def _is_epoch(row: Mapping[str, Any]) -> bool:
    """Whether a row of the history has the numbers that a picture of it needs."""
    losses = [row.get("train_loss"), *filter(None, [row.get("validation_loss")])]
    return (
        isinstance(row.get("member", ""), str)
        and type(row.get("step")) is int
        and abs(row["step"]) < 1 << 63
        and all(type(loss) in (int, float) and abs(loss) < 1e9 for loss in losses)
    )


def no_hashes() -> Int64[Tensor, "0"]:
    """The hashes of no names."""
    return torch.empty(0, dtype=torch.int64)


@dataclass(eq=False)
class ModelFile:
    """The content of a model file. Hashes are sorted."""

    model: NameModel
    record: TrainingRecord
    train_hashes: Int64[Tensor, " train"]
    held_out_hashes: Int64[Tensor, " held_out"]
    letter_for_letter: bool = False  # hashes of a file of format 1 are not case-folded
    pretrained_hashes: Int64[Tensor, " pretrained"] = field(default_factory=no_hashes)  # names of the pretraining
    label_models: dict[str, NameModel] = field(default_factory=dict)  # fitted to the names with each label

    def read_split(self) -> Split:
        """Read and split its list again. Raises `SourceError` where it is gone, was not a file, or has changed."""
        record = self.record
        if self.letter_for_letter:
            raise SourceError("The model was trained by an earlier version of namegen. Name a list with `data`.")
        if not record.counts:
            raise SourceError("The model is a blend of models of several lists. Name a list with `data`.")
        sources = [*record.sources, *filter(None, [record.validation])]
        if IN_MEMORY in sources or byte_count(sources) is None:
            raise SourceError("The list that the model was trained on was not a file. Name a list with `data`.")
        reading = ListSettings(**{name: getattr(record, name) for name in READING})
        validation = None if record.validation is None else read_corpus(record.validation, reading).names
        sets = split(read_corpus(record.sources, reading).names, record.holdout, record.split_seed, validation)
        if sets.sizes != record.counts or not bool(contains(self.train_hashes, sets.train.hashes()).all()):
            raise SourceError(
                f"{', '.join(record.sources)}: has changed since the model was trained. Name a list with `data`."
            )
        return sets

    @property
    def held_out_but_pretrained(self) -> int:
        """How many of the held-out names the pretrained network had learned."""
        return int(contains(self.pretrained_hashes, self.held_out_hashes).sum())

    def split_if_readable(self) -> Split | None:
        """As `read_split`; None where the list cannot be read again."""
        try:
            return self.read_split()
        except SourceError:
            return None

    def listed_names(self) -> Names | None:
        """All names on the list of the model, where it can be read again."""
        split = self.split_if_readable()
        return Names.join([split.train, split.held_out]) if split else None


def write_model(path: str | Path, file: ModelFile) -> None:
    """Write a model file, whole or not at all; its bytes depend on the content alone. Raises `ModelFileError`."""
    model = file.model
    header = header_of(model) | {
        "format": FORMAT,
        "training": {name: value for name, value in asdict(file.record).items() if value or name not in NEWER},
    }
    tensors = {f"model.{name}": tensor for name, tensor in model.state_dict().items()}
    tensors |= {f"hashes.{kind}": getattr(file, f"{kind}_hashes") for kind in HASHES}
    if file.label_models:
        header["labels"] = {label: header_of(own) for label, own in file.label_models.items()}
    for place, own in enumerate(file.label_models.values()):
        tensors |= {f"label.{place}.{name}": tensor for name, tensor in own.state_dict().items()}
    write_tensors(Path(path), tensors, {HEADER: json.dumps(header, sort_keys=True)})


def header_of(model: NameModel) -> dict[str, Any]:
    """What a model is rebuilt from, beside its tensors."""
    return {"family": model.family, "settings": model.settings.to_json(), "vocabulary": model.vocabulary.characters}


@torch.inference_mode(False)
def read_model(path: str | Path) -> ModelFile:
    """Read a model file. Raises `ModelFileError` for a file that is missing, broken or of another kind."""
    path = Path(path)
    try:
        if path.is_file() and is_model_file(path):
            return _read(*read_tensors(path))
        exists = path.exists()
    except OSError as error:
        raise ModelFileError(f"{path}: cannot be read ({reason_of(error)}).") from error
    except NamegenError as error:
        hint = "" if str(error).endswith(".") else ". Train it again, or get another copy."
        raise ModelFileError(f"{path}: is not a usable model file: {error}{hint}") from error
    if exists:
        raise ModelFileError(f"{path}: is not a model file. If it is a list, `namegen train` makes a model from it.")
    raise ModelFileError(f"{path}: does not exist. `namegen train` makes one.")


def is_model_file(path: str | Path) -> bool:
    """Whether this is named as a model file, or begins as one: the length of a JSON header, and its first brace."""
    path = Path(path)
    if path.suffix == MODEL_SUFFIX:
        return True
    try:
        if not path.is_file():  # a pipe could not be read again
            return False
        with path.open("rb") as file:
            head = file.read(9)
        return head[8:] == b"{" and int.from_bytes(head[:8], "little") < path.stat().st_size
    except (OSError, ValueError):
        return False


def _read(tensors: dict[str, Tensor], metadata: Mapping[str, str]) -> ModelFile:
    header = _read_header(metadata)
    tensors.setdefault("hashes.pretrained", no_hashes())
    hashes = [tensors.pop(f"hashes.{kind}", torch.empty(0)) for kind in HASHES]
    record = TrainingRecord.from_json(header["training"])
    labels = header.get("labels", {})
    parts = {label: take_part(tensors, f"label.{place}.") for place, label in enumerate(labels)}
    label_models = {label: _read_part(labels[label], part) for label, part in parts.items()}
    model = _read_part(header, {name.removeprefix("model."): tensor for name, tensor in tensors.items()})
    for table in hashes:
        if table.dtype != torch.int64 or table.ndim != 1 or not bool((table[1:] > table[:-1]).all()):
            raise ModelFileError("its hashes of names are missing or not sorted")
    train, held_out, pretrained = hashes
    return ModelFile(model, record, train, held_out, record.keep_case, pretrained, label_models)


def _read_part(header: Mapping[str, Any], tensors: dict[str, Tensor]) -> NameModel:
    """A model from what `header_of` wrote, and its tensors."""
    family = FAMILIES[header["family"]]
    with torch.device("meta"):
        model = family(family.settings_type.from_json(header["settings"]), Vocabulary(header["vocabulary"]))
    model.check_tensors(tensors)
    for name, tensor in tensors.items():
        if not bool(tensor.isfinite().all()):
            raise ModelFileError(f"the tensor {name} has numbers that are not finite")
    model.adopt(tensors)
    return model.requires_grad_(False).eval()


def _read_header(metadata: Mapping[str, str]) -> dict[str, Any]:
    if CHECKPOINT_HEADER in metadata:
        raise ModelFileError("it is a checkpoint. `namegen train --resume` continues its training.")
    if HEADER not in metadata:
        raise ModelFileError("it was not written by namegen")
    try:
        header: dict[str, Any] = json.loads(metadata[HEADER])
        if header.get("format") == 1:
            header = _from_format_1(header)
    except (ValueError, RecursionError, AttributeError, KeyError, TypeError):
        raise ModelFileError("its header is not readable") from None
    labels = header.get("labels", {})
    parts = [header, *labels.values()] if type(labels) is dict and len(labels) <= MOST_LABELS else []
    has_parts = parts and all(map(_is_complete, parts))
    if not has_parts or type(header.get("format")) is not int or type(header.get("training")) is not dict:
        raise ModelFileError("its header is incomplete")
    if header["format"] != FORMAT:
        raise ModelFileError(f"it has format {header['format']}, newer than {FORMAT}. Upgrade namegen to read it.")
    if unknown := next((part["family"] for part in parts if part["family"] not in FAMILIES), None):
        raise ModelFileError(f"its family is unknown: {unknown!r}. Upgrade namegen, or import that family.")
    return header


def _is_complete(part: Any) -> bool:
    """Whether the header of a model, or of that of a label, has all that `header_of` writes."""
    kinds = {"family": str, "settings": dict, "vocabulary": str}
    return isinstance(part, dict) and all(type(part.get(key)) is kind for key, kind in kinds.items())


def _from_format_1(header: dict[str, Any]) -> dict[str, Any]:
    """A header of format 1 as one of format 2. Raises an error of Python where it is damaged."""
    training, settings = header["training"], header.pop("config")
    training["validation"] = training.pop("validation_source", None)
    training["keep_case"] = header["vocabulary"].casefold() != header["vocabulary"]
    options = training.pop("options", {})
    training |= {name: options[name] for name in ("model", "preset") if name in options}
    training["settings"] = {k: v for part in options.values() if isinstance(part, dict) for k, v in part.items()}
    for member in settings.get("members", ()):
        member["settings"] = member.pop("config")
    return header | {"format": FORMAT, "settings": settings}
