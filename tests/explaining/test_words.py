from __future__ import annotations

import math
import re
import time

import numpy as np
import pytest

from clusterforge.contracts import Texts
from clusterforge.explaining import words
from clusterforge.explaining.words import vocabulary

THEMES = (
    "goal match league striker coach",
    "stocks market shares profit bank",
    "rocket orbit telescope probe planet",
)


def news(rows: int = 300, seed: int = 0) -> tuple[list[str], np.ndarray]:
    """Return texts of common words with some of their theme's."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, rows)
    texts = []
    for label in labels:
        common = rng.choice(["the", "of", "and", "in", "says", "new", "old", "week"], 8)
        theme = rng.choice(THEMES[label].split(), 3)
        texts.append(" ".join(rng.permutation([*common, *theme])))
    return texts, labels


def told(texts: list[str], labels: np.ndarray, clusters: int) -> list[list[dict]]:
    return vocabulary(Texts(texts)).of_clusters(labels, np.arange(clusters))


@pytest.mark.parametrize("seed", range(5))
def test_scores_against_a_plain_loop(seed: int) -> None:
    texts, labels = news(seed=seed)
    labels = np.where(np.arange(len(labels)) % 10 == 0, -1, labels)  # noise is a class
    held = [set(text.split()) for text in texts]
    near = [np.array([1]), np.array([0]), np.array([0, 1])]

    def lift(word: str, inside: np.ndarray, others: np.ndarray) -> float:
        own = sum(word in held[row] for row in np.flatnonzero(inside))
        rest = sum(word in held[row] for row in np.flatnonzero(others))
        return ((own + 0.5) / (inside.sum() + 1)) / ((rest + 0.5) / (others.sum() + 1))

    found = vocabulary(Texts(texts)).of_clusters(labels, np.arange(3), near)
    for cluster, words_of in enumerate(found):
        inside = labels == cluster
        singles = [w for w in words_of if " " not in w.word]
        assert {part for w in words_of for part in w.word.split()} >= set(THEMES[cluster].split())
        for w in singles:
            rows = sum(w.word in held[row] for row in np.flatnonzero(inside))
            overall = lift(w.word, inside, ~inside)
            beside = lift(w.word, inside, np.isin(labels, near[cluster]))
            strength = 0.85 * math.log2(overall) + 0.15 * max(0, math.log2(beside))
            assert overall >= 2
            assert w.rows == rows
            assert w.score == pytest.approx(rows / inside.sum() * strength, abs=2e-6)
        scores = [w.score for w in words_of]
        assert scores == sorted(scores, reverse=True)


def test_common_words_and_those_of_one_text_are_left_out() -> None:
    texts, labels = news(600)
    texts[0] += " onlyhere"
    for cluster, found in enumerate(told(texts, labels, 3)):
        names = " ".join(w.word for w in found)
        assert not re.search(r"\b(the|of|and|in|says|new|old|week|onlyhere)\b", names), cluster


def test_what_ten_times_fewer_texts_hold_than_the_most_frequent_word_is_left_out() -> None:
    texts = ["card frozen"] * 18 + ["card frozn", "card frozn", *(["weather sunny"] * 20)]
    assert "frozn" in {w.word for w in told(texts, np.arange(40) // 20, 2)[0]}
    texts[18] = "card frozen"
    assert "frozn" not in {w.word for w in told(texts, np.arange(40) // 20, 2)[0]}


def test_a_word_repeated_in_one_text_counts_once() -> None:
    texts, labels = news()
    texts[0] = "spam " * 400 + texts[0]
    found = told(texts, labels, 3)[labels[0]]
    assert found[0].word != "spam"
    assert all(w.rows == 1 for w in found if w.word == "spam")


def test_a_pair_stands_for_a_word_that_it_mostly_is() -> None:
    filler = [f"w{i % 7} x{i % 5}" for i in range(100)]
    texts = [
        f"{filler[i]} " + ("prime minister" if i < 6 else "minister" if i < 9 else "goal")
        for i in range(100)
    ]
    found = told(texts, (np.arange(100) >= 9).astype(np.int64), 2)[0]
    assert [w.word for w in found][:1] == ["prime minister"]
    assert not {"prime", "minister"} & {w.word for w in found}
    texts = [
        f"{filler[i]} " + ("oil price" if i < 2 else "oil" if i < 9 else "goal") for i in range(100)
    ]
    found = told(texts, (np.arange(100) >= 9).astype(np.int64), 2)[0]
    assert {"oil", "oil price"} <= {w.word for w in found}


def test_a_phrase_of_three_may_hold_a_function_word_and_begins_and_ends_with_none() -> None:
    filler = [f"w{i % 7} x{i % 5}" for i in range(100)]
    texts = [f"{filler[i]} " + ("and out of scope the" if i < 9 else "goal") for i in range(100)]
    found = told(texts, (np.arange(100) >= 9).astype(np.int64), 2)[0]
    assert [w.word for w in found] == ["out of scope"]


def test_what_lies_evenly_over_many_clusters_is_no_word_in_any_language() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(10), 30)
    texts = [f"thema{label} {'kuj' * (rng.random() < 0.3)} w{rng.integers(99)}" for label in labels]
    texts[0] = texts[1] = texts[2] = texts[3] = "kuj thema0"
    texts[4:25] = ["kuj"] * 21  # twice as often as elsewhere
    found = told(texts, labels, 10)
    assert all("kuj" not in w.word for words_of in found for w in words_of)
    few = told(texts, np.minimum(labels, 2), 3)
    assert any("kuj" in w.word for w in few[0])


def test_a_pair_with_a_word_of_everywhere_stands_for_nothing() -> None:
    filler = [f"w{i % 7} x{i % 5}" + " in" * (i % 5 == 0) for i in range(100)]
    texts = [f"{filler[i]} " + ("in baghdad" if i in (0, 5) else "") for i in range(100)]
    found = told(texts, (np.arange(100) >= 50).astype(np.int64), 1)[0]
    assert "baghdad" in {w.word for w in found}
    assert "in baghdad" not in {w.word for w in found}


def test_only_the_beginning_of_a_text_is_read() -> None:
    texts = ["start " + "- " * 1000 + "end", "else"]
    assert [w.word for w in told(texts, np.array([0, 1]), 1)[0]] == ["start"]


def test_no_pair_goes_across_punctuation() -> None:
    texts = ["big apple, pie" if i < 10 else f"w{i % 7} x{i % 5}" for i in range(100)]
    found = told(texts, (np.arange(100) >= 10).astype(np.int64), 1)[0]
    assert [w.word for w in found] == ["big apple", "pie"]


def test_chinese_has_words_though_it_has_no_spaces() -> None:
    ours = ["我们喜欢足球比赛", "昨天的足球很好", "足球队赢了", "看足球"] * 10
    theirs = ["股票市场下跌", "今天的股票很贵", "他买股票", "股票和银行"] * 10
    other = ["天气不错", "我在家里", "很好吃的饭", "他们来了", "下雨了"] * 40
    labels = np.repeat([0, 1, 2], [40, 40, 200])
    found = told([*ours, *theirs, *other], labels, 2)
    assert found[0][0].word == "足球"
    assert found[1][0].word == "股票"
    assert "足" not in {w.word for w in found[0]}


def test_other_scripts_case_and_accents() -> None:
    texts = ["Köln ÉTÉ Москва हिन्दी", "KÖLN e\u0301te\u0301 МОСКВА हिन्दी"] * 5
    texts += ["something else altogether"] * 10
    found = told(texts, np.repeat([0, 1], 10), 1)[0]
    singles = {word for w in found for word in w.word.split()}
    assert singles == {"köln", "été", "москва", "हिन्दी"}


def test_markup_entities_addresses_and_numbers_are_no_words() -> None:
    texts = [
        '<a href="x">oil</a> &lt;A HREF="http://q.com/full"&gt;Inc&lt;/A&gt; it #39;s quot;big quot; '
        "www.spam.com https://e.org/x 2004 10"
    ] * 5
    found = told(texts + ["something else"] * 5, np.repeat([0, 1], 5), 1)[0]
    assert {word for w in found for word in w.word.split()} == {"oil", "inc", "big"}


HOSTILE = [
    "",
    " \t\n",
    "\x00\x01\x1b[31m\x7f",
    "😀😀😀",
    "\ud800 lone",
    "a" * 1_000_000,
    "word " * 200_000,
    "<" * 100_000,
    "&" * 100_000,
    "&lt;a" * 50_000,
    "中" * 100_000,
    "</script><script>alert(1)</script>",
    "e\u0301" * 10_000,
    "\u202eright to left",
    "1 2 3",
    "\U000e0001\ufffe\uffff",
]


def test_hostile_texts_neither_break_nor_slow_it() -> None:
    texts, labels = news(60)
    start = time.perf_counter()
    found = told([*texts, *HOSTILE], np.append(labels, np.full(len(HOSTILE), 3)), 4)
    assert time.perf_counter() - start < 5
    assert {"goal", "match"} <= {w.word for w in found[0]}
    assert not any(re.search(r"[\x00-\x1f\ud800-\udfff<>]", w.word) for w in found[3])
    "".join(w.word for c in found for w in c).encode()


@pytest.mark.parametrize("texts", [["", ""], ["😀"], ["1", "2"], ["a", "b"]])
def test_texts_without_a_word(texts: list[str]) -> None:
    assert told(texts, np.zeros(len(texts), np.int64), 1) == [()]
    assert told([*texts, "else"], np.append(np.zeros(len(texts), np.int64), 1), 1) == [()]


def test_a_cluster_that_is_everything_has_nothing_to_tell_it_from() -> None:
    assert told(["some words", "more words"], np.zeros(2, np.int64), 1) == [()]


def test_a_cluster_of_one_row_is_told_by_its_words() -> None:
    found = told(["zebra", "lion here", "lion there"], np.array([0, 1, 1]), 2)
    assert [w.word for w in found[0]] == ["zebra"]
    assert found[1][0].word == "lion"


def test_many_characters_are_sampled_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    texts, labels = news(400)
    monkeypatch.setattr(words, "BUDGET", sum(map(len, texts)) // 4)
    read = vocabulary(Texts(texts))
    assert 90 <= len(read.rows) <= 100
    assert set(np.diff(read.rows).tolist()) <= {4, 5}
    found = read.of_clusters(labels, np.arange(3))
    assert {w.word for w in found[1]} & set(THEMES[1].split())


def test_ties_are_in_alphabetical_order_and_twice_the_same() -> None:
    texts = ["delta alpha", "delta alpha", "omega", "psi"]
    first = told(texts, np.array([0, 0, 1, 1]), 2)
    assert [w.word for w in first[1]] == ["omega", "psi"]
    assert told(texts, np.array([0, 0, 1, 1]), 2) == first


def test_a_hyphenated_word_does_not_lose_a_part() -> None:
    clusters = (
        ["the two-factor code fails", "my two-factor code is late", "no two-factor code came"],
        ["a covid-19 test - in 2024-05", "covid-19 test --", "that covid-19 test"],
        ["my pre-order is late", "a pre-order of two", "which pre-order, two days"],
        ["a london-based bank", "bank of london", "london, based on a bank"],
    )
    texts = [text for cluster in clusters for text in cluster] * 4
    found = told(texts, np.repeat(range(4), 3)[np.arange(48) % 12], 4)
    every = [{word.word for word in of} for of in found]
    assert every[0] & {"two-factor", "two-factor code"}
    assert "covid-19 test" in every[1] or "covid-19" in every[1]
    assert "pre-order" in every[2]
    assert any("london" in word.split() for word in every[3])
    assert not set.union(*every) & {"factor", "factor code", "covid", "2024-05", "05", "pre"}


def test_a_negation_says_something_within_a_phrase_alone() -> None:
    broken = [f"{'abcdefghij'[i % 10] * 3} not {'klmnopq'[i % 7] * 3}" for i in range(40)]
    parcels = [f"{'parcel' if i % 2 else 'it'} has not moved for {i} days" for i in range(40)]
    others = [f"invoice number {i} please" for i in range(200)]
    found = told([*broken, *parcels, *others], np.repeat([0, 1, 2], [40, 40, 200]), 3)
    assert "not" not in {word.word for words_of in found for word in words_of}
    assert any("not moved" in word.word for word in found[1])
