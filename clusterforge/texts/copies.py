"""Texts that nearly say the same, found without comparing each with each."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from clusterforge.texts.terms import Terms

Ints = npt.NDArray[np.int64]

ALIKE = 0.8
SHINGLES = Terms(words=(1, 2), characters=(2, 3))


def near_copies(texts: Iterable[str], alike: float = ALIKE) -> Ints:
    """Return the first text that nearly says what each text says, its own place mostly: int64 (n,).

    A text goes to the earliest of those that stand for themselves with which it has a Jaccard similarity of
    at least ``alike``; shingles are its words and pairs of neighbouring words, and two or three characters
    where there are no spaces. So no text is far from the one that stands for it. Texts without a word stand
    for themselves.

    None is missed: two sets that are so alike share one of their rarest shingles, and only texts that do
    are compared.

    References
    ----------
    Chaudhuri, Ganti & Kaushik, "A primitive operator for similarity joins in data cleaning", ICDE 2006;
    Bayardo, Ma & Srikant, "Scaling up all pairs similarity search", WWW 2007: prefix filter.
    """
    sets = _by_rarity([_shingles(text) for text in texts])
    first = np.arange(len(sets))
    same: dict[bytes, int] = {}
    with_shingle: dict[int, list[int]] = {}
    for row, own in enumerate(sets):
        size = len(own)
        if not size:
            continue
        kept = same.setdefault(own.tobytes(), row)
        if kept != row:
            first[row] = first[kept]
            continue
        prefix = own[: size - math.ceil(alike * size) + 1].tolist()
        candidates = {other for shingle in prefix for other in with_shingle.get(shingle, ())}
        low, high = alike * size, size / alike
        for other in sorted(candidates):
            theirs = sets[other]
            if low <= len(theirs) <= high and _alike(own, theirs) >= alike:
                first[row] = other
                break
        else:
            for shingle in prefix:
                with_shingle.setdefault(shingle, []).append(row)
    return first


def _shingles(text: str) -> Ints:
    """Return the distinct shingles of a text as numbers: int64 (s,)."""
    found = {hash(term) for term in SHINGLES(text)}
    return np.fromiter(found, np.int64, len(found))


def _by_rarity(sets: list[Ints]) -> list[Ints]:
    """Return the sets with their shingles by rank, the rarest first."""
    if not sets:
        return []
    sizes = [len(own) for own in sets]
    _, which, counts = np.unique(np.concatenate(sets), return_inverse=True, return_counts=True)
    rank = np.empty(len(counts), dtype=np.int64)
    rank[np.argsort(counts, kind="stable")] = np.arange(len(counts))
    return [np.sort(own) for own in np.split(rank[which], np.cumsum(sizes)[:-1])]


def _alike(one: Ints, other: Ints) -> float:
    """Return the Jaccard similarity of two sets."""
    both = len(np.intersect1d(one, other, assume_unique=True))
    return both / (len(one) + len(other) - both)
