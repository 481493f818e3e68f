"""The model families, by name. A new family is one file in this folder and one line in the registry."""

from namegen.models.base import Config, NameModel
from namegen.models.bigram import Bigram, BigramConfig
from namegen.models.mlp import MLP, MLPConfig

FAMILIES: dict[str, type[NameModel]] = {model.family: model for model in (Bigram, MLP)}

__all__ = ["FAMILIES", "MLP", "Bigram", "BigramConfig", "Config", "MLPConfig", "NameModel"]
