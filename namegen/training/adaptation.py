"""From the pretrained network to a list: names in general become names like these.

Two steps without a seed, each a minimum, then a blend:

1. The list's vector z by maximum a posteriori. Its prior is the Gaussian of the vectors of the bundled lists:

       minimise  -Σ ln p(target | context, z)  +  ½ (z - μ)ᵀ Σ⁻¹ (z - μ)

2. With z the hidden layer is fixed. It gets more units, one for each frequent ending of a context, of 1 to 3
   characters: such a unit is 4 where the context ends so, else 0 (n-gram features, Rosenfeld 1996). The output layer is
   a multinomial logistic regression on all units, h. Its prior is a Gaussian around the pretrained weights W₀, which
   are 0 for the new units (Chelba & Acero 2004, for maximum-entropy models):

       minimise  -Σ ln softmax(h W)[target]  +  λ/2 ‖W - W₀‖²            (convex)

3. p = (1 - w) p_network + w p_n-gram, the modified Kneser-Ney of the list itself; w grows with the list.

Equal contexts are one row with the counts of what follows.
"""

import math
import unicodedata
from dataclasses import replace

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn import functional as F

from namegen.corpus.packed_names import Names, opens_group
from namegen.corpus.split import choose_at_most
from namegen.corpus.streaming_counts import count_ngrams
from namegen.corpus.vocabulary import BOUNDARY, Vocabulary
from namegen.models import MLP
from namegen.settings import MLPSettings
from namegen.training.lbfgs import minimise
from namegen.training.pretrained import PretrainedNetwork

PRECISION = 45.0  # λ: of the prior on the output layer; 30 to 60 serve lists of 20 to 3,000 names alike
UNIT = 4.0  # of a unit whose ending is there: how much the prior lets endings differ from the network
LONGEST_ENDING, MOST_ENDINGS = 3, 512
SHRINKAGE = 0.5  # of the lists' covariance towards a multiple of the identity: there are hardly more lists than numbers
NEW_CHARACTER = -2.0  # added to the bias of a character that the network does not know: rarer than those it knows
NAMES_FOR_VECTOR, NAMES_FOR_OUTPUT = 150, 3000  # at most, chosen by their hashes; more hardly change the fit
VECTOR_STEPS, OUTPUT_STEPS = 30, 15  # at most; after more of the second, held-out names are less probable
KNOWN_SHARE = 0.5  # of a list's characters that the network must know, or their base letters


def ngram_weight(names: int) -> float:
    """The n-gram's weight in the blend, by the number of names; tuned on lists left out of the pretraining.

    >>> [round(ngram_weight(n), 2) for n in (20, 100, 300, 3000)]
    [0.1, 0.13, 0.15, 0.19]
    """
    return 0.05 + 0.04 * math.log10(names)


def knows_script(network: PretrainedNetwork, names: Names) -> bool:
    """Whether the network knows enough of the characters of these names, or their base letters, to be of use."""
    counts = torch.bincount(names.code_points)
    codes = counts.nonzero().squeeze(1).tolist()
    known = [code for code in codes if base_letter(chr(code)) in network.characters or not chr(code).isalpha()]
    return int(counts[known].sum()) >= KNOWN_SHARE * len(names.code_points)


