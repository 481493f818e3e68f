"""How a model of each family is made from names: what is counted, what is trained, on which names.

This room knows the families and their order of work; the gradient loop itself is in `training`.
"""

from collections.abc import Callable

import torch

from namegen.corpus import Split
from namegen.errors import TrainingError
from namegen.examples import Examples
from namegen.models import MLP, Bigram, BigramConfig, NameModel
from namegen.presets import Settings
from namegen.text import Names
from namegen.training import Epoch, fit
from namegen.vocabulary import Vocabulary

Listener = Callable[[Epoch, NameModel], None]


def fit_family(
    family: str, settings: Settings, vocabulary: Vocabulary, split: Split, device: str, on_epoch: Listener
) -> NameModel:
    """Fit a model of a family on the training names of a split; `on_epoch` hears how its networks come along."""
    fitters: dict[str, Callable[[], NameModel]] = {
        "bigram": lambda: count_bigram(settings.bigram, vocabulary, split.train),
        "mlp": lambda: train_mlp(settings, vocabulary, split, device, on_epoch),
    }
    return fitters[family]().eval().requires_grad_(False)


def count_bigram(config: BigramConfig, vocabulary: Vocabulary, names: Names) -> Bigram:
    """The bigram model of names."""
    model = Bigram(config, vocabulary)
    model.count(Examples(names, vocabulary, model.context_size))
    return model


def train_mlp(settings: Settings, vocabulary: Vocabulary, split: Split, device: str, on_epoch: Listener) -> MLP:
    """An MLP trained on the training names; validation names, where there are any, choose the best epoch."""
    model = MLP(settings.mlp, vocabulary).to(find_device(device))
    train = Examples(split.train, vocabulary, model.context_size)
    validation = Examples(split.validation, vocabulary, model.context_size) if len(split.validation) else None
    for epoch in fit(model, train, validation, settings.training):
        on_epoch(epoch, model)
    return model.cpu()


def find_device(wish: str) -> torch.device:
    """The device of this name; `auto` takes cuda, then mps, then cpu. Raises `TrainingError` for one not there."""
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if wish == "auto":
        wish = next(name for name, is_there in there.items() if is_there)
    if not there.get(wish):
        found = ", ".join(name for name, is_there in there.items() if is_there)
        raise TrainingError(f"device {wish!r} is not there. Choose from: auto, {found}.")
    return torch.device(wish)
