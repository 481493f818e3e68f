"""Names in another case, for display."""

import re

from namegen.corpus.packed_names import Names, normalise
from namegen.settings import Case


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
