"""Training the network that comes with the program: `python -m namegen.training.pretraining` (`make pretrained`).

It learns from the training set of the hash split of every bundled list, so that no default validation or test name of
any list was ever seen. For a tenth of the rows the vector is that of no list. A list weighs as the root of its size.
Strong dropout and weight decay: what is memorised of the bundled lists is of no use for another one.
"""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn import functional as F

from namegen.corpus.packed_names import Names
from namegen.corpus.reading import read_corpus
from namegen.corpus.sources import DEFAULT_SOURCE, bundled, data_folder
from namegen.corpus.split import split
from namegen.corpus.vocabulary import Vocabulary
from namegen.training.adaptation import rows_of
from namegen.training.optimizer import AdamW, one_cycle
from namegen.training.pretrained import FILE_NAME, PretrainedNetwork


@dataclass(frozen=True)
class Recipe:
    """Everything that the weights depend on, beside the lists."""

    context_size: int = 8
    embedding_size: int = 32
    vector_size: int = 32
    hidden_size: int = 800
    epochs: int = 16
    batch_size: int = 2048
    learning_rate: float = 0.01  # at the peak of the one-cycle schedule
    weight_decay: float = 0.6
    dropout: float = 0.5
    no_list: float = 0.1  # share of rows that are learned as of no list
    most_a_row: int = 8  # examples with one list and context that share a row
    seed: int = 0


def training_lists(left_out: Iterable[str] = (), forbidden: Names | None = None) -> dict[str, Names]:
    """The training set of each bundled list but those left out, whose names, and the forbidden ones, are in no list."""
    lists = {name: read_corpus(name).names for name in bundled() if name != DEFAULT_SOURCE}
    gone = Names.join([*(lists[name] for name in left_out), *([forbidden] if forbidden is not None else [])]).hashes()
    sets = {name: split(names).train for name, names in lists.items() if name not in left_out}
    return {name: names.select(~torch.isin(names.hashes(), gone)) for name, names in sets.items()}


def fingerprint(lists: Mapping[str, Names]) -> int:
    """A number that tells these lists from others."""
    return Names.join([Names.of([*lists]), *lists.values()]).fingerprint()


@dataclass(frozen=True, eq=False)
class Rows:
    """What is learned from: contexts, the number of their list (from 1), how often each token follows, their weight."""

    contexts: Int64[Tensor, "rows context"]
    lists: Int64[Tensor, " rows"]
    counts: Float[Tensor, "rows vocab"]
    weights: Float[Tensor, " rows"]

    @classmethod
    def of(cls, lists: Mapping[str, Names], vocabulary: Vocabulary, recipe: Recipe) -> "Rows":
        """The rows of all lists; a context that occurs often is several of them."""
        parts = []
        for number, names in enumerate(lists.values(), start=1):
            contexts, counts = rows_of(names, vocabulary, recipe.context_size)
            times = (counts.sum(1) / recipe.most_a_row).ceil().long()
            counts = (counts / times[:, None]).repeat_interleave(times, 0)
            numbers = torch.full((len(counts),), number)
            weights = torch.full((len(counts),), len(names) ** -0.5, dtype=torch.float32)
            parts.append((contexts.repeat_interleave(times, 0), numbers, counts, weights))
        contexts, numbers, counts, weights = (torch.cat(part) for part in zip(*parts, strict=True))
        return cls(contexts, numbers, counts, weights * counts.sum() / (weights * counts.sum(1)).sum())


class Network(nn.Module):
    """The parameters, by the names they have in `PretrainedNetwork`, and the logits of rows of any list."""

    def __init__(self, lists: int, vocab_size: int, recipe: Recipe) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(recipe.seed)

        def parameter(*shape: int, std: float) -> nn.Parameter:
            return nn.Parameter(torch.randn(*shape, generator=generator, dtype=torch.float32) * std)

        inputs = recipe.context_size * recipe.embedding_size
        into_hidden = (2 / (inputs + recipe.vector_size)) ** 0.5  # He et al. 2015
        self.embedding = parameter(vocab_size, recipe.embedding_size, std=1)
        self.vectors = parameter(lists + 1, recipe.vector_size, std=0.5)
        self.weight1 = parameter(inputs, recipe.hidden_size, std=into_hidden)
        self.shift = parameter(recipe.vector_size, recipe.hidden_size, std=into_hidden)
        self.bias1 = parameter(recipe.hidden_size, std=0)
        self.weight2 = parameter(recipe.hidden_size, vocab_size, std=0.1 / recipe.hidden_size**0.5)
        self.bias2 = parameter(vocab_size, std=0)
        self.scale = parameter(recipe.vector_size, recipe.hidden_size, std=0.02)

    def forward(self, contexts: Tensor, lists: Tensor, masks: Tensor) -> Tensor:
        """Logits (batch, vocab) of rows of these lists, hidden units multiplied by the masks; in bfloat16 products."""
        z = self.vectors[lists].bfloat16()
        x = F.embedding(contexts, self.embedding).flatten(1).bfloat16()
        h = F.gelu(x @ self.weight1.bfloat16() + z @ self.shift.bfloat16() + self.bias1.bfloat16())
        h = h * masks * (1 + z @ self.scale.bfloat16())
        logits: Tensor = h @ self.weight2.bfloat16() + self.bias2.bfloat16()
        return logits.float()


def pretrain(lists: Mapping[str, Names], recipe: Recipe = Recipe()) -> PretrainedNetwork:
    """Train the network on these lists. The same lists, recipe and machine give the same weights."""
    vocabulary = Vocabulary.of(Names.join([*lists.values()]))
    rows = Rows.of(lists, vocabulary, recipe)
    network = Network(len(lists), vocabulary.size, recipe)
    parameters = dict(network.named_parameters())
    spared = ("embedding", "bias1", "bias2")
    decayed = [parameter for name, parameter in parameters.items() if name not in spared]
    optimizer = AdamW(decayed, [parameters[name] for name in spared], recipe.weight_decay)
    generator = torch.Generator().manual_seed(recipe.seed)
    scale = len(rows.contexts) / rows.counts.sum()
    steps = recipe.epochs * -(-len(rows.contexts) // recipe.batch_size)
    for _ in range(recipe.epochs):
        for batch in torch.randperm(len(rows.contexts), generator=generator).split(recipe.batch_size):
            has_list = torch.rand(len(batch), generator=generator) >= recipe.no_list
            kept = torch.rand(len(batch), recipe.hidden_size, generator=generator) >= recipe.dropout
            masks = kept.bfloat16() / (1 - recipe.dropout)
            logs = network(rows.contexts[batch], rows.lists[batch] * has_list, masks).log_softmax(1)
            loss = -((rows.counts[batch] * logs).sum(1) * rows.weights[batch]).mean() * scale
            loss.backward()
            optimizer.step(one_cycle(optimizer.steps / steps, recipe.learning_rate))
    weights = {name: parameter.detach().half().float() for name, parameter in parameters.items()}
    hashes = Names.join([*lists.values()]).hashes().unique()
    return PretrainedNetwork(
        vocabulary.characters, (*lists,), asdict(recipe), fingerprint(lists), hashes=hashes, **weights
    )


if __name__ == "__main__":
    torch.set_num_threads(1)  # as fast as two, and the bytes do not depend on the number of processors
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else data_folder() / FILE_NAME
    pretrain(training_lists()).save(path)
