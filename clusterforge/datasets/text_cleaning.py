"""Cleaning of texts, step by step."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from clusterforge.builtin.datasets import CleanParams
from clusterforge.contracts import Dataset, Items, Texts

C = TypeVar("C", bound=CleanParams)

_ELEMENT = re.compile(r"</?[A-Za-z][^<>]*>")
_TAG = re.compile(rf"<!--.*?-->|{_ELEMENT.pattern}", re.DOTALL)
_URL = re.compile(r"\b(?:https?://|www\.)[^\s<>\"]+", re.IGNORECASE)
_SPACE = " "
_STAYS = re.compile(r"\s*(?!https?://|www\.)[^\W_]", re.IGNORECASE)
"""No step takes the letter or digit that a text begins with, unless it begins an address."""


class _Letters(dict[int, int | str]):
    """A translation table that keeps letters, marks, digits and white space of any script."""

    def __missing__(self, code: int) -> int | str:
        character = chr(code)
        keep = unicodedata.category(character)[0] in "LMN" or character.isspace()
        self[code] = code if keep else _SPACE
        return self[code]


_LETTERS = _Letters()


def _without_tags(text: str) -> str:
    """Return a text with spaces for tags and comments, in a time that is linear in its length."""
    # Behind the last end of a comment none is looked for: each beginning would search all that follows.
    closed = text.rfind("-->") + 3 if "-->" in text else 0
    return _TAG.sub(_SPACE, text[:closed]) + _ELEMENT.sub(_SPACE, text[closed:])


STEPS: dict[str, Callable[[str], str]] = {
    "lower": str.lower,
    "strip-special": lambda text: text.translate(_LETTERS),
    "strip-html": lambda text: html.unescape(_without_tags(text)),
    "collapse-space": lambda text: _SPACE.join(text.split()),
    "strip-urls": lambda text: _URL.sub(_SPACE, text),
}
"""What is left out has a space in its place; special is all but letters, marks, digits and white space."""


def cleaned(texts: list[str], steps: Sequence[str]) -> list[str]:
    """Return the texts after every step, in the order given."""
    for step in steps:
        texts = [STEPS[step](text) for text in texts]
    return texts


def emptied(texts: list[str], steps: Sequence[str]) -> list[bool]:
    """Return which texts have nothing left after every step."""
    doubtful = [number for number, text in enumerate(texts) if not _STAYS.match(text)]
    left = cleaned([texts[number] for number in doubtful], steps)
    empty = {number for number, text in zip(doubtful, left, strict=True) if not text.strip()}
    return [number in empty for number in range(len(texts))]


class TextDataset(Dataset[C]):
    """A data set whose texts are cleaned as its parameters say."""

    def prepare(self, items: Items) -> Items:
        """Return new rows cleaned as those of the data set are; what is no text stays as it is."""
        steps = self.params.clean
        if items.content != "text" or not steps:
            return items
        return Texts(tuple(cleaned([str(t) for t in items.take(np.arange(len(items)))], steps)))
