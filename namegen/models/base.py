"""The one interface that every model family shares.

A model says how likely each token is after these characters, as a row of logits; `F.cross_entropy(model(contexts),
targets)` is the loss of every family. Sampling, evaluation, search and blending need no more than that.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar, TypeVar

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from namegen.corpus.ngram_counts import NgramCounts
from namegen.corpus.vocabulary import Vocabulary
from namegen.errors import ModelFileError
from namegen.settings import Settings

Entry = TypeVar("Entry")

FAMILIES: dict[str, type["NameModel"]] = {}  # every family is added to it when its class is defined


def take_part(tensors: dict[str, Entry], prefix: str) -> dict[str, Entry]:
    """Take the entries with a prefix out of a dictionary, and return them without it."""
    return {name.removeprefix(prefix): tensors.pop(name) for name in [*tensors] if name.startswith(prefix)}


class NameModel(nn.Module, ABC):
    """A distribution over the next token, given the last `context_size` tokens.

    Contexts are integers (batch, context_size), the most recent token last, padded on the left with the boundary
    token 0. A family sets `family`, `settings_type` and `context_size`, is constructed from `(settings, vocabulary)`,
    and is imported in `namegen.models`.
    """

    family: ClassVar[str]
    settings_type: ClassVar[type[Settings]]
    settings: Settings
    vocabulary: Vocabulary
    context_size: int

    def __init_subclass__(cls) -> None:
        if "family" in vars(cls):
            FAMILIES[cls.family] = cls

    def __init__(self, settings: Settings, vocabulary: Vocabulary) -> None:
        super().__init__()
        self.settings = settings
        self.vocabulary = vocabulary

    @abstractmethod
    def forward(self, contexts: Int64[Tensor, "batch context"]) -> Float[Tensor, "batch vocab"]:
        """Logits (batch, vocab): unnormalised log-probabilities of the next token."""

    @torch.inference_mode()
    def log_probabilities(self, contexts: Int64[Tensor, "batch context"]) -> Float[Tensor, "batch vocab"]:
        """Natural logarithms of the probability of every token after every context; each row sums to 1.

        Raises `ModelFileError` where the weights are too large to compute them.
        """
        logits: Tensor = self(contexts)
        logs = logits.float().log_softmax(1)
        if bool(logs[:, 0].isnan().any()):  # one overflow makes the whole row undefined
            raise ModelFileError("The model's weights are too large to compute with. Train it again.")
        return logs

    @property
    def parameter_count(self) -> int:
        """How many numbers the model has learned or counted."""
        return sum(tensor.numel() for tensor in self.state_dict().values())

    def check_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        """Raise `ModelFileError` unless these tensors have the names, types and shapes of the model's own."""
        expected, found = ({name: (t.dtype, t.shape) for name, t in of.items()} for of in (self.state_dict(), tensors))
        if odd := sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name)):
            raise ModelFileError(f"its tensors do not fit its settings: {', '.join(odd[:5])}")

    def adopt(self, tensors: Mapping[str, Tensor]) -> None:
        """Use these tensors, which `check_tensors` accepted, as the model's own. Raises `ModelFileError`."""
        self.load_state_dict(dict(tensors), assign=True)


class CountModel(NameModel):
    """A model that is trained by counting."""

    @abstractmethod
    def count(self, ngrams: NgramCounts) -> None:
        """Learn from how often each context and target occur."""