@torch.no_grad()
def adapt(network: PretrainedNetwork, names: Names, vocabulary: Vocabulary) -> MLP:
    """The network, fitted to these names, for a vocabulary that holds their characters."""
    network = with_vocabulary(network, vocabulary)
    z = fit_vector(network, choose_at_most(NAMES_FOR_VECTOR, names), vocabulary)
    contexts, followers = rows_of(choose_at_most(NAMES_FOR_OUTPUT, names), vocabulary, network.context_size)
    hidden = F.gelu(network.embedding[contexts].flatten(1) @ network.weight1 + network.bias1 + z @ network.shift)
    units, thresholds = ending_units(contexts, followers.sum(1), vocabulary.size)
    endings = F.gelu(one_hot_endings(contexts, vocabulary.size) @ units + thresholds)
    always = torch.full((len(contexts), 1), UNIT)  # the empty ending, whose weights are b₂
    start = torch.cat([network.output(z), torch.zeros(len(thresholds), vocabulary.size), network.bias2[None] / UNIT])
    weights = fit_output(torch.cat([hidden, endings, always], dim=1), followers, start)
    embedding = torch.cat([network.embedding, torch.eye(vocabulary.size, dtype=torch.float32)], dim=1)
    bias1 = torch.cat([network.bias1 + z @ network.shift, thresholds])
    settings = MLPSettings(
        context_size=network.context_size,
        embedding_size=embedding.shape[1],
        hidden_size=len(bias1),
        dropout=0.0,
    )
    model = MLP(settings, vocabulary)
    model.adopt(
        {
            "embedding": embedding,
            "hidden.0.weight": side_by_side(network, units).T.contiguous(),
            "hidden.0.bias": bias1,
            "output.weight": weights[:-1].T.contiguous(),
            "output.bias": UNIT * weights[-1],
        }
    )
    return model.requires_grad_(False).eval()


def ending_units(
    contexts: Int64[Tensor, "rows context"], occurrences: Float[Tensor, " rows"], vocab_size: int
) -> tuple[Float[Tensor, "inputs units"], Float[Tensor, " units"]]:
    """Hidden units for the most frequent endings of contexts: their columns of W₁ and their biases.

    Their inputs are one-hot: 4 (matching characters - (k - 1)) is 4 where all k characters match, else 0, -4, …, of
    which GELU leaves 0.
    """
    columns, thresholds, frequencies = [], [], []
    for length in range(1, LONGEST_ENDING + 1):
        endings, which = contexts[:, -length:].unique(dim=0, return_inverse=True)
        padded = F.pad(UNIT * F.one_hot(endings, vocab_size).float(), (0, 0, LONGEST_ENDING - length, 0))
        columns.append(padded.flatten(1).T)
        thresholds.append(torch.full((len(endings),), -UNIT * (length - 1)))
        frequencies.append(torch.zeros(len(endings)).index_add_(0, which, occurrences))
    chosen = torch.cat(frequencies).argsort(descending=True, stable=True)[:MOST_ENDINGS].sort().values
    return torch.cat(columns, dim=1)[:, chosen], torch.cat(thresholds)[chosen]


def one_hot_endings(contexts: Int64[Tensor, "rows context"], vocab_size: int) -> Float[Tensor, "rows inputs"]:
    """The last characters of contexts, as `ending_units` reads them."""
    return F.one_hot(contexts[:, -LONGEST_ENDING:], vocab_size).float().flatten(1)


def side_by_side(network: PretrainedNetwork, units: Float[Tensor, "endings units"]) -> Float[Tensor, "inputs hidden"]:
    """W₁ for embeddings [C, I]: the network's units read C, the units of endings I, of the last characters."""
    width, vocab_size = network.embedding.shape[1], len(network.embedding)
    before = network.context_size - LONGEST_ENDING
    of_network = F.pad(network.weight1.view(network.context_size, width, -1), (0, 0, 0, vocab_size))
    of_endings = F.pad(units.view(LONGEST_ENDING, vocab_size, -1), (0, 0, width, 0, before, 0))
    return torch.cat([of_network, of_endings], dim=2).flatten(0, 1)


def rows_of(
    names: Names, vocabulary: Vocabulary, context_size: int
) -> tuple[Int64[Tensor, "rows context"], Float[Tensor, "rows vocab"]]:
    """Each distinct context of names, and how often every token follows it."""
    counts = count_ngrams(names, vocabulary, context_size)
    contexts = counts.windows[:, :-1]
    opens = opens_group(contexts)
    rows = opens.cumsum(0) - 1
    followers = torch.zeros(int(opens.sum()), vocabulary.size, dtype=torch.float32)
    followers[rows, counts.windows[:, -1].long()] = counts.counts.float()
    return contexts[opens].long(), followers


