"""Regular expressions that names must match as a whole, in any case, within a time limit.

A pattern such as `(a|aa)+b` can take longer than the age of the universe on thirty characters. So every match has a
time limit, and so have many together. It counts processor time, so that a busy machine refuses no more than an idle
one. The engine is `regex`, which has such a limit, and knows whether a text can begin a match.
"""

import re
import time
from collections.abc import Iterable

import regex
import torch
from jaxtyping import Bool
from torch import Tensor

from namegen.errors import UsageError

MATCH_SECONDS = 0.5  # for one name: longer than any pause of the machine
MEAN_SECONDS = 5e-5  # for each of many, beside that; an ordinary pattern takes a tenth of it
# Where a pattern looks around a place, or does not backtrack, the engine takes the end of a prefix for the end of the
# text: groups other than (…) and (?:…), ^ and $ outside sets, lazy and possessive repetitions, braces that are not
# counts, and every backslash but those before classes and signs.
_LOOKS_AROUND = re.compile(r"\(\?(?!:)|(?<!\[)\^|\$|[*+?}][*+?]|\{(?!\d)|\\(?![wWdDsS]|[^\w\s])")


class Pattern:
    """A compiled pattern. Raises `UsageError` for a text that is not a regular expression.

    >>> Pattern("j.*[ae]").matches(["jane", "john", "ajna"]).tolist()
    [True, False, False]
    """

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            self._compiled = regex.compile(text, regex.IGNORECASE)
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
