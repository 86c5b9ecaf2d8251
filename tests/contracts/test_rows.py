from functools import partial

import numpy as np
import pytest

from clusterforge.contracts import checked_rows, rows
from clusterforge.errors import InputError
from clusterforge.numerics import arrays

ROWS = np.arange(12, dtype=np.float32).reshape(4, 3)


def test_good_rows_are_given_back_as_they_are() -> None:
    assert checked_rows(ROWS) is ROWS
    assert checked_rows(ROWS, 3) is ROWS
    assert checked_rows(ROWS, least=4) is ROWS


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("values_in_block", [1, 6, 100])
def test_bad_rows_are_counted_in_every_block(
    monkeypatch: pytest.MonkeyPatch, value: float, values_in_block: int
) -> None:
    monkeypatch.setattr(rows, "blocks", partial(arrays.blocks, values=values_in_block))
    bad = ROWS.copy()
    bad[[1, 1, 3], [0, 2, 1]] = value
    for width in (None, 3):
        with pytest.raises(InputError, match=r"2 of 4 rows hold NaN or infinity, .* row 2;"):
            checked_rows(bad, width)


def test_a_sum_beyond_float32_is_finite() -> None:
    large = np.full((2, 4), 3e38, dtype=np.float32)
    assert checked_rows(large) is large


def test_another_width_is_refused() -> None:
    with pytest.raises(InputError, match="rows have 3 columns; it was fitted on 4"):
        checked_rows(ROWS, 4)


@pytest.mark.parametrize(("shape", "least"), [((0, 3), 1), ((4, 0), 1), ((0, 0), 0), ((4, 3), 5)])
def test_too_little_to_fit(shape: tuple[int, int], least: int) -> None:
    with pytest.raises(InputError, match=f"{shape[0]} rows of {shape[1]} columns are too few"):
        checked_rows(np.zeros(shape, np.float32), least=least)


def test_new_rows_may_be_none() -> None:
    none = np.zeros((0, 3), np.float32)
    assert checked_rows(none, 3) is none
    assert checked_rows(none, least=0) is none
