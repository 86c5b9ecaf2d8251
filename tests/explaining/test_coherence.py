from __future__ import annotations

import math

import numpy as np
import pytest

from clusterforge.contracts import Texts
from clusterforge.explaining.coherence import coherence, diversity
from clusterforge.explaining.words import vocabulary
from clusterforge.runs.records import Word


def words(*names: str) -> tuple[Word, ...]:
    return tuple(Word(word=name, score=1.0, rows=1) for name in names)


def test_npmi_by_hand() -> None:
    texts = ["goal match", "goal match", "goal", "stock"]
    found = coherence(
        vocabulary(Texts(texts)),
        [words("goal", "match"), words("goal", "stock"), words("goal"), ()],
    )
    assert found[0] == pytest.approx(math.log(0.5 / (0.75 * 0.5)) / -math.log(0.5), abs=1e-6)
    assert found[1:] == [-1.0, None, None]


def test_words_that_belong_together_cohere_and_drawn_ones_do_not() -> None:
    rng = np.random.default_rng(0)
    themes = (["goal", "match", "league", "coach"], ["bank", "stock", "market", "share"])
    texts = [" ".join(rng.choice(themes[i % 2], 3)) for i in range(200)]
    good, mixed = coherence(
        vocabulary(Texts(texts)),
        [words(*themes[0]), words("goal", "bank", "match", "stock")],
    )
    assert good is not None
    assert mixed is not None
    assert good > 0 > mixed


def test_diversity_is_the_share_of_different_words() -> None:
    assert diversity([words("a", "b"), words("a", "c")]) == 0.75
    assert diversity([(), ()]) is None
