"""Folders that ``save_to_disk`` of the library datasets has written."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from clusterforge.datasets.file_names import is_held_out, split_called
from clusterforge.datasets.signatures import PATH
from clusterforge.errors import InputError

_SPLIT_LIST, _STATE = "dataset_dict.json", "state.json"


def saved_files(folder: Path, key: str) -> dict[str, list[Path]]:
    """Return the files of a data set that ``save_to_disk`` of the library datasets has written."""
    if (folder / _SPLIT_LIST).is_file():
        names = json.loads((folder / _SPLIT_LIST).read_text("utf-8"))["splits"]
        saved: dict[str, list[Path]] = {}
        for name in names:  # valid and validation are one split
            own = saved_files(folder / name, key)
            if not own:
                raise _not_there(folder / name, _SPLIT_LIST, key)
            saved.setdefault(split_called(name) or name, []).extend(own["train"])
        if "train" not in saved:
            raise _without_train(folder, names, key)
        return saved
    if not (folder / _STATE).is_file():
        return {}
    state = json.loads((folder / _STATE).read_text("utf-8"))
    paths = [folder / one["filename"] for one in state["_data_files"]]
    for path in paths:
        if not path.is_file():
            raise _not_there(path, _STATE, key)
    return {"train": paths}


def is_saved(folder: Path) -> bool:
    """Tell whether a folder is what ``save_to_disk`` of the library datasets has written."""
    return any(
        key in _stated(folder / name)
        for name, key in ((_SPLIT_LIST, "splits"), (_STATE, "_data_files"))
    )


def _stated(path: Path) -> Mapping[str, object]:
    """Return the object in a JSON file; an empty one where there is none."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _not_there(path: Path, listing: str, key: str) -> InputError:
    return InputError(
        f"{path} is not there, but {listing} names it",
        key=key,
        remedy="save the data set again",
    )


def _without_train(folder: Path, names: Sequence[str], key: str) -> InputError:
    """Return the error for a data set without a split called train, with what to name instead."""
    if not names:
        return InputError(f"{folder} has no splits", key=key, remedy="save the data set again")
    held = [name for name in names if is_held_out(name)]
    first = next((name for name in names if name not in held), names[0])
    one = f'{key} = "{folder / first}"'
    others = (name for name in held if name != first and key == PATH)
    test = next((f', test = "{folder / name}"' for name in others), "")
    return InputError(
        f"{folder} has no split called train, but {', '.join(names)}",
        key=key,
        remedy=f"name the folder of one: {one}{test}",
    )
