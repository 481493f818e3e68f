"""How names that a model spells are shown: in another case."""

import re
from typing import Literal

from namegen.corpus.packed_names import Names, normalise

Case = Literal["keep", "title", "upper", "lower"]


def folded(text: str) -> str:
    """A text as it is compared where case does not matter: what is alike in capitals is the same.

    >>> folded("ΣΑΣ") == folded("σας"), folded("Straße") == folded("STRASSE"), folded("ı") == folded("I")
    (True, True, True)
    """
    return text.upper().replace("ẞ", "SS")


def change_case(names: Names, case: Case) -> Names:
    """The names in another case; `title` makes the first letter of each of a name's words a capital.

    >>> list(change_case(Names.of(["anna-lena", "o'neil", "ZOE"]), "title"))
    ['Anna-Lena', "O'Neil", 'Zoe']
    """
    if case == "keep" or not len(names):
        return names
    text = names.lines()
    if case == "title":
        text = re.sub(r"(?:^|(?<=[\s\-])|(?<=['’])(?=\w\w))\w", lambda m: m.group().title(), text.lower(), flags=re.M)
    else:
        text = text.upper() if case == "upper" else text.lower()
    return Names.from_lines(normalise(text))
