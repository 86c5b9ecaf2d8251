"""Cleaning of texts, step by step."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Sequence

import numpy as np

from clusterforge.contracts import Items, Texts

_TAG = re.compile(r"<!--.*?-->|</?[A-Za-z][^<>]*>", re.DOTALL)
_URL = re.compile(r"\b(?:https?://|www\.)[^\s<>\"]+", re.IGNORECASE)
_SPACE = " "


class _Letters(dict[int, int | str]):
    """A translation table that keeps letters, marks, digits and white space of any script."""

    def __missing__(self, code: int) -> int | str:
        character = chr(code)
        keep = unicodedata.category(character)[0] in "LMN" or character.isspace()
        self[code] = code if keep else _SPACE
        return self[code]


_LETTERS = _Letters()


def strip_html(text: str) -> str:
    """Put a space in place of every tag and comment, and resolve entities."""
    return html.unescape(_TAG.sub(_SPACE, text))


def strip_urls(text: str) -> str:
    """Put a space in place of every web address."""
    return _URL.sub(_SPACE, text)


def strip_special(text: str) -> str:
    """Put a space in place of all that is neither letter, mark, digit nor white space."""
    return text.translate(_LETTERS)


def collapse_space(text: str) -> str:
    """Put one space in place of any white space, and none at the ends."""
    return _SPACE.join(text.split())


STEPS: dict[str, Callable[[str], str]] = {
    "lower": str.lower,
    "strip-special": strip_special,
    "strip-html": strip_html,
    "collapse-space": collapse_space,
    "strip-urls": strip_urls,
}


def cleaned(texts: list[str], steps: Sequence[str]) -> list[str]:
    """Return the texts after every step, in the order given."""
    for step in steps:
        texts = [STEPS[step](text) for text in texts]
    return texts


def prepared(items: Items, steps: Sequence[str]) -> Items:
    """Return new rows cleaned as those of the data set were; what is no text stays as it is."""
    if items.content != "text" or not steps:
        return items
    return Texts(tuple(cleaned([str(text) for text in items.take(np.arange(len(items)))], steps)))
