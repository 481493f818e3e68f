"""The model families. A new one is one file in this folder and one import here, which enters it in `FAMILIES`."""

from namegen.models.base import FAMILIES, CountModel, NameModel
from namegen.models.bigram import Bigram, BigramConfig
from namegen.models.blend import Blend, BlendConfig, fit_weights
from namegen.models.mlp import MLP, MLPConfig
from namegen.models.ngram import Ngram, NgramConfig

__all__ = [
    "FAMILIES",
    "MLP",
    "Bigram",
    "BigramConfig",
    "Blend",
    "BlendConfig",
    "CountModel",
    "MLPConfig",
    "NameModel",
    "Ngram",
    "NgramConfig",
    "fit_weights",
]
