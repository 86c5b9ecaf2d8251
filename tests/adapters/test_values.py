"""Arrays and values of a fitted object: kept exactly, or named as not kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterforge.adapters.values import learnt, take_up
from clusterforge.storage.states import read_state, write_state


class Box:
    """Any object."""


SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats() | st.text(max_size=5)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=3) | st.integers(), inner, max_size=3)
    ),
    max_leaves=8,
)


def again(value: Any, folder: Path | None = None) -> Any:
    box, other = Box(), Box()
    box.value = value  # type: ignore[attr-defined]
    state, left = learnt(box, ())
    assert left == []
    if folder is not None:
        write_state(folder, state)
        state = read_state(folder)
    json.dumps(state.meta, allow_nan=False)
    take_up(other, state)
    return other.value  # type: ignore[attr-defined]


@given(VALUES)
def test_values_come_back_as_they_were(value: Any) -> None:
    assert repr(again(value)) == repr(value)


@pytest.mark.parametrize(
    "value",
    [
        np.arange(6, dtype=np.int32).reshape(2, 3),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.float32(0.5),
        np.array(3.0),
        np.array([True, False]),
        np.array(["a", "bc"]),
        np.array([["a"], ["bc"]], dtype=object),
        np.array([], dtype=np.float32),
        np.array([np.nan, np.inf]),
        np.arange(10)[::2],
    ],
    ids=repr,
)
def test_arrays_come_back_from_a_file(value: Any, tmp_path: Path) -> None:
    back = again({"deep": [value]}, tmp_path)["deep"][0]

    assert type(back) is type(value)
    np.testing.assert_array_equal(back, value)
    assert np.asarray(back).dtype == np.asarray(value).dtype
    assert np.shape(back) == np.shape(value)
    assert np.asarray(back).flags.fnc == np.asarray(value).flags.fnc


@pytest.mark.parametrize(
    "value",
    [object(), len, np.array([object()]), np.array([1j]), {1: {2: [{3}]}}, np.ma.array([1.0])],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_value_is_named(value: Any) -> None:
    box = Box()
    box.kept, box.lost, box.given = 1, value, 2  # type: ignore[attr-defined]

    state, left = learnt(box, ["given"])

    assert (dict(state.meta), dict(state.arrays), left) == ({"kept": 1}, {}, ["lost"])
