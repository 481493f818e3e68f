"""Regular expressions that names must match as a whole, whatever their capitals, within a limit of time.

A pattern such as `(a|aa)+b` can take longer than the age of the universe on thirty characters. So every match has a
limit of time, and so have many together. Times are those of the processor, so that a busy machine refuses no more than
an idle one. The engine is `regex`, which has such a limit, and can tell whether a text is the beginning of a match.
"""

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import regex
import torch
from jaxtyping import Bool
from torch import Tensor

from namegen.errors import UsageError

MATCH_SECONDS = 0.5  # for one name: long enough that no pause of the machine passes for it
MEAN_SECONDS = 5e-5  # for each of many, beside that; a decent pattern takes a tenth of it
# Where a pattern asks what stands around a place, or gives nothing back, the engine takes the end of a beginning for
# that of the whole text: groups other than (…) and (?:…), ^ and $ outside sets, lazy and possessive repetitions, counts
# that are none, and every backslash but those before classes and signs.
_LOOKS_AROUND = re.compile(r"\(\?(?!:)|(?<!\[)\^|\$|[*+?}][*+?]|\{(?!\d)|\\(?![wWdDsS]|[^\w\s])")


@dataclass(frozen=True)
class Pattern:
    """A compiled pattern. Raises `UsageError` for a text that is not a regular expression.

    >>> Pattern("j.*[ae]").matches(["jane", "john", "ajna"]).tolist()
    [True, False, False]
    """

    text: str
    _compiled: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "_compiled", regex.compile(self.text, regex.IGNORECASE))
        except (regex.error, OverflowError, RecursionError) as error:
            reason = str(error) if isinstance(error, regex.error) else "it is too large"
            raise UsageError(
                f"`matches` {self.text!r} is not a regular expression ({reason}). "
                "Correct it, or put a backslash before each special character."
            ) from None

    def matches(self, names: Iterable[str]) -> Bool[Tensor, " names"]:
        """Which names match as a whole. Raises `UsageError` where that takes too long."""
        return self._match(names, partial=False)

    def can_begin(self, prefixes: Iterable[str]) -> Bool[Tensor, " prefixes"]:
        """Which of these may begin a match; all where that is not sure. Raises `UsageError` where it takes too long."""
        if _LOOKS_AROUND.search(self.text):
            return torch.ones(len([*prefixes]), dtype=torch.bool)
        return self._match(prefixes, partial=True)

    def _match(self, texts: Iterable[str], *, partial: bool) -> Bool[Tensor, " texts"]:
        deadline = time.thread_time() + MATCH_SECONDS
        matched = []
        try:
            for text in texts:
                matched.append(self._compiled.fullmatch(text, partial=partial, timeout=MATCH_SECONDS) is not None)
                deadline += MEAN_SECONDS
                if time.thread_time() > deadline:
                    raise TimeoutError
        except (TimeoutError, MemoryError):
            raise UsageError(
                f"`matches` {self.text!r} takes too long. Write it without one repetition inside another."
            ) from None
        return torch.tensor(matched, dtype=torch.bool)
