"""The names drawn so far, page by page, and how they stand in columns. Nothing here knows a terminal."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

MAX_COLUMNS = 5  # more are hard to look through
MARK = 4  # columns before a name: a digit, a space, the star, a space
GAP = 2
MAX_GAP = 8  # columns further apart are hard to see as one table


class Name(NamedTuple):
    """A name as it is shown, and as the model spells it, which differs where its case was changed."""

    shown: str
    spelled: str


@dataclass(frozen=True)
class Settings:
    """What the fields hold, as text."""

    starts_with: str = ""
    ends_with: str = ""
    contains: str = ""
    min_length: str = ""
    max_length: str = ""
    temperature: str = "1"
    case: str = "keep"


@dataclass(frozen=True)
class Backend:
    """What the screen needs of the rest of the package.

    `draw` returns blocks of names without end; it, or asking it for a block, raises `NamegenError` where the settings
    cannot be met, and may be asked again after that. It is called in a thread. `surprisal` returns the symbols of a
    name, as the model spells it, and the end, each with its surprisal in nats.
    """

    draw: Callable[[Settings], Iterator[Sequence[Name]]]
    surprisal: Callable[[str], Sequence[tuple[str, float]]]
    cases: Sequence[str] = ("keep", "title", "upper", "lower")
    title: str = "namegen"


@dataclass(eq=False)
class Pages:
    """The names drawn with one choice of settings, in their order, and where the page begins.

    Pages before this one begin where they began, so that going back shows the same page again.

    >>> pages = Pages(Settings(), names=[Name(letter, letter) for letter in "abcdef"])
    >>> pages.forward(4), pages.page(4)[0].shown, pages.number
    (True, 'e', 2)
    >>> pages.forward(4), pages.back(), pages.back(), pages.page(4)[0].shown
    (False, True, False, 'a')
    """

    settings: Settings
    names: list[Name] = field(default_factory=list)
    start: int = 0
    goal: int = 1  # so many names are wanted
    blocks: Iterator[Sequence[Name]] | None = None  # read by the drawing thread alone
    is_wanted: bool = True  # false: the thread stops after its block, which is dropped
    has_ended: bool = False  # no more could be drawn
    starts: list[int] = field(default_factory=list)  # of the pages before this one

    @property
    def number(self) -> int:
        """The number of the page, from 1."""
        return len(self.starts) + 1

    def page(self, size: int) -> list[Name]:
        """The names of the page, at most `size`."""
        return self.names[self.start : self.start + size]

    def forward(self, size: int) -> bool:
        """Go to the page that follows one of `size` names; false where no name is left for it."""
        if self.start + size >= len(self.names):
            return False
        self.starts.append(self.start)
        self.start += size
        return True

    def back(self) -> bool:
        """Go to the page before; false on the first one."""
        if self.starts:
            self.start = self.starts.pop()
            return True
        return False


class Layout(NamedTuple):
    """How names stand on a page: down one column, then down the next."""

    rows: int
    columns: int
    width: int  # of a column, with the gap behind it

    @property
    def size(self) -> int:
        """How many names the page holds."""
        return self.rows * self.columns


def arrange(widths: Sequence[int], rows: int, width: int) -> Layout:
    """As many columns as fit, all of one width; `widths` are those of the names from the top of the page on.

    >>> arrange([5] * 100, rows=10, width=40)
    Layout(rows=10, columns=3, width=13)
    >>> arrange([50], rows=10, width=40)
    Layout(rows=10, columns=1, width=40)
    """
    rows = max(rows, 1)
    for columns in range(MAX_COLUMNS, 0, -1):
        column = MARK + max(widths[: rows * columns], default=1) + GAP
        if columns * column <= width:
            return Layout(rows, columns, min(column - GAP + MAX_GAP, width // columns))
    return Layout(rows, 1, width)
