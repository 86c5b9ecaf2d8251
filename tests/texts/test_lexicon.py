from __future__ import annotations

import numpy as np
import pytest

from clusterforge.contracts import Texts
from clusterforge.explaining.words import vocabulary
from clusterforge.texts.lexicon import word_starts

from .languages import CHINESE, COMMON, JAPANESE, THAI, texts_of


def words(runs: list[str]) -> list[list[str]]:
    units = np.array([ord(unit) for run in runs for unit in run])
    run = np.repeat(np.arange(len(runs)), [len(one) for one in runs])
    codes = np.unique(units, return_inverse=True)[1]
    begins = word_starts(codes, run)
    found: list[list[str]] = [[] for _ in runs]
    for unit, of, begin in zip("".join(runs), run.tolist(), begins.tolist(), strict=True):
        if begin:
            found[of].append(unit)
        else:
            found[of][-1] += unit
    return found


def test_the_longest_run_that_keeps_together_is_a_word_and_no_fragment() -> None:
    runs = [text[:-1] for text in texts_of(CHINESE, 300)[0]]
    true = {word for part in (*CHINESE, COMMON[CHINESE]) for word in part.split()}
    found = [word for run in words(runs) for word in run]
    assert sum(word in true for word in found) > 0.95 * len(found)
    assert {"高尔夫", "证券交易所", "联赛冠军"} <= set(found)
    assert not {"尔夫", "高尔", "交易所", "证券"} & set(found)
    assert "".join(found) == "".join(runs)


def test_a_sentence_that_is_only_repeated_is_no_word() -> None:
    runs = ["我们喜欢足球比赛", "昨天的足球很好", "足球队赢了", "看足球"] * 10
    found = words(runs)
    assert found == found[:4] * 10
    assert all("足球" in run for run in found)
    assert max(len(word) for run in found for word in run) <= 3


def test_one_text_that_repeats_itself_changes_next_to_nothing() -> None:
    runs = [text[:-1] for text in texts_of(CHINESE, 150)[0]]
    expected = words(runs)
    found = words([*runs, "足球" * 5_000])[:150]
    assert sum(a == b for a, b in zip(found, expected, strict=True)) > 140


def test_runs_that_spaces_make_stay_words() -> None:
    runs = ["足球", "我", "喜欢", "足球", "喜欢", "银行", "我", "银行"] * 5
    assert words(runs) == [[run] for run in runs]


@pytest.mark.parametrize("runs", [[], ["一"], ["一", "一"], ["一" * 300]])
def test_next_to_nothing(runs: list[str]) -> None:
    assert ["".join(found) for found in words(runs)] == runs


@pytest.mark.parametrize("themes", [CHINESE, THAI, JAPANESE], ids=["zh", "th", "ja"])
def test_words_of_clusters_are_words_of_their_theme(themes: tuple[str, ...]) -> None:
    texts, labels = texts_of(themes, 300)
    found = vocabulary(Texts(texts)).of_clusters(labels, np.arange(3))
    for theme, of_cluster in zip(themes, found, strict=True):
        true = set(theme.split())
        top = [word.word for word in of_cluster[:5]]
        assert len(top) == 5
        assert sum(word in true for word in top) >= 4, top


def test_scripts_are_mixed_within_texts() -> None:
    chinese, labels = texts_of(CHINESE, 200)
    english = np.array(["goal match league", "stock bank market", "movie actor film"])[labels]
    texts = [
        f"{a} {b}" if i % 3 else b for i, (a, b) in enumerate(zip(chinese, english, strict=True))
    ]
    found = vocabulary(Texts(texts)).of_clusters(labels, np.arange(3))
    names = {word.word for word in found[0]}
    assert "goal match" in " ".join(sorted(names))
    assert len(names & set(CHINESE[0].split())) >= 4
