from __future__ import annotations

import re
import unicodedata

import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from clusterforge.texts.scripts import UNSPACED, marks, plain
from clusterforge.texts.terms import Terms, count_words, is_unspaced, words_of

SPACED = "The cat_1 sat on 2 mats; Ärger über Löhne, a b Москва été naïve don't x9"


@pytest.mark.parametrize("words", [(1, 1), (1, 3), (2, 2)])
def test_spaced_scripts_are_as_scikit_learn_has_them(words: tuple[int, int]) -> None:
    expected = TfidfVectorizer(ngram_range=words).build_analyzer()(SPACED)
    assert Terms(words=words)(SPACED) == expected
    assert Terms("word", words)(SPACED) == expected


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("我爱足球", ["我", "爱", "足", "球", "我爱", "爱足", "足球"]),
        ("买iPhone手机 now", ["iphone", "now", "买", "手", "机", "手机"]),
        ("한국어 텍스트", ["한국어", "텍스트"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("שלום עולם \u202eمرحبا", ["שלום", "עולם", "مرحبا"]),
        ("ＡＢＣ ﬁne e\u0301te\u0301", ["abc", "fine", "été"]),
        ("น้ำ", ["น", "้", "ำ", "น้", "้ำ"]),
        ("😀😀 \x00\x1b[31m", ["31m"]),
        ("", []),
    ],
)
def test_each_script_in_its_own_way(text: str, terms: list[str]) -> None:
    assert Terms()(text) == terms


def test_characters_of_all_scripts_stand_together_within_a_word() -> None:
    assert Terms("char", characters=(2, 3))("Hey yo") == ["he", "ey", "hey", "yo"]
    assert Terms("char", characters=(3, 3))("一二 三") == ["一二", "三"]


def test_stop_words_are_left_out_and_cut_out_of_runs() -> None:
    own = Terms(stop=frozenset({"the", "我们", "的"}), words=(1, 2))
    assert own("The big the dog") == ["big", "dog", "big dog"]
    assert own("我们的足球") == ["足", "球", "足球"]


def test_words_are_counted_in_any_script() -> None:
    assert [count_words(text) for text in ("one two", "", "我们喜欢足球", "看iPhone ok", "好")] == [
        2,
        0,
        3,
        3,
        1,
    ]
    assert words_of("Big 足球Fans!") == ["big", "足球", "fans"]
    assert [is_unspaced(text) for text in ("abc", "été", "한국", "ไทย", "カナ")] == [
        False,
        False,
        False,
        True,
        True,
    ]


def test_marks_are_those_of_unicode() -> None:
    pattern = re.compile(f"[{marks()}]")
    for code in range(0, 0x11000):
        character = chr(code)
        assert bool(pattern.match(character)) == (unicodedata.category(character)[0] == "M")
    assert re.match(UNSPACED, "𠮷")
    assert plain("กำ") == "กำ"
