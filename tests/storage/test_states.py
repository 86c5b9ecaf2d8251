from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from clusterforge.contracts import State
from clusterforge.errors import InputError
from clusterforge.storage.stages import seal, sealed
from clusterforge.storage.states import read_state, write_state


@given(
    hnp.arrays(
        st.sampled_from([np.float32, np.float64, np.int64, np.bool_, np.uint8]),
        hnp.array_shapes(min_dims=0, max_dims=3, min_side=0),
    )
)
def test_arrays_come_back_as_they_went(
    tmp_path_factory: pytest.TempPathFactory, array: npt.NDArray[np.float32]
) -> None:
    folder = tmp_path_factory.mktemp("state")
    write_state(folder, State({"a": array}, {"k": 3, "text": "é\u2028"}))
    state = read_state(folder)
    np.testing.assert_array_equal(state.arrays["a"], array)
    assert state.arrays["a"].dtype == array.dtype
    assert state.meta == {"k": 3, "text": "é\u2028"}


def test_transposed_arrays_keep_their_values(tmp_path: Path) -> None:
    array = np.arange(6.0).reshape(2, 3).T
    write_state(tmp_path, State({"a": array}))
    np.testing.assert_array_equal(read_state(tmp_path).arrays["a"], array)


def test_a_damaged_state_is_refused(tmp_path: Path) -> None:
    write_state(tmp_path, State({"a": np.arange(3)}))
    path = tmp_path / "state.safetensors"
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(InputError, match="can't be read"):
        read_state(tmp_path)


def test_a_flipped_bit_breaks_the_seal(tmp_path: Path) -> None:
    write_state(tmp_path, State({"a": np.arange(3)}))
    seal(tmp_path, "key")
    assert sealed(tmp_path, "key")
    assert not sealed(tmp_path, "other")
    path = tmp_path / "state.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))
    assert not sealed(tmp_path, "key")


def test_parts_and_prefixes_are_inverse() -> None:
    state = State({"w": np.ones(2)}, {"k": 1})
    joined = state.within("network") | State({"c": np.zeros(1)}).within("loss")
    assert joined.part("network").meta == {"k": 1}
    assert set(joined.part("loss").arrays) == {"c"}
