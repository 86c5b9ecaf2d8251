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
from clusterforge.texts.scripts import one_form
from clusterforge.texts.spellings import joined

C = TypeVar("C", bound=CleanParams)

_ELEMENT = re.compile(r"(?i:</?[a-z]|<!doctype)[^<>]*>")
_UNSEEN = re.compile(
    r"<!--|<(script|style|noscript|template)(?=[\s/>])[^<>]*(?<!/)>", re.IGNORECASE
)
"""Where a comment, or an element begins of which a reader sees nothing; one that closes itself has no end."""
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
    """Return a text with spaces for tags, comments and scripts, in a time that is linear in its length."""
    parts, at, unclosed = [], 0, set()
    for begin in _UNSEEN.finditer(text):
        name = (begin[1] or "").lower()
        if begin.start() < at or name in unclosed:
            continue
        end = re.compile(rf"</{name}\s*>" if name else "-->", re.IGNORECASE).search(
            text, begin.end()
        )
        if end is None:  # nor behind any later beginning: each would search all that follows
            unclosed.add(name)
            continue
        parts.append(_ELEMENT.sub(_SPACE, text[at : begin.start()]))
        at = end.end()
    return _SPACE.join([*parts, _ELEMENT.sub(_SPACE, text[at:])])


STEPS: dict[str, Callable[[str], str]] = {
    "lower": str.lower,
    "strip-special": lambda text: text.translate(_LETTERS),
    "strip-html": lambda text: html.unescape(_without_tags(text)),
    "collapse-space": lambda text: _SPACE.join(text.split()),
    "strip-urls": lambda text: _URL.sub(_SPACE, text),
    "normalize": one_form,
    "join-letters": joined,
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
