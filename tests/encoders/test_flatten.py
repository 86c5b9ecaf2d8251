from __future__ import annotations

import numpy as np
import pytest

from clusterforge.builtin.frozen_encoders import FlattenParams
from clusterforge.contracts import Context, Images, Table, View
from clusterforge.encoders.scale import Flatten
from clusterforge.errors import InputError


def flat(view: View) -> np.ndarray:
    return Flatten(FlattenParams()).fit_encode(view, Context())


def test_images_become_rows_of_pixels_between_0_and_1() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (5, 3, 4, 2)).astype(np.uint8)
    answer = flat(View(Images(pixels)))
    assert answer.dtype == np.float32
    np.testing.assert_array_equal(
        answer, pixels.reshape(5, -1).astype(np.float32) / np.float32(255)
    )


def test_tables_and_embeddings_pass() -> None:
    rows = np.arange(6, dtype=np.float32).reshape(3, 2)
    assert np.array_equal(flat(View(Table(rows))), rows)
    assert np.array_equal(flat(View(Table(rows), embedding=rows[:, :1])), rows[:, :1])


def test_not_finite_rows_are_counted() -> None:
    rows = np.zeros((4, 2), dtype=np.float32)
    rows[1, 0], rows[3, 1] = np.nan, np.inf
    with pytest.raises(InputError, match="2 of 4 rows"):
        flat(View(Table(rows)))


def test_images_of_several_sizes_are_refused() -> None:
    class Mixed(Images):
        shape = None

    with pytest.raises(InputError, match="several sizes"):
        flat(View(Mixed(np.zeros((2, 2, 2, 1), dtype=np.uint8))))
