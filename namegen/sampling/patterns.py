"""Regular expressions that names shall match in full, and that never keep anyone waiting.

A pattern such as `(a|aa)+b` can take longer than the age of the universe on thirty characters. So every match has a
limit of time, and so have many together: a pattern that meets one, on names or on a few probes at first, is refused.
Times are those of the processor, so that a busy machine refuses no more than an idle one.
The engine is `regex`, which has such a limit, and can tell whether a text is the beginning of a match. Its syntax is
that of Python's `re` and more; comments, (?x) and recursion are refused.
"""

import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import regex
import torch
from jaxtyping import Bool
from torch import Tensor

from namegen.errors import UsageError

MATCH_SECONDS = 0.5  # for one name: long enough that no pause of the machine passes for it
MEAN_SECONDS = 5e-5  # for each of many, beside that; a decent pattern takes a tenth of it
PROBE_LENGTH = 40
MAX_PATTERN_LENGTH = 1000
# A comment, the flag (?x) that allows for some, or a group that is called within itself.
_BEYOND_RE = re.compile(r"(?<!\\)\(\?(?:#|[a-zA-Z01-]*x[a-zA-Z01-]*[:)]|R\)|\d+\)|&|P>)")
_PARTS = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{\d*,?\d*\}|.", re.DOTALL)
# Where a pattern asks what stands around a place, or gives nothing back, the engine takes the end of a beginning for
# that of the whole text: groups other than (…) and (?:…), ^ and $ outside sets, lazy and possessive repetitions, counts
# that are none, and every backslash but those before classes and signs.
_LOOKS_AROUND = re.compile(r"\(\?(?!:)|(?<!\[)\^|\$|[*+?}][*+?]|\{(?!\d)|\\(?![wWdDsS]|[^\w\s])")
_STRANGER = "\x00"  # stands in no name, so that a probe is tried in every way before it fails


def _most_repeated(pattern: str) -> int:
    """How often a pattern's counts, one within the other, repeat anything: the engine keeps room for so many.

    >>> _most_repeated("(a{2,3}b){4}c{5}"), _most_repeated("[{9}]{2}"), _most_repeated("a.*")
    (12, 2, 1)
    """
    within, last = [1], 1  # the most in each group that is open; in what was read last
    for part in _PARTS.findall(pattern):
        if part == "(":
            within.append(1)
        elif part == ")" and len(within) > 1:
            last = within.pop()
        elif part[0] == "{" and len(part) > 2:
            last *= max(map(int, re.findall(r"\d+", part)), default=1)
        elif part not in "?+*":
            last = 1
        within[-1] = max(within[-1], last)
    return max(within)


@dataclass(frozen=True)
class Pattern:
    """A compiled pattern. Raises `UsageError` for one that is no regular expression, or too slow.

    >>> Pattern("j.*[ae]").matches(["jane", "john", "ajna"]).tolist()
    [True, False, False]
    >>> Pattern("(a|aa)+b")
    Traceback (most recent call last):
    namegen.errors.UsageError: matches '(a|aa)+b': takes too long on short names. Write it without ...
    """

    text: str
    _compiled: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.text) > MAX_PATTERN_LENGTH:
            raise UsageError(f"matches: at most {MAX_PATTERN_LENGTH} characters are allowed. Write a shorter pattern.")
        if _BEYOND_RE.search(self.text):
            raise UsageError(f"matches {self.text!r}: holds a comment, (?x) or a recursion. Write it without.")
        if _most_repeated(self.text) > MAX_PATTERN_LENGTH:
            raise UsageError(f"matches {self.text!r}: repeats something more often than a name is long. Lower that.")
        try:
            object.__setattr__(self, "_compiled", regex.compile(self.text, regex.IGNORECASE))
        except (regex.error, OverflowError, RecursionError) as error:
            reason = str(error) if isinstance(error, regex.error) else "it is too large"
            raise UsageError(
                f"matches {self.text!r}: no regular expression ({reason}). "
                "Mend it, or put a backslash before what is meant as it stands."
            ) from None
        self.matches(self._probes())

    def matches(self, names: Iterable[str]) -> Bool[Tensor, " names"]:
        """Which names match in full. Raises `UsageError` where that takes too long."""
        return self._match(names, partial=False)

    def can_begin(self, prefixes: Iterable[str]) -> Bool[Tensor, " prefixes"]:
        """Which of these a matching name may begin with, all where that cannot be told for sure.

        Raises `UsageError` where that takes too long.
        """
        if _LOOKS_AROUND.search(self.text):
            return torch.ones(len([*prefixes]), dtype=torch.bool)
        return self._match(prefixes, partial=True)

    def _match(self, texts: Iterable[str], *, partial: bool) -> Bool[Tensor, " texts"]:
        fullmatch = self._compiled.fullmatch
        deadline = time.thread_time() + MATCH_SECONDS
        matched = []
        try:
            for text in texts:
                matched.append(fullmatch(text, partial=partial, timeout=MATCH_SECONDS) is not None)
                deadline += MEAN_SECONDS
                if time.thread_time() > deadline:
                    raise TimeoutError
        except (TimeoutError, MemoryError):
            raise UsageError(
                f"matches {self.text!r}: takes too long on short names. Write it without one repetition in another."
            ) from None
        return torch.tensor(matched, dtype=torch.bool)

    def _probes(self) -> Iterator[str]:
        """Short texts on which slow patterns show: runs of the pattern's own characters, then a stranger."""
        characters = [*dict.fromkeys(character for character in self.text if character.isalnum())][:8] or ["a"]
        yield from (character * PROBE_LENGTH + _STRANGER for character in characters)
        yield ("".join(characters) * PROBE_LENGTH)[:PROBE_LENGTH] + _STRANGER
