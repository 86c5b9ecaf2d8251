"""Whether the words of clusters belong together: quality of topics without labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from clusterforge.explaining.words import WINDOW, Vocabulary
from clusterforge.runs.records import Word

TOP = 10
BLOCK = 256  # long texts whose windows are counted at once
LEAST = 1e-12
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Coherence:
    """How far the first ten words of a cluster belong together.

    Parameters
    ----------
    npmi
        Mean NPMI of its pairs of words, -1 to 1: 0 by chance.
    c_v
        Mean cosine of each word's vector of NPMI values to their sum, C_V, mostly 0 to 1.
    """

    npmi: float
    c_v: float


def coherence(vocabulary: Vocabulary, words: Sequence[tuple[Word, ...]]) -> list[Coherence | None]:
    """Return the coherence of each cluster's words in the run's own texts; None under two words.

    NPMI of two words is log(p(a, b) / (p(a) p(b))) / -log p(a, b), with p the share of texts that hold them;
    -1 where no text holds both. C_V takes windows of 110 tokens in place of texts.

    References
    ----------
    Bouma 2009; Lau, Newman & Baldwin 2014, doi:10.3115/v1/E14-1056. C_V: Röder, Both & Hinneburg, "Exploring
    the space of topic coherence measures", WSDM 2015 (one-set segmentation, indirect cosine measure).
    """
    place = {word: i for i, word in enumerate(vocabulary.words)}
    tops = [np.array([place[word.word] for word in of[:TOP]], dtype=np.int64) for of in words]
    wanted = np.unique(np.concatenate(tops)) if tops else np.zeros(0, np.int64)
    held = vocabulary.holds[:, wanted]
    texts, rows = (held.T @ held).tocsr(), max(1, held.shape[0])
    within, windows = _in_windows(vocabulary, wanted)
    found: list[Coherence | None] = []
    for top in tops:
        if len(top) < 2:
            found.append(None)
            continue
        at = np.searchsorted(wanted, top)
        npmi = _npmi(texts[at][:, at].toarray() / rows)
        pairs = npmi[np.triu_indices(len(top), 1)]
        vectors = _npmi(within[at][:, at].toarray() / windows, LEAST)
        found.append(Coherence(round(float(pairs.mean()), 6), round(_cosine(vectors), 6)))
    return found


def diversity(words: Sequence[tuple[Word, ...]]) -> float | None:
    """Return the share of the first ten words of all clusters that differ."""
    listed = [word.word for of_cluster in words for word in of_cluster[:TOP]]
    return round(len(set(listed)) / len(listed), 6) if listed else None


def _npmi(both: Floats, more: float = 0.0) -> Floats:
    """Return the NPMI of all pairs of words: from the shares that hold both to a matrix."""
    alone = np.diag(both)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.log((both + more) / np.outer(alone, alone)) / -np.log(both + more)
    values[both + more >= 1] = 1
    values[both + more <= 0] = -1
    return values


def _cosine(vectors: Floats) -> float:
    total = vectors.sum(axis=0)
    lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(total)
    return float((vectors @ total / np.maximum(lengths, LEAST)).mean())


def _in_windows(vocabulary: Vocabulary, wanted: npt.NDArray[np.int64]) -> tuple[Any, int]:
    """Return in how many windows two of the words stand, a sparse matrix, and how many there are."""
    short = np.flatnonzero((vocabulary.lengths <= WINDOW) & (vocabulary.lengths > 0))
    held = vocabulary.holds[short][:, wanted]
    both, windows = (held.T @ held).tocsr(), len(short)
    for part in _long(vocabulary, wanted):
        both, windows = both + part.T @ part, windows + part.shape[0]
    return both, max(1, windows)


def _long(vocabulary: Vocabulary, wanted: npt.NDArray[np.int64]) -> Iterator[Any]:
    """Yield the windows of long texts, a block at a time: sparse (windows, wanted) of 0 and 1."""
    stands = vocabulary.occurrences
    own = np.isin(stands.word, wanted)
    text, word = stands.text[own], np.searchsorted(wanted, stands.word[own])
    place = stands.place[own]
    long = np.flatnonzero(vocabulary.lengths > WINDOW)
    for start in range(0, len(long), BLOCK):
        texts = long[start : start + BLOCK]
        counts = vocabulary.lengths[texts] - WINDOW + 1
        before = np.cumsum(counts) - counts
        here = slice(*np.searchsorted(text, [texts[0], texts[-1] + 1]))
        of = np.searchsorted(texts, text[here])
        # A word stands in the windows that begin up to 109 tokens before it.
        first = np.maximum(place[here] - WINDOW + 1, 0)
        last = np.minimum(place[here], counts[of] - 1)
        times = last - first + 1
        step = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
        rows = np.repeat(before[of] + first, times) + step
        columns = np.repeat(word[here], times)
        matrix = sparse.csr_matrix(
            (np.ones(len(rows)), (rows, columns)), (int(counts.sum()), len(wanted))
        )
        matrix.data[:] = 1
        yield matrix
