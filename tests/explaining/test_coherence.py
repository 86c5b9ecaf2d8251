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
    assert found[0].npmi == pytest.approx(math.log(0.5 / (0.75 * 0.5)) / -math.log(0.5), abs=1e-6)
    assert found[1].npmi == -1.0
    assert found[2:] == [None, None]


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
    assert good.npmi > 0 > mixed.npmi
    assert good.c_v > mixed.c_v


def by_windows(texts: list[str], top: list[str], window: int) -> float:
    """Return C_V by plain loops."""
    windows = []
    for text in texts:
        tokens = text.split()
        windows += [set(tokens[i : i + window]) for i in range(max(1, len(tokens) - window + 1))]

    def p(*of: str) -> float:
        return sum(set(of) <= here for here in windows) / len(windows)

    def npmi(a: str, b: str) -> float:
        both = p(a, b) + 1e-12
        return 1.0 if both >= 1 else math.log(both / (p(a) * p(b))) / -math.log(both)

    vectors = np.array([[npmi(a, b) for b in top] for a in top])
    total = vectors.sum(axis=0)
    cosines = vectors @ total / (np.linalg.norm(vectors, axis=1) * np.linalg.norm(total))
    return float(cosines.mean())


def test_c_v_counts_windows_of_long_texts_and_whole_short_ones() -> None:
    rng = np.random.default_rng(0)
    vocabulary_of = [f"word{letter}" for letter in "abcdefghijklmnopqrst"]
    texts = [
        " ".join(rng.choice(vocabulary_of, size)) for size in (3, 5, 4, 109, 110, 111, 180, 140)
    ]
    texts += [" ".join(rng.choice(["rare", "scarce", *vocabulary_of], size)) for size in (6, 150)]
    top = ["worda", "wordb", "rare", "scarce"]
    (found,) = coherence(vocabulary(Texts(texts)), [words(*top)])
    assert found.c_v == pytest.approx(by_windows(texts, top, 110), abs=1e-5)


def test_a_phrase_stands_where_its_words_do() -> None:
    filler = " ".join(f"filler{i}" for i in range(120))
    texts = [f"virtual card {filler} refund fee"] * 3 + ["virtual card refund fee"] * 3
    known = vocabulary(Texts([*texts, *(f"other{i} text" for i in range(30))]))
    assert "virtual card" in known.words
    (found,) = coherence(known, [words("virtual card", "refund fee")])
    assert found.npmi == 1.0
    assert found.c_v > 0.9
    one = " ".join(["virtual card", filler, "refund fee"])
    (apart,) = coherence(
        vocabulary(Texts([one, one, "virtual card", "refund fee"] * 2 + ["other text"] * 30)),
        [words("virtual card", "refund fee")],
    )
    assert apart.npmi > 0.5
    assert apart.c_v < found.c_v - 0.1  # no window holds both


def test_diversity_is_the_share_of_different_words() -> None:
    assert diversity([words("a", "b"), words("a", "c")]) == 0.75
    assert diversity([(), ()]) is None
