"""Fitted state on disk: arrays as safetensors, values as JSON; never a pickle."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from clusterforge.contracts import State
from clusterforge.errors import InputError
from clusterforge.storage.atomic import replacing, write_json

ARRAYS = "state.safetensors"
META = "state.json"


def write_state(folder: Path, state: State) -> None:
    """Write a state's two files into a folder."""
    arrays = {name: np.ascontiguousarray(array) for name, array in state.arrays.items()}
    with replacing(folder / ARRAYS) as part:
        save_file(arrays, part)
    write_json(folder / META, dict(state.meta))


def read_state(folder: Path) -> State:
    """Read a state from a folder.

    Raises
    ------
    InputError
        Where the files are missing or damaged.
    """
    try:
        arrays = load_file(folder / ARRAYS)
        meta = json.loads((folder / META).read_text("utf-8"))
    except (OSError, SafetensorError, ValueError) as error:
        raise InputError(
            f"the stored state can't be read ({error})",
            file=str(folder),
            remedy="run the recipe again",
        ) from error
    return State(arrays, meta)