def fit_vector(network: PretrainedNetwork, names: Names, vocabulary: Vocabulary) -> Float[Tensor, " vector"]:
    """Step 1. It starts from the mean of the lists' vectors."""
    mean, inverse = vector_prior(network.vectors[1:])
    contexts, followers = rows_of(names, vocabulary, network.context_size)
    read = network.embedding[contexts].flatten(1) @ network.weight1 + network.bias1  # the same for every z

    def loss(z: Tensor) -> Tensor:
        logits = F.gelu(read + z @ network.shift) @ network.output(z) + network.bias2
        away = z - mean
        return negative_log_likelihood(logits, followers) + away @ inverse @ away / 2

    def value_and_gradient(z: Tensor) -> tuple[float, Tensor]:
        with torch.enable_grad():
            z = z.detach().requires_grad_()
            value = loss(z)
            (gradient,) = torch.autograd.grad(value, z)
        return float(value.detach()), gradient

    return minimise(value_and_gradient, mean, VECTOR_STEPS)


def vector_prior(
    vectors: Float[Tensor, "lists vector"],
) -> tuple[Float[Tensor, " vector"], Float[Tensor, "vector vector"]]:
    """Mean and inverse covariance of the lists' vectors; the covariance is shrunk (Ledoit & Wolf 2004)."""
    mean = vectors.mean(0)
    covariance = (vectors - mean).T @ (vectors - mean) / len(vectors)
    target = torch.eye(len(covariance), dtype=torch.float32) * covariance.diagonal().mean()
    return mean, torch.linalg.inv((1 - SHRINKAGE) * covariance + SHRINKAGE * target)


def fit_output(
    features: Float[Tensor, "rows features"], followers: Float[Tensor, "rows vocab"], start: Tensor
) -> Float[Tensor, "features vocab"]:
    """Step 2. The gradient is featuresᵀ (p · totals - counts) + λ (W - W₀).

    The curvatures at W₀ are features²ᵀ (p (1 - p) · totals) + λ.
    """
    totals = followers.sum(1, keepdim=True)
    p = (features @ start).softmax(1)
    curvatures = features.square().T @ (p * (1 - p) * totals) + PRECISION

    def value_and_gradient(flat: Tensor) -> tuple[float, Tensor]:
        weights = flat.view_as(start)
        logits, away = features @ weights, weights - start
        value = negative_log_likelihood(logits, followers) + PRECISION / 2 * away.square().sum()
        gradient = features.T @ (logits.softmax(1) * totals - followers) + PRECISION * away
        return float(value), gradient.flatten()

    return minimise(value_and_gradient, start.flatten(), OUTPUT_STEPS, curvatures.flatten()).view_as(start)


def negative_log_likelihood(logits: Tensor, followers: Tensor) -> Tensor:
    """-Σ count × ln p."""
    return -(followers * logits.log_softmax(1)).sum()


def with_vocabulary(network: PretrainedNetwork, vocabulary: Vocabulary) -> PretrainedNetwork:
    """The network for the characters of a vocabulary, in its order.

    An accented letter starts as its base letter (é as e); what is not a letter (a space, a hyphen) is read as a
    boundary and predicted as the mean of all; other letters start as the mean. New ones start rarer than known ones.
    """
    size = len(network.embedding)
    mean = torch.full((size,), 1 / (size - 1), dtype=torch.float32)
    mean[BOUNDARY] = 0
    one_hot = torch.eye(size, dtype=torch.float32)
    read, predicted, bias = [one_hot[BOUNDARY]], [one_hot[BOUNDARY]], [0.0]
    for character in vocabulary.characters:
        index = network.characters.find(character) + 1
        base = network.characters.find(base_letter(character)) + 1
        row = one_hot[index or base] if index or base else mean
        predicted.append(row)
        read.append(row if index or character.isalpha() else one_hot[BOUNDARY])
        bias.append(0.0 if index else NEW_CHARACTER)
    mixture = torch.stack(predicted)
    return replace(
        network,
        characters=vocabulary.characters,
        embedding=torch.stack(read) @ network.embedding,
        weight2=network.weight2 @ mixture.T,
        bias2=mixture @ network.bias2 + torch.tensor(bias, dtype=torch.float32),
    )


def base_letter(character: str) -> str:
    """The letter without its marks.

    >>> base_letter("é"), base_letter("ø")
    ('e', 'ø')
    """
    return unicodedata.normalize("NFD", character)[0]
