"""References that more than one test compares with, written out slowly on Python's own numbers."""

import itertools
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

MASK = (1 << 64) - 1


def splitmix64(x: int) -> int:
    """The output of SplitMix64 for the state x (Steele, Lea & Flood 2014)."""
    x = (x + 0x9E3779B97F4A7C15) & MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def slow_hash(name: str) -> int:
    """The hash of a name, letter by letter."""
    return splitmix64(sum(splitmix64(ord(character) + (place << 32)) for place, character in enumerate(name)) & MASK)


def luminance(colour: tuple[int, int, int]) -> float:
    """The relative luminance of a colour, as WCAG 2 defines it."""
    linear = [c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    """The contrast of two colours, as WCAG 2 defines it."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def exact_distribution(
    matrix: list[list[float]], letters: str, longest: int, meets: Callable[[str], bool] = lambda name: True
) -> dict[str, float]:
    """The probability of each name of so many letters that meets the constraints, by a bigram's matrix."""
    masses = {}
    for n in range(1, longest + 1):
        for name in map("".join, itertools.product(letters, repeat=n)):
            path = [0, *(letters.index(letter) + 1 for letter in name), 0]
            if meets(name):
                masses[name] = math.prod(matrix[a][b] for a, b in itertools.pairwise(path))
    total = sum(masses.values())
    return {name: mass / total for name, mass in masses.items()}


def assert_drawn_from(exact: Mapping[str, float], drawn: Sequence[str]) -> None:
    """Pearson's chi-square test of the names drawn; names expected less than ten times count together."""
    assert set(drawn) <= {name for name, p in exact.items() if p}
    found, cells, rare = Counter(drawn), [], (0, 0.0)
    for name, p in exact.items():
        if p * len(drawn) >= 10:
            cells.append((found[name], p * len(drawn)))
        else:
            rare = (rare[0] + found[name], rare[1] + p * len(drawn))
    chi_square = sum((count - expected) ** 2 / expected for count, expected in [*cells, rare] if expected)
    degrees = len(cells) - (not rare[1])
    assert degrees >= 3
    assert chi_square < degrees + 4 * math.sqrt(2 * degrees)  # passed by chance in all but one of ten thousand
