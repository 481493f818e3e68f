"""Can a classifier separate generated names from real ones? A classifier two-sample test (Lopez-Paz & Oquab 2017).

A logistic regression on the n-grams of a name learns to separate the two samples. Its area under the ROC curve is 0.5
where it cannot, 1 where it always can.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Float32, Float64
from torch import Tensor
from torch.nn import functional as F

BINS = 1 << 12  # that the n-grams of a name are hashed to
LONGEST_NGRAM = 4
FOLDS = 5
PRECISION = 1.0  # λ, of the Gaussian prior on the classifier's weights
NEWTON_STEPS = 8


def auc(real: Sequence[str], generated: Sequence[str]) -> float:
    """The AUC, by cross-validation, of a classifier of real and generated names; both are cut to the same number.

    Each name is scored by the classifier of the fold that it is not in. Memory grows with the square of the number.

    >>> auc(["anna", "emma", "otto"] * 10, ["xyz", "zyx", "yxz"] * 10)
    1.0
    """
    size = min(len(real), len(generated))
    labels = torch.tensor([0.0] * size + [1.0] * size)
    features = ngram_features([*real[:size], *generated[:size]])
    fold = torch.arange(size).remainder(FOLDS).repeat(2)
    kernel = features @ features.T + 1  # the 1 is the bias
    scores = torch.empty(2 * size, dtype=torch.float64)
    for number in range(FOLDS):
        test = fold == number
        weights = fit_logistic_regression(kernel[~test][:, ~test], labels[~test])
        scores[test] = kernel[test][:, ~test].double() @ weights
    return max(0.5, area_under_curve(scores, labels))


def ngram_features(names: Sequence[str]) -> Float32[Tensor, "names bins"]:
    """ln(1 + count) of the 1- to 4-grams of names, hashed to bins (Weinberger et al. 2009); each row of length 1."""
    features = torch.zeros(len(names), BINS, dtype=torch.float32)
    for row, name in enumerate(names):
        text = f".{name}."
        for length in range(1, LONGEST_NGRAM + 1):
            for start in range(len(text) - length + 1):
                features[row, _bin_of(text[start : start + length])] += 1
    return F.normalize(features.log1p())


def _bin_of(ngram: str) -> int:
    """A polynomial hash, the same in every process; of its product the upper 12 bits (Knuth)."""
    value = len(ngram)
    for character in ngram:
        value = (value * 1_000_003 + ord(character)) & 0xFFFFFFFF
    return (value * 0x9E3779B1 & 0xFFFFFFFF) >> 20


def fit_logistic_regression(
    kernel: Float[Tensor, "names names"], labels: Float[Tensor, " names"]
) -> Float64[Tensor, " names"]:
    """Logistic regression in its dual form: the a of scores K a, by Newton's method.

    minimise Σ ln(1 + exp(-y K a)) + λ/2 aᵀ K a:  a ← (W K + λ I)⁻¹ (W K a + labels - p),  p = σ(K a),  W = p (1 - p)
    """
    kernel, labels = kernel.double(), labels.double()
    a = torch.zeros_like(labels)
    identity = torch.eye(len(labels), dtype=torch.float64)
    for _ in range(NEWTON_STEPS):
        scores = kernel @ a
        p = scores.sigmoid()
        w = p * (1 - p)
        a = torch.linalg.solve(w[:, None] * kernel + PRECISION * identity, w * scores + labels - p)
    return a


def area_under_curve(scores: Float[Tensor, " names"], labels: Float[Tensor, " names"]) -> float:
    """The probability that a positive scores higher than a negative; a tie counts half (Mann-Whitney U).

    >>> area_under_curve(torch.tensor([0.1, 0.4, 0.4, 0.9]), torch.tensor([0.0, 0.0, 1.0, 1.0]))
    0.875
    """
    positive, negative = scores[labels > 0], scores[labels <= 0].sort().values
    below = torch.searchsorted(negative, positive, right=False).double()
    up_to = torch.searchsorted(negative, positive, right=True).double()
    return float((below + up_to).mean() / 2 / len(negative))
