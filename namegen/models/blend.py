"""A blend of models: p = Σ wᵢ pᵢ, the probabilities of its members mixed with constant weights.

Models that make different errors, such as an n-gram model and a network, are better together than each alone
(Jelinek & Mercer 1980). The weights that maximise the likelihood of given names are found by expectation-maximisation:
each member's mean share of the probability of a target becomes its next weight.

    wᵢ ← mean over targets of  wᵢ pᵢ / Σⱼ wⱼ pⱼ

Members may be trained on different lists. The vocabulary of the blend is the union of theirs. A member gives a
character that it does not know its smallest probability, and its probabilities are normalised again; in a context it
replaces all up to such a character by boundaries, as if the name began after it.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import torch
from jaxtyping import Float, Float32, Float64, Int64
from torch import Tensor, nn

from namegen.corpus.vocabulary import BOUNDARY, Vocabulary
from namegen.errors import ModelFileError, UsageError
from namegen.models.base import FAMILIES, NameModel, take_part
from namegen.settings import Settings

MAX_MEMBERS = 256
MOST_TRANSLATED = 1 << 24  # members times characters


@dataclass(frozen=True)
class Member:
    """The family, settings and vocabulary of a member."""

    family: str
    settings: Settings
    vocabulary: str


@dataclass(frozen=True, kw_only=True)
class BlendMembers(Settings):
    """The members, in order: one or more, which cannot be blends themselves."""

    members: tuple[Member, ...]

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """The members from plain values. Raises `ModelFileError` where they are not members."""
        members = values.get("members")
        if not isinstance(members, list) or not members:
            raise ModelFileError("the blend has no members")
        found = []
        for value in members:
            match value:
                case {"family": str(family), "settings": dict(settings), "vocabulary": str(vocabulary)}:
                    if family not in FAMILIES or family == Blend.family:
                        raise ModelFileError(f"a member of the blend has an unknown family: {family!r}")
                    found.append(Member(family, FAMILIES[family].settings_type.from_json(settings), vocabulary))
                case _:
                    raise ModelFileError("a member of the blend is incomplete")
        return cls(members=tuple(found))


class Blend(NameModel):
    """p = Σ wᵢ pᵢ, with the weights (members,) in a buffer.

    >>> from namegen.models import Bigram
    >>> from namegen.settings import BigramSettings
    >>> blend = Blend.of([Bigram(BigramSettings(), Vocabulary("ab")), Bigram(BigramSettings(), Vocabulary("bc"))])
    >>> blend.vocabulary.characters, blend.weights.tolist()
    ('abc', [0.5, 0.5])
    """

    family = "blend"
    settings_type = BlendMembers
    settings: BlendMembers
    weights: Float32[Tensor, " members"]

    def __init__(self, settings: BlendMembers, vocabulary: Vocabulary) -> None:
        super().__init__(settings, vocabulary)
        if len(settings.members) > MAX_MEMBERS or len(settings.members) * vocabulary.size > MOST_TRANSLATED:
            size = f"{len(settings.members):,} models over {vocabulary.size:,} characters"
            raise UsageError(f"A blend of {size} is too large. Blend fewer.")
        if vocabulary.characters != _united(member.vocabulary for member in settings.members):
            raise ModelFileError("the vocabulary of the blend is not that of its members")
        self.members = nn.ModuleList(
            FAMILIES[member.family](member.settings, Vocabulary(member.vocabulary)) for member in settings.members
        )
        self.context_size = max(member.context_size for member in self.models)
        self._translations = [Translation(vocabulary, member.vocabulary) for member in self.models]
        equal = torch.full((len(self.members),), 1 / len(self.members), dtype=torch.float32)
        self.register_buffer("weights", equal)

    @classmethod
    def of(cls, models: Sequence[NameModel], weights: Sequence[float] | None = None) -> "Blend":
        """A blend of these models, with equal weights unless some are given. The members of a blend become members.

        Raises `UsageError` unless there is one weight for each model, none negative and not all zero.
        """
        given = [1 / len(models)] * len(models) if weights is None else [*weights]
        if len(given) != len(models) or any(not 0 <= w <= sys.float_info.max for w in given) or not any(given):
            raise UsageError(f"weights {given}: give one for each of {len(models)} models, none negative, not all 0.")
        members: list[NameModel] = []
        shares: list[float] = []
        for model, weight in zip(models, given, strict=True):
            singles = model.models if isinstance(model, Blend) else [model]
            members += singles
            shares += [weight * w for w in model.weights.tolist()] if isinstance(model, Blend) else [weight]
        settings = BlendMembers(members=tuple(Member(m.family, m.settings, m.vocabulary.characters) for m in members))
        with torch.device("meta"):
            blend = cls(settings, Vocabulary(_united(member.vocabulary for member in settings.members)))
        blend.members = nn.ModuleList(members)
        exact = torch.tensor(shares, dtype=torch.float64)
        exact /= exact.max()  # so that no weight overflows or vanishes
        blend.weights = (exact / exact.sum()).float()
        return blend

    @property
    def models(self) -> list[NameModel]:
        """The members as a list."""
        return [*self.members]

    def forward(self, contexts: Int64[Tensor, "batch context"]) -> Float[Tensor, "batch vocab"]:
        """Log-probabilities as logits."""
        logs = self.member_log_probabilities(contexts)
        return (logs + self.weights.log()[:, None, None]).logsumexp(0)

    def member_log_probabilities(
        self, contexts: Int64[Tensor, "batch context"]
    ) -> Float[Tensor, "members batch vocab"]:
        """The log-probabilities of each member, over the vocabulary of the blend."""
        found = []
        for member, translation in zip(self.models, self._translations, strict=True):
            logits = member(translation.inwards(contexts[:, -member.context_size :]))
            found.append(translation.outwards(logits.float().log_softmax(1)))
        return torch.stack(found)

    def check_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        """Raise `ModelFileError` unless these are the weights and tensors that the members accept."""
        rest = dict(tensors)
        weights = rest.pop("weights", None)
        if weights is None or weights.dtype != torch.float32 or weights.shape != self.weights.shape:
            raise ModelFileError("the weights of the blend are missing or have another shape")
        for place, member in enumerate(self.models):
            member.check_tensors(take_part(rest, f"members.{place}."))
        if rest:
            raise ModelFileError(f"it has unknown tensors: {', '.join([*rest][:5])}")

    def adopt(self, tensors: Mapping[str, Tensor]) -> None:
        """Use these tensors as the blend's and its members' own."""
        rest = dict(tensors)
        self.weights = rest.pop("weights")
        if not bool((self.weights >= 0).all()) or abs(float(self.weights.sum()) - 1) > 1e-3:
            raise ModelFileError("the weights of the blend are negative or do not add up to 1")
        for place, member in enumerate(self.models):
            member.adopt(take_part(rest, f"members.{place}."))


def _united(vocabularies: Iterable[str]) -> str:
    """The characters of several vocabularies, in code-point order."""
    return "".join(sorted(set().union(*vocabularies)))


class Translation:
    """Between the vocabulary of a blend and that of a member."""

    def __init__(self, outer: Vocabulary, inner: Vocabulary) -> None:
        self.same = outer == inner
        place = {character: index for index, character in enumerate(inner.characters, start=1)}
        self.inner_of = torch.tensor([BOUNDARY, *(place.get(c, -1) for c in outer.characters)], device="cpu")

    def inwards(self, contexts: Int64[Tensor, "batch context"]) -> Int64[Tensor, "batch context"]:
        """Contexts in the member's indices; all up to an unknown character becomes the boundary."""
        if self.same:
            return contexts
        inner = self.inner_of[contexts]
        unknown_from_here = (inner < 0).flip(1).cumsum(1).flip(1) > 0
        return inner.masked_fill(unknown_from_here, BOUNDARY)

    def outwards(self, logs: Float[Tensor, "batch inner"]) -> Float[Tensor, "batch outer"]:
        """The member's log-probabilities in the blend's indices."""
        if self.same:
            return logs
        known = self.inner_of >= 0
        spread = logs.min(1, keepdim=True).values.repeat(1, len(known))
        spread[:, known] = logs[:, self.inner_of[known]]
        return spread.log_softmax(1)


def fit_weights(log_probabilities: Float64[Tensor, "members targets"]) -> Float64[Tensor, " members"]:
    """The weights that make the targets most likely, by expectation-maximisation (Dempster et al. 1977).

    Takes ln pᵢ(target) for every member and target; stops when no weight changes by more than 10⁻⁷. Targets that are
    impossible for every member are left out.

    >>> better_on_two_of_three = torch.tensor([[0.8, 0.8, 0.1], [0.2, 0.2, 0.9]], dtype=torch.float64).log()
    >>> [round(weight, 3) for weight in fit_weights(better_on_two_of_three).tolist()]
    [0.6..., 0.3...]
    """
    weights = torch.full((len(log_probabilities),), 1 / len(log_probabilities), dtype=torch.float64)
    log_probabilities = log_probabilities[:, (log_probabilities > -torch.inf).any(0)]
    if not log_probabilities.numel():
        return weights
    for _ in range(500):
        credit = (log_probabilities + weights.log()[:, None]).softmax(0)
        updated = credit.mean(1)
        if bool((updated - weights).abs().max() < 1e-7):
            return updated
        weights = updated
    return weights
