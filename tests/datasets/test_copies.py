from __future__ import annotations

import numpy as np

from clusterforge.contracts import Parts, Table, Texts
from clusterforge.datasets.copies import EXACT, NEAR, copies_of

ROWS = np.array([2, 3, 5, 7, 8, 9])


def test_each_copy_names_a_row_that_stays() -> None:
    texts = ["My order is late!", "other", "my order is late", "my order is late", "other", "new"]
    exact, near = copies_of(Texts(texts), ROWS, near=True)
    assert (exact.reason, exact.rows.tolist(), exact.originals.tolist()) == (EXACT, [7, 8], [2, 3])
    assert (near.reason, near.rows.tolist(), near.originals.tolist()) == (NEAR, [5], [2])
    (only,) = copies_of(Texts(texts), ROWS, near=False)
    assert (only.rows.tolist(), only.originals.tolist()) == ([7, 8], [5, 3])


def test_rows_of_numbers_and_none_at_all() -> None:
    table = Table(np.array([[1], [2], [1], [3], [2], [1]], dtype=np.float32))
    (exact,) = copies_of(table, ROWS, near=False)
    assert (exact.rows.tolist(), exact.originals.tolist()) == ([5, 8, 9], [2, 3, 2])
    assert copies_of(Texts(["a", "b"]), ROWS[:2], near=True) == ()


def test_minus_zero_is_zero_as_in_the_counts_of_a_report() -> None:
    table = Table(np.array([[0.0, 1.0], [-0.0, 1.0]], dtype=np.float32))
    (exact,) = copies_of(table, ROWS[:2], near=False)
    assert exact.rows.tolist() == [3]


def test_rows_of_several_parts_are_copies_where_all_parts_are() -> None:
    texts = ["My order is late!", "other", "my order is late", "My order is late!", "other", "new"]
    numbers = Table(np.array([[1], [2], [1], [1], [9], [1]], dtype=np.float32))
    rows = Parts({"text": Texts(texts), "features": numbers})
    (exact,) = copies_of(rows, ROWS, near=False)
    assert (exact.rows.tolist(), exact.originals.tolist()) == ([7], [2])
    exact, near = copies_of(rows, ROWS, near=True)  # of one column near copies can't be told: equal
    assert (exact.rows.tolist(), exact.originals.tolist()) == ([7], [2])
    assert (near.rows.tolist(), near.originals.tolist()) == ([5], [2])
