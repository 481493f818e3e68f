"""Every option, once: its default, bounds, choices and help. Imports neither torch nor pydantic.

The fields of these frozen dataclasses are the arguments of the library (`arguments`) and the options of the command
line (`namegen.cli.options`); model files and checkpoints record them, errors name them. To add an option, add a field.

`Settings.of(**values)` checks values with pydantic; a constructor called directly does not.
"""

import inspect
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, asdict, dataclass, field, fields, replace
from difflib import get_close_matches
from functools import cache, wraps
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Concatenate, Literal, ParamSpec, Self, TypeVar, get_args
from unicodedata import normalize

from annotated_doc import Doc
from annotated_types import Ge, Le, MaxLen

from namegen.errors import ModelFileError, UsageError

LARGEST_SEED = (1 << 32) - 1  # the generator of torch does not distinguish larger ones
MAX_NAME_LENGTH = 200  # characters
MODEL_SUFFIX = ".safetensors"
QUALITY_DRAWS = 500  # names whose quality is measured

Pieces = str | tuple[str, ...]
Lists = str | Path | tuple[Any, ...] | Any  # of the command line; in Python also names in memory, see `several`
Integer64 = Annotated[int, Ge(-(1 << 63)), Le((1 << 63) - 1)]
Positive = Annotated[int, Ge(1), Le(1 << 62)]
Length = Annotated[int, Ge(1), Le(MAX_NAME_LENGTH)]
LengthOrList = Annotated[int, Ge(0), Le(MAX_NAME_LENGTH)]  # 0: as on the list
Share = Annotated[float, Ge(0), Le(0.9)]
TopP = Annotated[float, Ge(1e-6), Le(1)]
Seconds = Annotated[float | None, Ge(0.1), Le(1e7)]
Seed = Annotated[int, Ge(0), Le(LARGEST_SEED)]
Preset = Literal["adapted", "fast", "default", "best", "lecture"]
Activation = Literal["gelu", "tanh"]
Input = Literal["embedding", "one-hot"]
Precision = Literal["auto", "float32", "bfloat16"]
Case = Literal["keep", "title", "upper", "lower"]
Sort = Literal["none", "probability", "length", "name"]
PlotKind = Literal["counts", "probabilities", "embedding", "activations", "loss", "lengths"]


@dataclass(frozen=True)
class Group:
    """The heading under which the help of the command line shows a setting."""

    title: str


