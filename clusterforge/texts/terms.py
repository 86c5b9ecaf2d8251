"""The terms of one text: words, and characters that stand together where there are no spaces."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from clusterforge.texts.scripts import UNSPACED, marks, plain

Analyzer = Literal["word", "char", "auto"]
Range = tuple[int, int]

_UNSPACED = re.compile(UNSPACED)


@cache
def _words() -> re.Pattern[str]:
    return re.compile(rf"[\w{marks()}]+")


@cache
def _runs() -> re.Pattern[str]:
    """Return the pattern of runs of a script without spaces, and of all else."""
    return re.compile(rf"({UNSPACED}(?:{UNSPACED}|[{marks()}])*)|[^{UNSPACED[1:-1]}]+")


@dataclass(frozen=True)
class Terms:
    """What makes terms of a text.

    Parameters
    ----------
    analyzer
        ``word``: words of two characters or more, between anything that is no letter, digit or mark.
        ``char``: characters that stand together in a word. ``auto``: words, and characters where the
        script has no spaces, within one text too.
    words, characters
        Fewest and most words, or characters, of a term.
    stop
        Words to leave out, in lower case; where there are no spaces, they are cut out.
    """

    analyzer: Analyzer = "auto"
    words: Range = (1, 1)
    characters: Range = (1, 2)
    stop: frozenset[str] = frozenset()

    def __call__(self, text: str) -> list[str]:
        """Return the terms, in their order, words first."""
        text = plain(text)
        if self.analyzer == "word" or (self.analyzer == "auto" and not _UNSPACED.search(text)):
            return list(self._joined(_words().findall(text)))
        if self.analyzer == "char":
            own = [word for word in _words().findall(text) if word not in self.stop]
            return [part for word in own for part in self._split(word)]
        spaced: list[str] = []
        unspaced: list[str] = []
        for word in _words().findall(text):
            for run in _runs().finditer(word):
                (unspaced if run[1] else spaced).append(run[0])
        parts = [part for run in unspaced for part in self._without_stops(run)]
        return [*self._joined(spaced), *(term for part in parts for term in self._split(part))]

    def _joined(self, words: Sequence[str]) -> Iterator[str]:
        own = [word for word in words if len(word) > 1 and word not in self.stop]
        for width in range(self.words[0], self.words[1] + 1):
            for start in range(len(own) - width + 1):
                yield own[start] if width == 1 else " ".join(own[start : start + width])

    def _split(self, run: str) -> Iterator[str]:
        """Yield the characters of a run that stand together; all of one that has too few."""
        shortest, longest = self.characters
        if len(run) < shortest:
            yield run
        for width in range(shortest, longest + 1):
            for start in range(len(run) - width + 1):
                yield run[start : start + width]

    def _without_stops(self, run: str) -> list[str]:
        stops = [word for word in self.stop if word in run]
        if not stops:
            return [run]
        longest_first = sorted(stops, key=len, reverse=True)
        return [part for part in re.split("|".join(map(re.escape, longest_first)), run) if part]


def count_words(text: str) -> int:
    """Return how many words a text has; where there are no spaces, two characters count as one."""
    if text.isascii() or not _UNSPACED.search(text):
        return len(text.split())
    return len(_UNSPACED.sub(" ", text).split()) + (len(_UNSPACED.findall(text)) + 1) // 2


def words_of(text: str) -> list[str]:
    """Return the words of a short text, such as a name; runs without spaces whole."""
    return [run[0] for word in _words().findall(plain(text)) for run in _runs().finditer(word)]


def is_unspaced(text: str) -> bool:
    """Tell whether a text has a character of a script without spaces."""
    return not text.isascii() and bool(_UNSPACED.search(text))
