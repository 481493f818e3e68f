"""Texts in plain letters: é as e, ł as l, æ as ae. Other scripts are unchanged."""

import unicodedata

FIRST_MARK, LAST_MARK = "\u0300", "\u036f"  # which stand behind Latin letters
# Letters that Unicode does not decompose, and apostrophes; ʻokina and the like are left out.
PLAIN = {
    "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ß": "ss", "ħ": "h", "ı": "i",
    "ŋ": "ng", "ə": "a", "ɓ": "b", "ɗ": "d", "ƙ": "k", "ƴ": "y", "ŧ": "t", "’": "'", "ʻ": "", "ʼ": "", "ʽ": "",
}  # fmt: skip


def plain_letters(text: str) -> str:
    r"""A text in plain letters.

    >>> plain_letters("Órla, Łucja, Þórdís, Kaʻiulani, Nguye\u0302\u0303n, Strauß, Ægir, Ольга")
    'Orla, Lucja, Thordis, Kaiulani, Nguyen, Strauss, Aegir, Ольга'
    """
    if text.isascii():
        return text
    return text.translate({ord(character): _plain(character) for character in set(text) if not character.isascii()})


def _plain(character: str) -> str:
    if FIRST_MARK <= character <= LAST_MARK:
        return ""
    small = character.lower()
    if small in PLAIN:
        return PLAIN[small] if small == character else PLAIN[small].title()
    base = unicodedata.normalize("NFD", character)[0]
    return base if base.isascii() else character
