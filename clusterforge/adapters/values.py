"""What a fitted object has learnt, as arrays and JSON values: no pickle, and no code."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from clusterforge.contracts import State

Arrays = dict[str, npt.NDArray[Any]]
SIZES = {"b": (1,), "i": (1, 2, 4, 8), "u": (1, 2, 4, 8), "f": (2, 4, 8)}


class NotKept(Exception):
    """A value that is neither an array nor made of JSON values."""


def learnt(fitted: Any, given: Iterable[str]) -> tuple[State, list[str]]:
    """Return the attributes of an object that are arrays or values, and the names of the others.

    Parameters
    ----------
    fitted
        Any object.
    given
        Names of its constructor's parameters, which are not learnt.
    """
    arrays: Arrays = {}
    meta: dict[str, Any] = {}
    left = []
    for name, value in vars(fitted).items():
        if name in set(given):
            continue
        try:
            own: Arrays = {}
            meta[name] = _written(value, name, own)
            arrays |= own
        except NotKept:
            left.append(name)
    return State(arrays, meta), sorted(left)


def take_up(fresh: Any, state: State) -> None:
    """Set the attributes that ``learnt`` has kept."""
    for name, value in state.meta.items():
        setattr(fresh, name, _read(value, state.arrays))


def _written(value: Any, place: str, arrays: Arrays) -> Any:
    if value is None or isinstance(value, bool | str) or type(value) is int:
        return value
    if type(value) is float:
        return value if math.isfinite(value) else {"float": repr(value)}
    if isinstance(value, np.generic):
        arrays[place] = _numeric(np.asarray(value)).reshape(1)
        return {"scalar": place}
    if type(value) is np.ndarray:
        if value.dtype.kind in "UO" and all(isinstance(item, str) for item in value.flat):
            texts = [str(item) for item in value.ravel()]
            return {"texts": texts, "shape": list(value.shape), "object": value.dtype.kind == "O"}
        arrays[place] = _numeric(value)
        # Products of matrices differ in the last bit with the order in memory.
        order = bool(value.flags.fnc)
        return {"array": place, "shape": list(value.shape), "columns_first": order}
    if type(value) in (list, tuple):
        items = [_written(item, f"{place}.{i}", arrays) for i, item in enumerate(value)]
        return items if type(value) is list else {"tuple": items}
    if type(value) is dict:
        pairs = enumerate(value.items())
        return {
            "dict": [
                [_written(k, f"{place}.{i}.k", arrays), _written(v, f"{place}.{i}.v", arrays)]
                for i, (k, v) in pairs
            ]
        }
    raise NotKept


def _numeric(value: npt.NDArray[Any]) -> npt.NDArray[Any]:
    if value.dtype.itemsize not in SIZES.get(value.dtype.kind, ()) or not value.dtype.isnative:
        raise NotKept
    return np.array(value, order="C")


def _read(value: Any, arrays: Any) -> Any:
    if isinstance(value, list):
        return [_read(item, arrays) for item in value]
    if not isinstance(value, dict):
        return value
    if "float" in value:
        return float(value["float"])
    if "scalar" in value:
        return arrays[value["scalar"]][0]
    if "texts" in value:
        texts = np.array(value["texts"], dtype=object if value["object"] else str)
        return texts.reshape(value["shape"])
    if "array" in value:
        # Stored arrays have a dimension or more.
        array = np.array(arrays[value["array"]]).reshape(value["shape"])
        return np.asfortranarray(array) if value["columns_first"] else array
    if "tuple" in value:
        return tuple(_read(item, arrays) for item in value["tuple"])
    return {_key(_read(k, arrays)): _read(v, arrays) for k, v in value["dict"]}


def _key(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
