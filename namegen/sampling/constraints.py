"""Testing many names at once for constraints.

Constraints are about complete names. `prefixes` and `banned` are for generator and search, which can use them earlier.
"""

from unicodedata import is_normalized

import torch
from jaxtyping import Bool
from torch import Tensor

from namegen.corpus.packed_names import Names
from namegen.corpus.vocabulary import Vocabulary
from namegen.settings import Constraints

SPACES = torch.tensor([code for code in range(0x3001) if chr(code).isspace()], dtype=torch.int32)


def prefixes(constraints: Constraints) -> tuple[str, ...]:
    """The prefixes that names may begin with, as few as possible; the empty text where any beginning is allowed.

    >>> prefixes(Constraints(starts_with=("mor", "mo", "a")))
    ('a', 'mo')
    """
    found: list[str] = []
    for prefix in sorted(constraints.starts_with, key=len):
        if not prefix.startswith(tuple(found)):
            found.append(prefix)
    return tuple(found) or ("",)


def banned(constraints: Constraints, vocabulary: Vocabulary) -> Bool[Tensor, " vocabulary"]:
    """The tokens that no name may contain."""
    found = torch.zeros(vocabulary.size, dtype=torch.bool)
    found[vocabulary.lookup([piece for piece in constraints.excludes if len(piece) == 1])] = True
    found[0] = False  # unknown characters are looked up as 0
    return found


def meets(constraints: Constraints, names: Names) -> Bool[Tensor, " names"]:
    """Which names meet everything but `matches`, and could be on a list.

    No name on a list begins or ends with a space, or is not in normal form C.

    >>> meets(Constraints(starts_with="mo", max_length=4), Names.of(["mona", "moira", "anna"])).tolist()
    [True, False, False]
    """
    kept = _is_trimmed(names) & _is_normal(names)
    kept &= (names.lengths >= constraints.min_length) & (names.lengths <= constraints.max_length)
    if constraints.starts_with:
        kept &= torch.stack([_stands_at(names, piece, names.starts) for piece in constraints.starts_with]).any(0)
    if constraints.ends_with:
        ends = [_stands_at(names, piece, names.ends - len(piece)) for piece in constraints.ends_with]
        kept &= torch.stack(ends).any(0)
    for piece in constraints.contains:
        kept &= _contains(names, piece)
    for piece in constraints.excludes:
        kept &= ~_contains(names, piece)
    return kept


def _is_trimmed(names: Names) -> Bool[Tensor, " names"]:
    at_edge = torch.zeros(len(names), dtype=torch.bool)
    if len(names.code_points):
        is_space = torch.isin(names.code_points, SPACES)
        for places in (names.starts, names.ends - 1):
            at_edge |= is_space[places.clamp(0, len(is_space) - 1)]
    return ~at_edge


def _is_normal(names: Names) -> Bool[Tensor, " names"]:
    """Which names are in normal form C, as all names of lists are."""
    if not names.may_hold_marks() or is_normalized("NFC", names.lines()):
        return torch.ones(len(names), dtype=torch.bool)
    return torch.tensor([is_normalized("NFC", name) for name in names])


def _hits(names: Names, piece: str) -> Bool[Tensor, " places"]:
    """Where in the code points of all names, and behind them, the piece begins; it may cross the end of a name."""
    hits = torch.ones(len(names.code_points) + 1, dtype=torch.bool)
    for offset, character in enumerate(piece):
        hits[: -1 - offset] &= names.code_points[offset:] == ord(character)
        hits[-1 - offset :] = False
    return hits


def _contains(names: Names, piece: str) -> Bool[Tensor, " names"]:
    hits_before = torch.cat([torch.zeros(1, dtype=torch.int64), _hits(names, piece).cumsum(0)])
    beyond = (names.ends - len(piece) + 1).clamp(min=0)
    return (names.lengths >= len(piece)) & (hits_before[beyond] > hits_before[names.starts])


def _stands_at(names: Names, piece: str, places: Tensor) -> Bool[Tensor, " names"]:
    return (names.lengths >= len(piece)) & _hits(names, piece)[places.clamp(min=0)]
