"""What becomes of texts that a spreadsheet would execute."""

from __future__ import annotations

import re

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterforge.exporting.cells import EXECUTED, PLAIN_NUMBER, all_numbers, quoted, quoted_column


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+49 30 1", "-x", "\tx", "\rx", "'=1", "-"])
def test_what_would_be_executed_is_quoted(text: str) -> None:
    assert quoted(text) == f"'{text}"


@pytest.mark.parametrize(
    "text", ["", "a=b", "-5", "-0,132", "-1.234,5", "+3.5e-7", "'tis", "5-3", " =1"]
)
def test_all_else_is_left(text: str) -> None:
    assert quoted(text) == text


@given(st.lists(st.none() | st.text(alphabet="'=+-@\t\r1.eE a\n", max_size=6), max_size=20))
def test_a_column_is_quoted_as_its_texts_are_and_can_be_undone(texts: list[str | None]) -> None:
    marked = quoted_column(pa.chunked_array([pa.array(texts, pa.large_string())])).to_pylist()
    assert marked == [None if text is None else quoted(text) for text in texts]
    for text, cell in zip(texts, marked, strict=True):
        if cell is not None:
            risky = re.match(EXECUTED, cell) and not re.fullmatch(PLAIN_NUMBER, cell)
            assert (cell[1:] if risky and cell.startswith("'") else cell) == text


@pytest.mark.parametrize(
    ("texts", "numbers"),
    [
        (["1.10", None, "", "-3"], True),
        (["01234", "1"], False),
        (["1234567890123456"], False),
        (["123456789.123456"], True),
        (["1e5"], False),
        (["+1"], False),
        (["1", "x"], False),
    ],
)
def test_numbers_are_those_that_a_sheet_shows_as_written(
    texts: list[str | None], numbers: bool
) -> None:
    assert all_numbers(pa.chunked_array([pa.array(texts, pa.string())])) is numbers
