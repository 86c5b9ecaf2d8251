"""Whether the words of clusters belong together: quality of topics without labels."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from clusterforge.explaining.words import Vocabulary
from clusterforge.runs.records import Word

TOP = 10


def coherence(vocabulary: Vocabulary, words: Sequence[tuple[Word, ...]]) -> list[float | None]:
    """Return the mean NPMI of the first ten words of each cluster, -1 to 1; None under two words.

    NPMI of two words is log(p(a, b) / (p(a) p(b))) / -log p(a, b), with p the share of the run's own texts
    that hold them; -1 where no text holds both.

    References
    ----------
    Bouma 2009; Lau, Newman & Baldwin 2014, doi:10.3115/v1/E14-1056.
    """
    place = {word: i for i, word in enumerate(vocabulary.words)}
    held = vocabulary.holds.tocsc()
    rows = max(1, held.shape[0])
    found: list[float | None] = []
    for of_cluster in words:
        part = held[:, [place[word.word] for word in of_cluster[:TOP]]]
        both = (part.T @ part).toarray() / rows
        pairs = [
            _npmi(both[i, j], both[i, i], both[j, j]) for i, j in combinations(range(len(both)), 2)
        ]
        found.append(round(float(np.mean(pairs)), 6) if pairs else None)
    return found


def diversity(words: Sequence[tuple[Word, ...]]) -> float | None:
    """Return the share of the first ten words of all clusters that differ."""
    listed = [word.word for of_cluster in words for word in of_cluster[:TOP]]
    return round(len(set(listed)) / len(listed), 6) if listed else None


def _npmi(both: float, one: float, other: float) -> float:
    if both <= 0:
        return -1.0
    return 1.0 if both >= 1 else float(np.log(both / (one * other)) / -np.log(both))
