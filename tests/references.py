"""References that more than one test compares with, written out slowly on Python's own numbers."""

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
