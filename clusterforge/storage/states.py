"""Fitted state on disk: arrays as safetensors, values as JSON; never a pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from clusterforge.contracts import State
from clusterforge.errors import InputError
from clusterforge.storage.atomic import replacing, write_json

ARRAYS = "state.safetensors"
META = "state.json"
NOT_FINITE = "not finite"  # key of the names of arrays in which nan and infinity have a meaning


def write_state(folder: Path, state: State) -> None:
    """Write a state's two files into a folder."""
    arrays = {name: np.ascontiguousarray(array) for name, array in state.arrays.items()}
    with replacing(folder / ARRAYS) as part:
        save_file(arrays, part, metadata={NOT_FINITE: "\n".join(_not_finite(arrays))})
    write_json(folder / META, dict(state.meta))


def read_state(folder: Path) -> State:
    """Read a state from a folder.

    Raises
    ------
    InputError
        Where the files are missing or damaged.
    """
    try:
        with safe_open(folder / ARRAYS, framework="numpy") as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            known = (file.metadata() or {}).get(NOT_FINITE, "").split("\n")
        if damaged := set(_not_finite(arrays)).difference(known):
            raise ValueError(f"{min(damaged)} holds values that are no numbers")
        meta = json.loads((folder / META).read_text("utf-8"))
        if not isinstance(meta, dict):
            raise ValueError(f"{META} holds no object")
    except (OSError, SafetensorError, ValueError, RecursionError) as error:
        raise InputError(
            f"the stored state can't be read ({error})",
            file=str(folder),
            remedy="run the recipe again",
        ) from error
    return State(arrays, meta)


def _not_finite(arrays: Mapping[str, npt.NDArray[Any]]) -> list[str]:
    """Return the names of the arrays with values that are no numbers, or infinite."""
    return [
        name
        for name, array in arrays.items()
        if array.dtype.kind == "f" and not np.isfinite(array).all()
    ]
