from __future__ import annotations

import numpy as np

from clusterforge.explaining.selection import distinct, shown, spaced


def test_rows_that_are_the_same_are_shown_once() -> None:
    points = np.float32([[0, 0], [0, 0], [0.05, 0], [1, 0], [1, 0], [3, 0]])
    rows = np.arange(6)
    assert distinct(rows, points, 0.0, 10, lambda row: row) == [0, 2, 3, 5]
    assert distinct(rows, points, 0.1, 10, lambda row: row) == [0, 3, 5]
    assert distinct(rows, points, 0.0, 2, lambda row: row) == [0, 2]
    assert distinct(rows, points, 0.0, 10, lambda row: row // 3) == [0, 3]
    assert distinct(rows[::-1], points, 0.0, 3, lambda row: row) == [5, 4, 2]


def test_thousands_of_duplicates_do_not_hide_the_rest() -> None:
    points = np.concatenate([np.zeros((5000, 2)), np.eye(2)]).astype(np.float32)
    assert distinct(np.arange(5002), points, 0.0, 12, lambda row: row) == [0, 5000, 5001]


def test_spaced_and_shown() -> None:
    assert spaced(3, 5).tolist() == [0, 1, 2]
    assert spaced(10, 3).tolist() == [0, 3, 6]
    assert (shown(1), shown(20), shown(50)) == ((12, 8), (12, 8), (4, 3))
