"""Texts whose words are written otherwise: letters of another form or with spaces between, spaces lost."""

from __future__ import annotations

import re

from clusterforge.texts.scripts import UNSPACED, mixed_words

SPELLED = 0.05  # of texts, from which on they are no few that are decorated
FEWEST = 8  # letters with a space after each: fewer are initials
LONG, WIDE = 40, 20  # letters of a text, and of each of its words on average
MIXED = 10  # words, one of which has letters of two scripts
DIFFERENT = 10  # letters that a language has, and the four of DNA are not
_OTHER_FORM = re.compile("[\U0001d400-\U0001d7cb\uff21-\uff3a\uff41-\uff5a\u24b6-\u24e9]")
_PRESENTED = re.compile("[\ufb50-\ufdfb\ufe70-\ufefc]")
_UNSPACED = re.compile(UNSPACED)
_APART = re.compile(r"(?<!\S)(\S) (?=\S(?!\S))")
_SMALL = re.compile("[a-zß-öø-ÿĀ-ɏά-ώа-џ]")
_NO_LETTER = re.compile(r"[\W\d]+")
_NO_TEXT = re.compile(r"[/\\_@=<>]")


def has_other_forms(text: str) -> bool:
    """Tell whether most letters are mathematical, of full width or in circles, which NFKC makes plain."""
    if text.isascii() or _UNSPACED.search(text):
        return False
    found = len(_OTHER_FORM.findall(text))
    return found > 1 and 2 * found > sum(c.isalpha() for c in text)


def is_mixed(text: str) -> bool:
    """Tell whether several words have Latin letters and others that look like them: scammers write so."""
    found = mixed_words(text)
    return found > 1 and MIXED * found > len(text.split())


def is_presented(text: str) -> bool:
    """Tell whether a text has the forms of Arabic letters that stand for their places, as of a PDF."""
    found = len(_PRESENTED.findall(text))
    return found > 1 and 2 * found > sum(c.isalpha() for c in text)


def is_apart(text: str) -> bool:
    """Tell whether nearly each letter has a space after it: ``T o m a t o``."""
    words = text.split()
    letters = [word for word in words if len(word) == 1 and word.isalpha()]
    return (
        len(letters) > max(FEWEST, 0.7 * len(words))
        and len(_SMALL.findall(text)) > len(letters) / 2  # no codes, as A B A C
        and len(set(letters)) > FEWEST / 2
    )


def joined(text: str) -> str:
    """Return a text without the one space between single letters, if nearly each has one; wider gaps stay."""
    return _APART.sub(r"\1", text) if is_apart(text) else text


def is_run_together(text: str) -> bool:
    """Tell whether a text has hardly any spaces, and is no address, code or sequence."""
    if len(text) < LONG or len(text) < WIDE * len(text.split()) or _NO_TEXT.search(text):
        return False
    letters = _NO_LETTER.sub("", text)
    return (
        len(letters) >= max(LONG, WIDE * len(text.split()), 0.8 * len(text))
        and len(_SMALL.findall(letters)) > 0.7 * len(letters)
        and len(set(letters)) >= DIFFERENT
    )
