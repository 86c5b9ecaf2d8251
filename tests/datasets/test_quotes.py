"""Quotes of csv files, against a check character by character."""

import random

import pytest

from clusterforge.datasets.quotes import OpenQuote, QuoteCheck

ENDS = ",\r\n"


def by_hand(text):
    """Return where the first quote opens that does not close; None: all do."""
    opened, at, beginning = None, 0, True
    while at < len(text):
        character, following = text[at], text[at + 1 : at + 2]
        if opened is None:
            if character == '"' and beginning:
                opened = at
            beginning = character in ENDS
        elif character == '"' and following == '"':
            at += 1
        elif character == '"':
            if following and following not in ENDS:
                return opened
            opened, beginning = None, False
        at += 1
    return opened


def checked(text, size):
    check, data = QuoteCheck(","), text.encode()
    try:
        for start in range(0, len(data), size):
            check.feed(data[start : start + size])
        check.finish()
    except OpenQuote as error:
        return error.opened
    return None


@pytest.mark.parametrize("size", [1, 3, 100])
def test_against_a_check_by_hand(size):
    draw = random.Random(size)
    texts = ["".join(draw.choices('",a\n', k=draw.randint(1, 14))) for _ in range(3000)]
    expected = [by_hand(text) for text in texts]
    assert 0 < sum(opened is None for opened in expected) < len(texts)
    assert [checked(text, size) for text in texts] == expected


def test_the_message_names_both_lines():
    with pytest.raises(OpenQuote) as error:
        QuoteCheck(",").feed(b'a,b\n1,"x\n2,"y"\n')
    assert (error.value.opened, error.value.closed) == (6, 11)
