"""How a model of each family is made from names: what is counted, what is trained, on which names.

This room knows the families and their order of work; the gradient loop itself is in `training`.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import torch

from namegen.corpus import Split
from namegen.corpus import split as divide
from namegen.errors import TrainingError
from namegen.examples import Examples
from namegen.models import MLP, Bigram, Blend, NameModel, Ngram, fit_weights
from namegen.presets import Settings
from namegen.text import Names
from namegen.training import Epoch, fit
from namegen.vocabulary import Vocabulary

Listener = Callable[[str, Epoch, NameModel], None]  # which network, its epoch, and the network as it is
CountModel = TypeVar("CountModel", Bigram, Ngram)
HELD_BACK = 0.05  # the share of the training names that weights are fitted on where there is no validation part


def fit_family(
    family: str, settings: Settings, vocabulary: Vocabulary, split: Split, device: str, on_epoch: Listener
) -> NameModel:
    """Fit a model of a family on the training names of a split; `on_epoch` hears how its networks come along."""
    fitters: dict[str, Callable[[], NameModel]] = {
        "bigram": lambda: count(Bigram(settings.bigram, vocabulary), split.train),
        "ngram": lambda: count(Ngram(settings.ngram, vocabulary), split.train),
        "mlp": lambda: train_mlp("mlp", settings, vocabulary, split, device, on_epoch),
        "blend": lambda: fit_blend(settings, vocabulary, split, device, on_epoch),
    }
    return fitters[family]().eval().requires_grad_(False)


def count(model: CountModel, names: Names) -> CountModel:
    """The model, with these names counted."""
    model.count(Examples(names, model.vocabulary, model.context_size))
    return model


def fit_blend(settings: Settings, vocabulary: Vocabulary, split: Split, device: str, on_epoch: Listener) -> Blend:
    """An n-gram and some MLPs, blended with the weights that make the validation names most likely.

    Without validation names, a share of the training names takes their place; the n-gram counts it afterwards.
    """
    fitting = split if len(split.validation) else divide(split.train, HELD_BACK, seed=settings.training.seed)
    ngram = count(Ngram(settings.ngram, vocabulary), fitting.train)
    networks = []
    for place in range(settings.blend.networks):
        training = replace(settings.training, seed=settings.training.seed + place)
        name = f"mlp {place + 1} of {settings.blend.networks}"
        one = replace(settings, training=training)
        networks.append(train_mlp(name, one, vocabulary, fitting, device, on_epoch))
    weights = blend_weights([ngram, *networks], fitting.validation)
    if fitting is not split:
        ngram = count(Ngram(settings.ngram, vocabulary), split.train)
    return Blend.of([ngram, *networks], weights)


def blend_weights(models: Sequence[NameModel], names: Names) -> list[float]:
    """The weights of a blend of these models that make these names most likely."""
    blend = Blend.of(models)
    examples = Examples(names, blend.vocabulary, blend.context_size)
    logs = [
        blend.member_log_probabilities(contexts).gather(2, targets.expand(len(models), -1)[..., None]).squeeze(2)
        for contexts, targets in examples.batches(8192)
    ]
    return fit_weights(torch.cat(logs, dim=1).double()).tolist()


def train_mlp(
    name: str, settings: Settings, vocabulary: Vocabulary, split: Split, device: str, on_epoch: Listener
) -> MLP:
    """An MLP trained on the training names; validation names, where there are any, choose the best epoch."""
    model = MLP(settings.mlp, vocabulary).to(find_device(device))
    train = Examples(split.train, vocabulary, model.context_size)
    validation = Examples(split.validation, vocabulary, model.context_size) if len(split.validation) else None
    for epoch in fit(model, train, validation, settings.training):
        on_epoch(name, epoch, model)
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
