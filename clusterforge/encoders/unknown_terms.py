"""How much of texts a vocabulary does not hold, against texts like those that it was made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from clusterforge.contracts import Shortfall
from clusterforge.formats import share
from clusterforge.numerics.arrays import blocks
from clusterforge.texts.terms import Terms

MOST = 0.99  # of the texts of a fit: so many have no more unknown terms
LISTED, LONGEST = 3, 30


@dataclass
class Counted:
    """Makes terms of texts, and keeps how many different ones each text has."""

    terms: Terms
    sizes: list[int] = field(default_factory=list)

    def __call__(self, text: str) -> list[str]:
        """Return the terms of a text."""
        terms = self.terms(text)
        self.sizes.append(len(set(terms)))
        return terms


@dataclass(frozen=True)
class Usual:
    """How far texts like those of a fit consist of terms that it does not hold.

    Parameters
    ----------
    most
        Share of a text's different terms, which nearly all stay at or below.
    share
        The share of texts that do not.
    """

    most: float
    share: float

    @classmethod
    def of(cls, counts: Any, sizes: list[int], least: float) -> Usual:
        """Return it for the texts of a fit, each as if it were not among them.

        A term is unknown then where too few others hold it.

        Parameters
        ----------
        counts
            Sparse (n, terms) of the vocabulary: not 0 where a text holds a term.
        sizes
            How many different terms each text has, those outside the vocabulary among them.
        least
            How many texts have to hold a term of the vocabulary.
        """
        n, ends, indices = len(sizes), counts.indptr, counts.indices
        held = np.zeros(counts.shape[1], dtype=np.int64)
        for part in blocks(len(indices)):
            held += np.bincount(indices[part], minlength=len(held))
        different, unknown = np.array(sizes), np.zeros(n)
        for part in blocks(n, max(1, len(indices) // max(1, n))):
            begin = ends[part.start : part.stop + 1]
            text = np.repeat(np.arange(len(begin) - 1), np.diff(begin))
            common = held[indices[begin[0] : begin[-1]]] > least
            known = np.bincount(text[common], minlength=len(begin) - 1)
            unknown[part] = (different[part] - known) / np.maximum(different[part], 1)
        most = float(np.quantile(unknown, MOST, method="higher"))
        return cls(most, float((1 + (unknown > most).sum()) / (n + 1)))


class Watched:
    """Makes terms of texts, and counts the texts that hold unusually many unknown ones.

    Parameters
    ----------
    terms
        What makes the terms.
    known
        Those of the vocabulary.
    usual
        What is usual.
    """

    def __init__(self, terms: Terms, known: Collection[str], usual: Usual) -> None:
        self.terms, self.known, self.usual = terms, frozenset(known), usual
        self.reset()

    def reset(self) -> None:
        """Count from 0."""
        self._texts, self._unknown = 0, Counter[str]()

    def __call__(self, text: str) -> list[str]:
        """Return the terms of a text."""
        terms = self.terms(text)
        different = set(terms)
        unknown = different - self.known
        # The same division as at the fit: a text at the limit is not above it.
        if unknown and len(unknown) / len(different) > self.usual.most:
            self._texts += 1
            self._unknown.update(unknown)
        return terms

    def shortfalls(self) -> tuple[Shortfall, ...]:
        """Return how many texts there were."""
        if not self._texts:
            return ()
        # Of equally frequent ones the first in the alphabet: a set has no order.
        order = sorted(self._unknown, key=lambda term: (-self._unknown[term], term))
        return (
            Shortfall(
                self._texts,
                f"rich in unknown terms (over {share(self.usual.most)} of theirs)",
                usual=self.usual.share,
                examples=tuple(term[:LONGEST] for term in order[:LISTED]),
                remedy="Their known terms alone place them; a new run on rows like these would learn the "
                "others, a refit of the clusterer does not",
            ),
        )
