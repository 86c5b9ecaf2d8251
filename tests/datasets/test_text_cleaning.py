import html
import re
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterforge.datasets.text_cleaning import STEPS, cleaned


@pytest.mark.parametrize(
    ("step", "text", "expected"),
    [
        ("lower", "ÄB", "äb"),
        ("strip-special", "a-b_c! 3 é हिन्दी 😀", "a b c  3 é हिन्दी  "),
        ("strip-html", "<b>x</b> 1 < 2 &amp; y<!-- c\n -->", " x  1 < 2 & y "),
        (
            "strip-html",
            "<title>T</title><SCRIPT a='1'>f('<b>')\n</script ><style>p{}</style>x<template>y",
            " T   x y",
        ),
        ("normalize", "𝗯𝗼𝗹𝗱 ＡＢＣ ﬁn", "bold ABC fin"),
        ("join-letters", "m y   o r d e r   i s   l a t e .", "my   order   is   late."),
        ("strip-html", "<style-guide>keep</style-guide><style>p</style>", " keep  "),
        ("strip-html", '<script src="a.js"/>seen<script>f()</script>', " seen "),
        (
            "join-letters",
            "B r e a k i n g   n e w s today in Berlin",
            "Breaking   news today in Berlin",
        ),
        ("join-letters", "A B A C A B A D A", "A B A C A B A D A"),
        ("collapse-space", " a\t\nb  c ", "a b c"),
        ("strip-urls", "see https://a.b/c?d=e, www.x.org now", "see     now"),
    ],
)
def test_steps(step, text, expected):
    assert cleaned([text], [step]) == [expected]


def test_the_order_is_the_one_given():
    text = ["<I>A</I>"]
    assert cleaned(text, ["strip-html", "strip-special", "collapse-space"]) == ["A"]
    assert cleaned(text, ["strip-special", "strip-html", "collapse-space"]) == ["I A I"]


@pytest.mark.parametrize("step", ["strip-special", "collapse-space", "lower"])
@given(text=st.text())
def test_a_second_time_changes_nothing(step, text):
    once = STEPS[step](text)
    assert STEPS[step](once) == once


MARKUP = (
    "<",
    "!",
    "--",
    "<!--",
    "-->",
    ">",
    "a",
    "</",
    " ",
    "<!",
    "<script>",
    "</script>",
    "<style ",
    "<style-guide>",
    "</style-guide>",
    "<script/>",
    "<script src/>",
)


def test_comments_and_tags_are_found_as_by_one_expression():
    rng = np.random.default_rng(0)
    for _ in range(3_000):
        text = "".join(rng.choice(MARKUP, rng.integers(1, 14)))
        unseen = r"<!--.*?-->|<(script|style)(?:[\s/][^<>]*)?(?<!/)>.*?</\1\s*>|</?[A-Za-z][^<>]*>"
        expected = re.sub(unseen, " ", text, flags=re.DOTALL)
        assert cleaned([text], ["strip-html"]) == [html.unescape(expected)]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    "part",
    [
        "<",
        "<!--",
        "<a ",
        "<script>",
        "<style ",
        "<script></script ",
        "&amp",
        "https://",
        "www.",
        "<!-- --",
        "a.",
    ],
)
def test_a_long_text_takes_no_longer_for_each_letter(step, part):
    begun = time.monotonic()
    cleaned([part * 100_000], [step])
    assert time.monotonic() - begun < 10
