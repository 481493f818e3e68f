"""Colours, on the terminal and in files, that people with colour vision deficiency can distinguish.

Cividis (Nuñez, Anderton & Renslow 2018) runs evenly from dark blue to light yellow; the marks are blues and a vermilion
of Okabe & Ito (2008).
"""

CIVIDIS = ("#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369", "#e1cc55", "#fee838")
BLUE = "#0072b2"
PALE_BLUE = "#9ecae9"
SKY = "#56b4e9"  # for text on dark and on light ground
ORANGE = "#d55e00"
GREY = "#999999"
FAINT = "#8797b4"  # for unimportant text on the dark end of cividis

Colour = tuple[int, int, int]


def cividis(share: float) -> Colour:
    """The colour (red, green, blue) of a number from 0 (dark) to 1 (light).

    >>> cividis(0), cividis(1)
    ((0, 34, 78), (254, 232, 56))
    """
    place = max(0.0, min(1.0, share)) * (len(CIVIDIS) - 1)
    lower = min(int(place), len(CIVIDIS) - 2)
    low, high = (bytes.fromhex(code[1:]) for code in CIVIDIS[lower : lower + 2])
    red, green, blue = (round(a + (b - a) * (place - lower)) for a, b in zip(low, high, strict=True))
    return red, green, blue


def hexadecimal(colour: Colour) -> str:
    """`#rrggbb`."""
    return "#{:02x}{:02x}{:02x}".format(*colour)


def ink_on(colour: Colour) -> str:
    """Black or white, whichever has more contrast to a colour (relative luminance of WCAG 2)."""
    linear = [(c / 255) ** 2.2 for c in colour]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#000000" if luminance > 0.18 else "#ffffff"
