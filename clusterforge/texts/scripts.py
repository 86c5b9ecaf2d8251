"""What words are made of: classes of characters that Python's ``re`` and Arrow's RE2 both understand."""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import cache
from itertools import groupby

_UNSPACED = (
    (0x0E01, 0x0E3A),  # Thai, without digits and signs
    (0x0E40, 0x0E4E),
    (0x0E81, 0x0ECE),  # Lao
    (0x0EDC, 0x0EDF),
    (0x1000, 0x103F),  # Burmese
    (0x1050, 0x109D),
    (0x1780, 0x17D3),  # Khmer
    (0x2E80, 0x2FDF),  # Han: radicals
    (0x3005, 0x3007),
    (0x3041, 0x309F),  # kana
    (0x30A1, 0x30FA),
    (0x30FC, 0x30FF),
    (0x3105, 0x312F),  # Bopomofo
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),  # Han
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0xFF66, 0xFF9F),
    (0x20000, 0x3FFFD),
)
_HAN = ((0x2E80, 0x2FDF), (0x3005, 0x3007), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF))


def _ranges(pairs: tuple[tuple[int, int], ...]) -> str:
    return "".join(f"{chr(low)}-{chr(high)}" for low, high in pairs)


UNSPACED = f"[{_ranges(_UNSPACED)}]"
"""A character of a script that puts no spaces between words."""

HAN = f"[{_ranges((*_HAN, _UNSPACED[-1]))}]"
"""A Chinese character, which may be a word by itself."""


COMPOSED = {"\u0e4d\u0e32": "\u0e33", "\u0ecd\u0eb2": "\u0eb3"}
"""The vowel am of Thai and Lao, which NFKC takes apart, as it is written."""


@cache
def marks() -> str:
    """Return the ranges of combining marks, which Python's ``re`` has no class for, without brackets."""
    codes = [c for c in range(sys.maxunicode + 1) if unicodedata.category(chr(c))[0] == "M"]
    parts = []
    for _, run in groupby(enumerate(codes), key=lambda pair: pair[1] - pair[0]):
        own = [code for _, code in run]
        parts.append(f"{chr(own[0])}-{chr(own[-1])}")
    return "".join(parts)


_UNSEEN = dict.fromkeys((0xAD, 0x200B, 0x2060, 0xFEFF))
"""Soft hyphens, spaces and joiners of no width; those between letters of Persian and Hindi are none."""


def plain(text: str) -> str:
    """Return a text in lower case, with one form of each character."""
    return one_form(text.lower())


_LOOK_ALIKE = str.maketrans(  # Cyrillic and Greek letters that look like Latin ones
    "асеԁһіјоԛѕԝхурАВСЕНІЈКМОРЅТХΑΒΕΖΗΙΚΜΝΟΡΤΥΧο",
    "acedhijoqswxypABCEHIJKMOPSTXABEZHIKMNOPTYXo",
)
_LATIN = re.compile(r"[A-Za-z]")
_OF_OTHERS = re.compile(r"[\u0370-\u03ff\u0400-\u052f]")
_WORD = re.compile(r"[^\W\d_]+")


def mixed_words(text: str) -> int:
    """Return how many words have Latin letters, and Cyrillic or Greek ones that look like these.

    None where as many words are of the other script.
    """
    if not _OF_OTHERS.search(text) or not _LATIN.search(text):
        return 0
    mixed = others = 0
    for word in _WORD.findall(text):
        if _OF_OTHERS.search(word):
            if not word.translate(_LOOK_ALIKE).isascii():
                others += 1
            elif _LATIN.search(word):
                mixed += 1
    return mixed if mixed > others else 0


def with_latin_letters(text: str) -> str:
    """Return a text with Latin letters for those that look like them, if some words mix both."""
    return _WORD.sub(_in_latin, text) if mixed_words(text) else text


def _in_latin(word: re.Match[str]) -> str:
    latin: str = word[0].translate(_LOOK_ALIKE)
    return latin if latin.isascii() else word[0]


def one_form(text: str) -> str:
    """Return a text with one form of each character (NFKC), without those that nobody sees."""
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKC", text).translate(_UNSEEN)
    for apart, composed in COMPOSED.items():
        text = text.replace(apart, composed)
    return with_latin_letters(text)
