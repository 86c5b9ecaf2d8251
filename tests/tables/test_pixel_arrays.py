"""Arrays that are images, and columns of lists that hold them."""

import numpy as np
import pyarrow as pa
import pytest

from clusterforge.tables.pixel_arrays import (
    arrays,
    as_column,
    is_of_arrays,
    look_like_images,
    shape_of,
)


@pytest.mark.parametrize(
    ("shape", "found"),
    [
        ((5, 28, 28), (28, 28, 1)),
        ((5, 32, 32, 3), (32, 32, 3)),
        ((5, 3, 32, 32), (32, 32, 3)),
        ((5, 3, 3, 3), (3, 3, 3)),
        ((5, 7, 9, 11), None),
        ((5, 4), None),
    ],
)
def test_where_channels_stand(shape, found):
    assert shape_of(shape) == found


def test_an_array_comes_back_from_its_column():
    grey = np.arange(4 * 8 * 9, dtype=">u2").reshape(4, 8, 9)
    colour = np.arange(2 * 3 * 8 * 9).reshape(2, 3, 8, 9)
    for array, wanted in ((grey, grey), (colour, np.moveaxis(colour, 1, 3))):
        column = as_column(array)
        assert is_of_arrays(column.type)
        np.testing.assert_array_equal(np.stack([*arrays(column)]), wanted)
        some = pa.chunked_array([column]).take(pa.array([1, 0]))
        np.testing.assert_array_equal(np.stack([*arrays(some)]), wanted[[1, 0]])


def test_lists_without_a_size_are_arrays_row_by_row():
    column = pa.array([[[1, 2], [3, 4]], [[1], [2, 3]]])
    first, second = arrays(column)
    assert first.tolist() == [[1, 2], [3, 4]]
    assert second.size == 0
    bytes_of = pa.array([[[1, 2]], [[3, None]], None, [[4, 5]]], pa.list_(pa.list_(pa.uint8())))
    found = [*arrays(bytes_of)]
    assert [one.size for one in found] == [2, 0, 0, 2]
    assert found[0].dtype == np.uint8
    assert not is_of_arrays(pa.list_(pa.float32()))
    assert not is_of_arrays(pa.list_(pa.list_(pa.string())))


def test_series_are_no_images():
    fractions = np.linspace(0, 1, 10 * 8 * 8).reshape(10, 8, 8)
    assert look_like_images(fractions)
    assert not look_like_images(fractions * 254)
    assert look_like_images(np.rint(fractions * 254))
    assert look_like_images(np.rint(fractions * 254).astype(int))
    assert not look_like_images(np.rint(fractions).astype(int))  # would be nearly black
    assert not look_like_images(np.full((3, 8, 8), "a"))
    assert not look_like_images(fractions - 0.5)
    assert not look_like_images(fractions * 7)
    assert not look_like_images(np.zeros((10, 8, 40), np.uint8))
    assert not look_like_images(np.zeros((10, 7, 7), np.uint8))
