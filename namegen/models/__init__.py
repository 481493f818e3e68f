"""The model families. A new one is a file in this folder and an import here, which adds it to `FAMILIES`."""

from namegen.models.base import FAMILIES, CountModel, NameModel
from namegen.models.bigram import Bigram
from namegen.models.blend import Blend, BlendMembers, fit_weights
from namegen.models.mlp import MLP
from namegen.models.ngram import Ngram

__all__ = ["FAMILIES", "MLP", "Bigram", "Blend", "BlendMembers", "CountModel", "NameModel", "Ngram", "fit_weights"]
