"""Texts with more unknown terms than a fit lets expect."""

from __future__ import annotations

import random
from functools import partial

import pytest

from clusterforge.builtin.frozen_encoders import TfidfParams
from clusterforge.contracts import Context, Shortfall, Texts, View
from clusterforge.contracts.encoder import added
from clusterforge.encoders import unknown_terms
from clusterforge.encoders.tfidf import Tfidf
from clusterforge.numerics.arrays import blocks

WORDS = [f"word{i}" for i in range(300)]


def texts(many: int, seed: int, *, new: int = 0) -> list[str]:
    """Return texts of ten words, rare ones too; the last few with words that no other text holds."""
    rng = random.Random(seed)
    weights = [1 / (i + 1) for i in range(len(WORDS))]
    rows = [rng.choices(WORDS, weights, k=10) for _ in range(many)]
    for row in rows[many - new :]:
        row[:6] = ["locker", "station", *rng.choices([f"fresh{seed}x{i}" for i in range(50)], k=4)]
    return [" ".join(row) for row in rows]


def said(encoder: Tfidf, rows: list[str]) -> list[Shortfall]:
    encoder.encode(View(Texts(rows)), Context())
    return [some for some in encoder.shortfalls() if some.notable(len(rows))]


@pytest.mark.parametrize("params", [{}, {"min_df": 5}, {"min_df": 0.01}, {"max_features": 50}])
def test_new_words_are_said_and_rare_ones_are_not(params: dict[str, object]) -> None:
    ours = Tfidf(TfidfParams(**params))
    ours.fit(View(Texts(texts(1_000, 0))), Context())
    assert not said(ours, texts(1_000, 0))
    quiet = [said(ours, texts(1_000, seed)) for seed in range(1, 21)]
    assert sum(map(bool, quiet)) <= 1
    (some,) = said(ours, texts(1_000, 99, new=60))
    assert 25 <= some.rows <= 80
    assert some.examples[:2] == ("locker", "station")
    assert "such as locker, station" in some.line
    assert "of rows like those that it was fitted on would be. Their known terms" in some.line

    again = Tfidf(TfidfParams(**params))
    again.restore(ours.state())
    assert said(again, texts(1_000, 99, new=60)) == [some]


def test_what_is_usual_is_what_later_rows_show() -> None:
    ours = Tfidf(TfidfParams(min_df=2))
    ours.fit(View(Texts(texts(2_000, 0))), Context())
    usual = ours.state().meta["usual"]["share"]
    ours.encode(View(Texts(texts(20_000, 1))), Context())
    rows = sum(some.rows for some in ours.shortfalls() if some.usual is not None)
    assert usual == pytest.approx(rows / 20_000, abs=0.006)


def test_tiny_fits_and_texts_without_terms_break_nothing() -> None:
    ours = Tfidf(TfidfParams())
    ours.fit(View(Texts(["cat dog", "", "a"])), Context())
    assert ours.encode(View(Texts(["", "unseen", "cat"])), Context()).shape == (3, 2)
    assert [some.rows for some in ours.shortfalls()] == [2]  # no more than all can be unknown
    assert ours.encode(View(Texts([])), Context()).shape == (0, 2)
    assert ours.shortfalls() == ()


def test_long_terms_are_cut() -> None:
    ours = Tfidf(TfidfParams())
    ours.fit(View(Texts(texts(200, 0))), Context())
    (some,) = said(ours, ["x" * 10_000] * 9)[1:]
    assert some.examples == ("x" * 30,)


def test_parts_add_up_to_the_whole() -> None:
    one = Shortfall(3, "long", 0.01, ("a", "b"), "cut")
    other = Shortfall(4, "long", 0.01, ("b", "c"), "cut")
    (both,) = added([one, other])
    assert (both.rows, both.examples, both.usual) == (7, ("a", "b", "c"), 0.01)
    assert (
        both.line
        == "long, such as a, b, c; 1.0 % of rows like those that it was fitted on would be. cut"
    )
    assert len(added([one, Shortfall(1, "short")])) == 2


@pytest.mark.parametrize("size", [5, 10, 49])
def test_a_text_at_the_limit_is_not_above_it(size: int) -> None:
    """Each tenth text holds one word that no other does: usual, and so are later rows of the kind."""

    def rows(many: int, seed: str) -> list[str]:
        common = WORDS[: size - 1]
        return [
            " ".join([*common, f"{seed}{i}" if i % 10 == 0 else "word299"]) for i in range(many)
        ]

    ours = Tfidf(TfidfParams())
    ours.fit(View(Texts(rows(1_000, "rare"))), Context())
    assert ours.state().meta["usual"]["most"] == 1 / size
    assert not said(ours, rows(1_000, "fresh"))


def test_counts_in_blocks_are_those_of_all_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, some = Tfidf(TfidfParams(min_df=2)), Tfidf(TfidfParams(min_df=2))
    whole.fit(View(Texts(texts(300, 0))), Context())
    cut = partial(blocks, values=50)
    monkeypatch.setattr(unknown_terms, "blocks", cut)
    some.fit(View(Texts(texts(300, 0))), Context())
    assert some.state().meta["usual"] == whole.state().meta["usual"]
