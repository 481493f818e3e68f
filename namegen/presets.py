"""The presets: points on the frontier of loss against time, each a complete set of settings.

They were tuned on a validation part cut from a training list; the README's table shows what each of them reaches.
"""

from dataclasses import dataclass, field, fields, replace
from typing import Any

from namegen.config import Config, unknown_setting
from namegen.errors import UsageError
from namegen.models import FAMILIES, BigramConfig, MLPConfig, NgramConfig
from namegen.training.options import TrainingOptions


@dataclass(frozen=True)
class BlendOptions(Config):
    """What a blend is made of: an n-gram model, and so many networks, alike but for their seeds."""

    networks: int = 1

    def __post_init__(self) -> None:
        self.check("networks", 0, 16)


@dataclass(frozen=True)
class Settings:
    """Everything that can be set about models and their training."""

    bigram: BigramConfig = field(default_factory=BigramConfig)
    ngram: NgramConfig = field(default_factory=NgramConfig)
    mlp: MLPConfig = field(default_factory=MLPConfig)
    training: TrainingOptions = field(default_factory=TrainingOptions)
    blend: BlendOptions = field(default_factory=BlendOptions)
    own: Config = field(default_factory=Config)  # of a family that has no preset

    def of(self, family: str) -> Config:
        """The settings of the model of a family."""
        found: Config = getattr(self, family) if family in HEEDED else self.own
        return found


PRESETS = {
    "lecture": Settings(  # Bengio et al. 2003, as it is commonly taught
        mlp=MLPConfig(context_size=3, embedding_size=10, hidden_size=200, activation="tanh", dropout=0.0),
        training=TrainingOptions(epochs=20, batch_size=256, learning_rate=0.01, weight_decay=0.1),
    ),
    "fast": Settings(
        mlp=MLPConfig(hidden_size=600, dropout=0.0),
        training=TrainingOptions(epochs=4, batch_size=512, learning_rate=0.008),
    ),
    "default": Settings(),
    "best": Settings(
        mlp=MLPConfig(dropout=0.4),
        training=TrainingOptions(epochs=24),
        blend=BlendOptions(networks=3),
    ),
}

# Which parts of the settings each family heeds.
HEEDED = {
    "bigram": ("bigram",),
    "ngram": ("ngram",),
    "mlp": ("mlp", "training"),
    "blend": ("ngram", "mlp", "training", "blend"),
}


def heeded() -> dict[str, tuple[str, ...]]:
    """Which parts of the settings each family heeds; one that has no preset heeds its own."""
    return HEEDED | {family: ("own",) for family in FAMILIES if family not in HEEDED}


def settings_for(family: str, preset: str, changes: dict[str, Any]) -> Settings:
    """The settings of a preset with some changed, e.g. `{"epochs": 8}`.

    Raises `UsageError` for an unknown preset or setting, and for a setting that the family does not heed.

    >>> settings_for("mlp", "lecture", {"epochs": 2}).training.epochs
    2
    """
    parts_of = heeded()
    if family not in parts_of:
        raise UsageError(f"unknown model {family!r}. Choose from: {', '.join(parts_of)}.")
    if preset not in PRESETS:
        raise UsageError(f"unknown preset {preset!r}. Choose from: {', '.join(PRESETS)}.")
    settings = PRESETS[preset]
    if family not in HEEDED:
        settings = replace(settings, own=FAMILIES[family].config_type())
    for name, value in changes.items():
        part = _part_with(name, settings)
        if part not in parts_of[family]:
            users = " or ".join(other for other, parts in HEEDED.items() if part in parts)
            raise UsageError(f"{name.replace('_', '-')} is no setting of the {family} model, but of {users}.")
        plain = tuple(value) if isinstance(value, list) else value
        settings = replace(settings, **{part: replace(getattr(settings, part), **{name: plain})})
    return settings


def _part_with(setting: str, settings: Settings) -> str:
    names: dict[str, str] = {}
    for part in fields(Settings):
        names |= {setting.name: part.name for setting in fields(getattr(settings, part.name))}
    if setting not in names:
        raise unknown_setting(setting, names)
    return names[setting]