LIST, MODEL, TRAINING = Group("The list"), Group("The model"), Group("Training")
WHICH, DRAWN, SHOWN, ADVANCED = Group("Which names"), Group("How they are drawn"), Group("Output"), Group("Advanced")
MinP = Annotated[float, Ge(0), Le(1), Doc("Only characters with at least this share of the top probability."), DRAWN]
SkipBadLines = Annotated[bool, Doc("Leave out lines that are not names."), LIST]
Holdout = Annotated[Share, Doc("Share of names held out, half for validation, half for test."), LIST]
GROUPS = (MODEL, TRAINING, LIST, WHICH, DRAWN, SHOWN, ADVANCED)  # in the order of `help`


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Settings that belong together. Subclasses are frozen dataclasses; a field with a `Doc` is an option."""

    @classmethod
    def of(cls, **values: Any) -> Self:
        """The settings with these values, checked, and the defaults of all others.

        Raises `UsageError` for a value out of bounds or of another type, an unknown setting, and a contradiction.

        >>> SamplingSettings.of(temperature=0.7).temperature
        0.7
        >>> SamplingSettings.of(temperature=0)
        Traceback (most recent call last):
        namegen.errors.UsageError: `temperature` must be at least 0.01, not 0.
        """
        return cls._checked(values)

    @classmethod
    def _checked(cls, values: Mapping[str, Any]) -> Self:
        settings = cls(**checked_values(cls, values))
        settings.check()
        return settings

    def check(self) -> None:
        """Raise `UsageError` where settings contradict each other."""

    @property
    def changed(self) -> dict[str, Any]:
        """The settings that are not at their defaults."""
        return {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name) != f.default}

    def to_json(self) -> dict[str, Any]:
        """The settings as plain values, as a file holds them."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """The settings that a file holds. Raises `ModelFileError` for values that are not allowed."""
        try:
            return cls._checked(values)
        except UsageError as error:
            raise ModelFileError(f"its settings are not usable: {error}") from None

    def part(self, settings_type: type["Part"]) -> "Part":
        """Those of these settings that are fields of another class."""
        return settings_type(**{f.name: getattr(self, f.name) for f in fields(settings_type)})


def names_of(settings_type: type[Settings]) -> frozenset[str]:
    """The names of the fields of a class."""
    return frozenset(f.name for f in fields(settings_type))


Part = TypeVar("Part", bound=Settings)


@dataclass(frozen=True, kw_only=True)
class ListSettings(Settings):
    """How a list is read."""

    skip_bad_lines: SkipBadLines = False
    keep_duplicates: Annotated[bool, Doc("Count a name as often as it occurs on the list."), LIST] = False
    ascii: Annotated[bool, Doc("Read plain letters: é as e, ł as l."), LIST] = False
    label: Annotated[
        str,
        Doc("Also learn each label of the names: a column of a table, or any word where labels follow a tab."),
        LIST,
    ] = ""


@dataclass(frozen=True, kw_only=True)
class SplitSettings(Settings):
    """How a list is split into training, validation and test set, by a hash of each name."""

    holdout: Holdout = 0.2
    split_seed: Annotated[Integer64, Doc("Seed of the split: another seed holds out other names."), ADVANCED] = 0
    validation: Annotated[str | None, Doc("Validate on this list instead of held-out names."), LIST] = None


@dataclass(frozen=True, kw_only=True)
class BigramSettings(Settings):
    """The bigram model. With a `smoothing` of 0, unseen pairs are impossible and their loss is infinite."""

    smoothing: Annotated[float, Ge(0), Le(1e6), Doc("bigram: number that is added to every count."), ADVANCED] = 1.0


@dataclass(frozen=True, kw_only=True)
class NgramSettings(Settings):
    """The n-gram model, which looks at the last `order` - 1 characters."""

    order: Annotated[int, Ge(2), Le(8), Doc("ngram: order; the context has ORDER - 1 characters."), MODEL] = 6
    prune: Annotated[
        tuple[int, ...],
        MaxLen(8),
        Doc("ngram: drop n-grams that occur at most this often; a number for each order, such as '0 0 1 1 2 2'."),
        ADVANCED,
    ] = ()

    def check(self) -> None:
        """Thresholds never fall, and the first is 0."""
        rises = all(low <= high for low, high in pairwise((0, *self.prune, 1 << 61)))
        if not rises or len(self.prune) > self.order or self.prune[:1] > (0,):
            raise UsageError(
                f"`prune` {' '.join(map(str, self.prune))} must be a number for each order up to {self.order}, the "
                f"first 0, none below the one before it, such as {' '.join('001122'[: self.order])}."
            )

    def threshold(self, length: int) -> int:
        """How often an n-gram with a history of this length may occur at most to be dropped."""
        return self.prune[min(length, len(self.prune) - 1)] if self.prune else 0


@dataclass(frozen=True, kw_only=True)
class MLPSettings(Settings):
    """The network."""

    context_size: Annotated[int, Ge(1), Le(64), Doc("mlp: characters in the context."), MODEL] = 8
    embedding_size: Annotated[int, Ge(1), Le(8192), Doc("mlp: numbers that represent a character."), MODEL] = 32
    hidden_size: Annotated[int, Ge(1), Le(8192), Doc("mlp: units in each hidden layer."), MODEL] = 1200
    hidden_layers: Annotated[
        int, Ge(0), Le(4), Doc("mlp: hidden layers; 0: logits linear in the embeddings."), ADVANCED
    ] = 1
    activation: Annotated[Activation, Doc("mlp: activation function of the hidden units."), ADVANCED] = "gelu"
    dropout: Annotated[Share, Doc("mlp: share of units dropped in training."), ADVANCED] = 0.3
    input: Annotated[Input, Doc("mlp: look embeddings up or multiply one-hot rows; same logits."), ADVANCED] = (
        "embedding"
    )


@dataclass(frozen=True, kw_only=True)
class BlendSettings(Settings):
    """What a blend is made of: an n-gram model, and networks that differ in their seeds."""

    networks: Annotated[int, Ge(0), Le(16), Doc("blend: how many networks beside the n-gram model."), ADVANCED] = 1


@dataclass(frozen=True, kw_only=True)
class TrainingSettings(Settings):
    """How a network is trained."""

    pretrained: Annotated[bool, Doc("Start from the pretrained network."), MODEL] = True
    epochs: Annotated[int, Ge(1), Le(100_000), Doc("Passes over the training set."), TRAINING] = 12
    max_seconds: Annotated[Seconds, Doc("Train each network for this time, not for epochs."), TRAINING] = None
    batch_size: Annotated[int, Ge(1), Le(1 << 24), Doc("Examples per step; at most 1/64 of all."), ADVANCED] = 1024
    learning_rate: Annotated[float, Ge(1e-9), Le(100), Doc("Peak learning rate."), TRAINING] = 0.014
    weight_decay: Annotated[float, Ge(0), Le(100), Doc("Weight decay of AdamW, on weight matrices."), ADVANCED] = 0.5
    precision: Annotated[Precision, Doc("Number format of matrix products."), ADVANCED] = "auto"
    seed: Annotated[Seed, Doc("Seed of the weights, the order of examples and the dropout."), TRAINING] = 42


@dataclass(frozen=True, kw_only=True)
class TrainSettings(
    ListSettings,
    SplitSettings,
    NgramSettings,
    BigramSettings,
    MLPSettings,
    BlendSettings,
    TrainingSettings,
):
    """Everything that can be set about a model and its training. The defaults are those of the default preset."""

    model: Annotated[str, Doc("Model family: blend, ngram, mlp or bigram."), MODEL] = "blend"
    preset: Annotated[
        Preset | None,
        Doc(
            "How networks are trained, from quick to good. adapted: fit the pretrained network to the list in a "
            "second; the default for up to 3,000 names. lecture: Bengio et al. 2003, as it is often taught."
        ),
        MODEL,
    ] = None
    own: Settings | None = None  # of a family that is not built in

    @classmethod
    def of(cls, *, own: type[Settings] | None = None, **values: Any) -> Self:
        """The settings of a preset with some changed; `own` are those of a family that is not built in.

        Raises `UsageError`, also for a preset or a setting that the family does not use.

        >>> TrainSettings.of(preset="fast", epochs=2).hidden_size, TrainSettings.of(preset="lecture").model
        (600, 'mlp')
        """
        for one, other in (("validation", "holdout"), ("max_seconds", "epochs")):
            if values.get(one) is not None and other in values:
                raise UsageError(f"`{one}` replaces `{other}`. Leave one of them out.")
        own_names = names_of(own) if own else frozenset()
        given = checked_values(cls, {name: value for name, value in values.items() if name not in own_names}, own_names)
        preset = given.get("preset")
        family = given.setdefault("model", "mlp" if preset == "lecture" else cls.model)
        if given.get("label") and preset is None and family in PRESET_FAMILIES:
            preset = given["preset"] = "adapted"
        _check_used(family, preset, given, own)
        is_trained = given.keys() & TRAINED - {"seed"} or given.get("pretrained") is False  # an adaptation has no seed
        if preset is None and family in PRESET_FAMILIES and is_trained:
            preset = given["preset"] = "default"
        if own:
            given["own"] = own.of(**{name: value for name, value in values.items() if name in own_names})
        settings = cls(**{**(vars(PRESETS[preset]) if preset else {}), **given})
        settings.check()
        return settings

    def to_json(self) -> dict[str, Any]:
        """The settings as plain values, without those of a family that is not built in."""
        return {name: value for name, value in super().to_json().items() if name != "own"}

    @property
    def used(self) -> dict[str, Any]:
        """The settings that the family uses, as plain values."""
        parts = FAMILY_SETTINGS.get(self.model, ()) if self.preset != "adapted" else (NgramSettings,)
        values = {f.name: getattr(self, f.name) for part in parts for f in fields(part)}
        return values | (self.own.to_json() if self.own else {})


FAMILY_SETTINGS: dict[str, tuple[type[Settings], ...]] = {
    "bigram": (BigramSettings,),
    "ngram": (NgramSettings,),
    "mlp": (MLPSettings, TrainingSettings),
    "blend": (NgramSettings, MLPSettings, TrainingSettings, BlendSettings),
}
# Settings of gradient steps; what is not `pretrained` needs them too.
TRAINED = (names_of(MLPSettings) | names_of(TrainingSettings) | names_of(BlendSettings)) - {"pretrained"}

# Points on the frontier of loss against time, tuned on a validation set; the benchmark shows what each reaches.
PRESETS = {
    "lecture": TrainSettings(  # Bengio et al. 2003, as it is commonly taught
        preset="lecture",
        model="mlp",
        context_size=3,
        embedding_size=10,
        hidden_size=200,
        activation="tanh",
        dropout=0.0,
        epochs=20,
        batch_size=256,
        learning_rate=0.01,
        weight_decay=0.1,
    ),
    "adapted": TrainSettings(preset="adapted"),
    "fast": TrainSettings(preset="fast", hidden_size=600, dropout=0.0, epochs=4, batch_size=512, learning_rate=0.008),
    "default": TrainSettings(preset="default"),
    "best": TrainSettings(preset="best", dropout=0.4, epochs=24, networks=3),
}
PRESET_FAMILIES = {"mlp": tuple(PRESETS), "blend": ("adapted", "fast", "default", "best")}


def _check_used(family: str, preset: str | None, given: Mapping[str, Any], own: type[Settings] | None) -> None:
    """Raise `UsageError` for a preset or a setting that the family does not use, and a label that cannot be learned."""
    if given.get("label") and (family not in PRESET_FAMILIES or preset != "adapted"):
        odd = f"`preset={preset}`" if family in PRESET_FAMILIES else f"`model={family}`"
        raise UsageError(f"`label` is learned from the pretrained network, without {odd}. Leave one of them out.")
    if family not in FAMILY_SETTINGS and own is None:
        return  # `fit.family_of` refuses it
    if preset and preset not in PRESET_FAMILIES.get(family, ()):
        others = " or ".join(name for name, presets in PRESET_FAMILIES.items() if preset in presets)
        raise UsageError(f"`preset={preset}` is for {others}, not for {family}. Leave it out.")
    trained = sorted(given.keys() & TRAINED) or ["pretrained"] * (given.get("pretrained") is False)
    if preset == "adapted" and trained:
        raise UsageError(f"`{trained[0]}` is for trained networks, and `preset=adapted` trains none. Leave it out.")
    if given.get("networks") == 0 and (idle := [name for name in trained if name not in ("networks", "seed")]):
        raise UsageError(f"`{idle[0]}` is for networks, and with `networks=0` there are none. Leave it out.")
    parts = FAMILY_SETTINGS.get(family, (own,) if own else ())
    for name in given:
        users = [other for other, theirs in FAMILY_SETTINGS.items() if any(name in names_of(part) for part in theirs)]
        if users and not any(name in names_of(part) for part in parts):
            raise UsageError(f"`{name}` is a setting of {' and '.join(users)}, not of {family}. Leave it out.")


@dataclass(frozen=True, kw_only=True)
class Constraints(Settings):
    """What names must be like. A piece is one text or several; capitals do not matter."""

    starts_with: Annotated[Pieces, Doc("Begin with this; repeat it to allow other beginnings."), WHICH] = ()
    ends_with: Annotated[Pieces, Doc("End with this; repeat it to allow other endings."), WHICH] = ()
    contains: Annotated[Pieces, Doc("Contain this; repeat it to require more."), WHICH] = ()
    excludes: Annotated[Pieces, Doc("Do not contain this; repeat it to exclude more."), WHICH] = ()
    min_length: Annotated[Length, Doc("Have at least this many characters."), WHICH] = 1
    max_length: Annotated[Length, Doc("Have at most this many characters."), WHICH] = MAX_NAME_LENGTH
    matches: Annotated[str, MaxLen(1000), Doc("Match this regular expression, as a whole."), WHICH] = ""
    ascii: Annotated[bool, Doc("Use plain letters, é as e and ł as l; a list is read so too."), SHOWN] = False

    def __post_init__(self) -> None:
        for name in PIECES:
            given = getattr(self, name)
            pieces = (normalize("NFC", piece) for piece in ((given,) if isinstance(given, str) else given))
            object.__setattr__(self, name, tuple(dict.fromkeys(filter(None, pieces))))
        object.__setattr__(self, "matches", normalize("NFC", self.matches))

    def check(self) -> None:
        """Raise `UsageError` for constraints that no name can meet."""
        for name in PIECES:
            for text in getattr(self, name):
                check_text(name, text)
        check_text("matches", self.matches)
        if self.min_length > self.max_length > 0:
            lengths = f"`min_length` {self.min_length} is more than `max_length` {self.max_length}"
            raise UsageError(f"{lengths}. Change one of them.")
        for name in ("starts_with", "ends_with", "contains"):
            for piece in getattr(self, name):
                if len(piece) > self.max_length > 0:
                    longer = f"`{name}` {piece!r} is longer than `max_length` {self.max_length}"
                    raise UsageError(f"{longer}. Change one of them.")
                for excluded in self.excludes:
                    if excluded.lower() in piece.lower():
                        both = f"`{name}` {piece!r} and `excludes` {excluded!r}"
                        raise UsageError(f"{both} contradict each other. Leave one of them out.")


PIECES = ("starts_with", "ends_with", "contains", "excludes")


@dataclass(frozen=True, kw_only=True)
class SamplingParameters(Settings):
    """What is done to the probabilities of the next character before it is drawn."""

    temperature: Annotated[float, Ge(0.01), Le(100), Doc("Below 1: safer names; above 1: wilder names."), DRAWN] = 1.0
    top_k: Annotated[int, Ge(0), Le(1 << 21), Doc("Only the K most probable characters; 0: all."), ADVANCED] = 0
    top_p: Annotated[TopP, Doc("Only the most probable characters that add up to this."), ADVANCED] = 1.0
    min_p: MinP = 0.0


@dataclass(frozen=True, kw_only=True)
class VarietySettings(Settings):
    """How the names of one output differ from each other."""

    apart: Annotated[int, Ge(1), Le(20), Doc("Differ from each other by at least this many edits."), WHICH] = 1
    initials: Annotated[bool, Doc("Begin with different letters; start again when none is left."), ADVANCED] = False

    @property
    def are_varied(self) -> bool:
        """Whether names depend on those before them."""
        return self.apart > 1 or self.initials


@dataclass(frozen=True, kw_only=True)
class SamplingSettings(Constraints, SamplingParameters, VarietySettings):
    """What names must be like, and how they are drawn."""

    allow_repeats: Annotated[bool, Doc("Allow a name to come more than once."), ADVANCED] = False
    batch_size: Annotated[int, Ge(1), Le(1 << 20), Doc("Names drawn in one batch."), ADVANCED] = 1 << 17
    max_tries: Annotated[Positive, Doc("Give up after this many rejected samples in a row."), ADVANCED] = 200_000

    def check(self) -> None:
        """Constraints, and repeats that would not differ."""
        super().check()
        if self.allow_repeats and self.apart > 1:
            raise UsageError("`allow_repeats` and `apart` contradict each other. Leave one of them out.")


@dataclass(frozen=True, kw_only=True)
class NameSettings(Constraints):
    """What a user asks of names. Lengths of 0 are those of the list: its 1st and 99th percentile."""

    min_length: Annotated[LengthOrList, Doc("Have at least this many characters; 0: as on the list."), WHICH] = 0
    max_length: Annotated[LengthOrList, Doc("Have at most this many characters; 0: as on the list."), WHICH] = 0
    case: Annotated[Case, Doc("Capitals: title gives Anna-Lena; keep: as on the list."), SHOWN] = "keep"
    allow_known: Annotated[bool, Doc("Allow names that are on the list."), WHICH] = False
    min_distance: Annotated[
        int,
        Ge(0),
        Le(20),
        Doc(
            "Differ by at least this many edits from every name on the list; 0: 2 for a list of up to 300 names, 1 for "
            "a longer one and for names of few characters."
        ),
        WHICH,
    ] = 0
    not_in: Annotated[Lists, Doc("Are not on this list, or this model's list; repeatable."), WHICH] = ()
    excludes_from: Annotated[Lists, Doc("Contain no line of this file, ignoring capitals and accents."), ADVANCED] = ()
    label: Annotated[str, Doc("Have this label, such as female; female,male: between both."), WHICH] = ""
    raw: Annotated[bool, Doc("Draw from the model's own distribution: any length, no min-p."), DRAWN] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("not_in", "excludes_from"):
            object.__setattr__(self, name, several(getattr(self, name)))

    @property
    def lists(self) -> tuple[str, ...]:
        """The lists and models that are read beside that of the model."""
        return tuple(one for one in (*several(self.not_in), *several(self.excludes_from)) if isinstance(one, str))

    def check(self) -> None:
        """Constraints, and a distance from names that are allowed."""
        super().check()
        if self.allow_known and self.min_distance:
            raise UsageError("`allow_known` and `min_distance` contradict each other. Leave one of them out.")

    def within(self, usual_lengths: tuple[int, int]) -> Self:
        """The same settings with the usual lengths in place of 0; with `raw` any length, and any new name.

        Where that would leave no or one length, the other bound is left open.

        >>> NameSettings(max_length=3).within((4, 9)).min_length, NameSettings(min_length=5).within((4, 9)).max_length
        (1, 9)
        """
        low, high = (1, MAX_NAME_LENGTH) if self.raw else usual_lengths
        low = 1 if 0 < self.max_length <= low else low
        high = MAX_NAME_LENGTH if self.min_length >= high else high
        return replace(
            self,
            min_length=self.min_length or low,
            max_length=self.max_length or high,
            min_distance=self.min_distance or int(self.raw),
        )


def several(lists: Lists) -> tuple[Any, ...]:
    """The lists of a tuple, or the only one. A text or path names a list; anything else is a list in memory."""
    lists = lists if isinstance(lists, tuple) else (lists,)
    return tuple(str(one) if isinstance(one, Path) else one for one in lists)


@dataclass(frozen=True, kw_only=True)
class DrawSettings(NameSettings, SamplingParameters):
    """What `pseudonym` takes, and `sample` among others."""

    min_p: MinP = 0.1

    @classmethod
    def _checked(cls, values: Mapping[str, Any]) -> Self:
        if values.get("raw") and values.get("min_p"):  # where it is the default nobody may have given it
            raise UsageError("`raw` and `min_p` contradict each other. Leave one of them out.")
        return super()._checked(values)

    def within(self, usual_lengths: tuple[int, int]) -> Self:
        """As for all names; `raw` cuts nothing."""
        settings = super().within(usual_lengths)
        return replace(settings, min_p=0.0) if self.raw else settings


@dataclass(frozen=True, kw_only=True)
class SampleSettings(DrawSettings, SamplingSettings):
    """What `sample` takes."""

    n: Annotated[int, Ge(0), Le(10**12), Doc("How many names; 0: no end.")] = field(default=20, kw_only=False)
    seed: Annotated[Seed, Doc("The same seed gives the same names."), DRAWN] = 42
    like: Annotated[str, Doc("Draw many names and keep those most similar to this one."), WHICH] = ""
    sort: Annotated[Sort, Doc("Order of the names."), SHOWN] = "none"

    def check(self) -> None:
        """Constraints, and the text of `like`."""
        super().check()
        check_text("like", self.like)


@dataclass(frozen=True, kw_only=True)
class TopSettings(NameSettings, VarietySettings):
    """What `top` takes."""

    n: Annotated[int, Ge(1), Le(10**12), Doc("How many names.")] = field(default=20, kw_only=False)


@dataclass(frozen=True, kw_only=True)
class ComposeSettings(Settings):
    """What `compose` takes."""

    n: Annotated[int, Ge(0), Le(10**12), Doc("How many lines; 0: no end.")] = field(default=20, kw_only=False)
    seed: Annotated[Seed, Doc("The same seed gives the same lines."), DRAWN] = 42


@dataclass(frozen=True, kw_only=True)
class PlotSettings(Settings):
    """What `plot` takes."""

    kind: Annotated[PlotKind, Doc("What to show.")] = field(kw_only=False)
    layer: Annotated[int, Ge(1), Le(4), Doc("activations: which hidden layer."), SHOWN] = 1
    draws: Annotated[int, Ge(1), Le(1_000_000), Doc("lengths: how many names are generated."), SHOWN] = 2000
    seed: Annotated[Seed, Doc("lengths, activations: seed of what is drawn."), SHOWN] = 0

    def check(self) -> None:
        """Raise `UsageError` for a setting that the kind does not use."""
        kinds_of = {"layer": ("activations",), "draws": ("lengths",), "seed": ("lengths", "activations")}
        for name in self.changed:
            kinds = kinds_of.get(name, (self.kind,))
            if self.kind not in kinds:
                raise UsageError(f"`{name}` is a setting of {' and '.join(kinds)}, not of {self.kind}. Leave it out.")


def check_text(name: str, text: str) -> None:
    """Raise `UsageError` for a line break, and for a lone surrogate, which stands for a byte that is not UTF-8."""
    if "\n" in text:
        raise UsageError(f"`{name}` {text!r} contains a line break, which no name does. Leave it out.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UsageError(f"`{name}` {text!r} is not UTF-8. Type it in a UTF-8 terminal.") from None


def options_of(settings_type: type[Settings]) -> dict[str, Any]:
    """The fields of a class that are options, by name: those whose annotation has a `Doc`."""
    return {f.name: f for f in fields(settings_type) if metadata(f.type, Doc)}


def metadata(annotation: Any, kind: type) -> Any:
    """What an annotation says of this type, such as its group or its least value; None where it says nothing."""
    return next((part for part in get_args(annotation)[1:] if isinstance(part, kind)), None)


def checked_values(
    settings_type: type[Settings], values: Mapping[str, Any], beside: Iterable[str] = ()
) -> dict[str, Any]:
    """The values, each checked against its field. Raises `UsageError`, which may suggest the names `beside` too."""
    known, options = names_of(settings_type), options_of(settings_type)
    for name in values:
        if name not in known:
            raise unknown_setting(name, [*known, *beside])
    return {name: checked(name, v, options[name].type) if name in options else v for name, v in values.items()}


def checked(name: str, value: Any, annotation: Any, *, of_json: bool = False) -> Any:
    """A value that fits an annotation; one of JSON may have lists for tuples. Raises `UsageError`, naming it.

    >>> checked("n", "5", Annotated[int, Ge(0)])
    Traceback (most recent call last):
    namegen.errors.UsageError: `n` must be an integer, not '5'.
    """
    from pydantic import ValidationError  # noqa: PLC0415 (would double the time that help takes)

    try:
        if of_json:
            return _adapter(annotation).validate_json(json.dumps(value), strict=True)
        many = isinstance(value, list) and Lists not in get_args(annotation)
        return _adapter(annotation).validate_python(tuple(value) if many else value, strict=True)
    except ValidationError as error:
        raise UsageError(f"`{name}` must be {_expected(error.errors()[0], annotation)}, not {value!r}.") from None


@cache
def _adapter(annotation: Any) -> Any:
    from pydantic import TypeAdapter  # noqa: PLC0415

    return TypeAdapter(annotation)


_EXPECTED = {
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
    "literal_error": "one of {expected}",
    "too_long": "at most {max_length} long",
    "string_too_long": "at most {max_length} long",
    "int_type": "an integer",
    "float_type": "a number",
    "bool_type": "True or False",
    "string_type": "a text",
    "string_unicode": "UTF-8 text",
    "tuple_type": "a list",
    "finite_number": "a finite number",
}


def _expected(error: Mapping[str, Any], annotation: Any) -> str:
    """What an error of pydantic says, in a few words."""
    if Pieces in get_args(annotation):
        return "a text or several texts"
    values = {
        name: f"{value:,.12g}" if isinstance(value, int | float) else str(value).replace(" or ", ", ").replace("'", "")
        for name, value in error.get("ctx", {}).items()
    }
    return str(_EXPECTED.get(error["type"], error["msg"])).format(**values)


def unknown_setting(name: str, known: Sequence[str]) -> UsageError:
    """The error for a setting that does not exist, with the one that may have been meant."""
    near = get_close_matches(name, known, n=1)
    hint = f"Did you mean {near[0]!r}?" if near else f"Choose from: {', '.join(sorted(known))}."
    return UsageError(f"Unknown setting {name!r}. {hint}")


P = ParamSpec("P")
S = TypeVar("S", bound=Settings)
R = TypeVar("R")
Owner = TypeVar("Owner")


def arguments(settings_type: Callable[P, S]) -> Callable[[Callable[[S], R]], Callable[P, R]]:
    """Decorate a function of settings so that it takes them as keyword arguments, which editors and `help` show.

    >>> @arguments(SamplingParameters)
    ... def double(settings: SamplingParameters) -> float:
    ...     return 2 * settings.temperature
    >>> double(temperature=1.5)
    3.0
    """
    return lambda function: _taking(function, settings_type)


def method_arguments(
    settings_type: Callable[P, S],
) -> Callable[[Callable[[Owner, S], R]], Callable[Concatenate[Owner, P], R]]:
    """As `arguments`, for a method."""
    return lambda function: _taking(function, settings_type, "self")


def _taking(function: Callable[..., R], settings_type: Any, *first: str) -> Callable[..., R]:
    """The function, called with settings made of its arguments; the `first` ones are passed on."""
    names = [f.name for f in fields(settings_type) if not f.kw_only]
    required = [f.name for f in fields(settings_type) if f.default is MISSING and f.default_factory is MISSING]

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> R:
        given = args[len(first) :]
        if len(given) > len(names):
            raise UsageError(f"At most {len(names)} arguments without a name, not {len(given)}. Name the others.")
        values = dict(zip(names, given, strict=False))
        if missing := next((name for name in required if name not in values | kwargs), None):
            raise UsageError(f"`{function.__name__}` needs `{missing}`. Name it.")
        return function(*args[: len(first)], settings_type.of(**values, **kwargs))

    options = options_of(settings_type)
    groups = {name: metadata(f.type, Group) for name, f in options.items()}
    shown = [p for p in inspect.signature(settings_type).parameters.values() if p.name != "own"]
    shown.sort(key=lambda p: (p.kind, [*GROUPS, None].index(groups.get(p.name))))
    plain = [p.replace(annotation=getattr(p.annotation, "__origin__", p.annotation)) for p in shown]
    own = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in first]
    result = function.__annotations__.get("return", inspect.Signature.empty)
    vars(call)["__signature__"] = inspect.Signature(own + plain, return_annotation=result)
    lines = [f"    {p.name}: {metadata(options[p.name].type, Doc).documentation}" for p in shown if p.name in options]
    call.__doc__ = "\n".join([inspect.cleandoc(function.__doc__ or ""), "", "Settings:", *lines])
    return call
