"""From a column of true labels to int64 codes with names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clusterforge.contracts import IntArray
from clusterforge.errors import InputError
from clusterforge.formats import are, count
from clusterforge.tables.arrow import decoded

UNLABELLED = -1
KEY = "label"
_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?")
GAPS = frozenset(
    {
        "na",
        "n/a",
        "#n/a",
        "nan",
        "null",
        "none",
        "<na>",
        "nat",
        "(null)",
        "(none)",
        "(blank)",
        "\\n",
    }
)
"""What stands between numbers for no label; ``\\N`` is what databases write."""


def encode(
    columns: Mapping[str, Any], names: Sequence[str] = ()
) -> tuple[dict[str, IntArray], tuple[str, ...]]:
    """Return the codes of each split's labels and the names they stand for.

    Parameters
    ----------
    columns
        The label column of each split, all of one data set.
    names
        The names that integer labels index, where the data set says so (a ``ClassLabel``).

    Returns
    -------
    codes, names
        int64 (n,) for each split, -1 where the label is null, -1 or empty; values are coded in
        their sorted order over all splits.
    """
    values = {split: _values(column) for split, column in columns.items()}
    numeric = {split: isinstance(value, np.ndarray) for split, value in values.items()}
    if len(set(numeric.values())) > 1:
        kinds = ", ".join(f"{s}: {columns[s].type}" for s in columns)
        raise InputError(f"the splits hold labels of different types ({kinds})", key=KEY)
    if all(numeric.values()):
        if names:
            return {s: _indices(v, names, s) for s, v in values.items()}, tuple(names)
        boolean = all(pa.types.is_boolean(column.type) for column in columns.values())
        return _coded_numbers(values, boolean=boolean)
    labels = _in_order({v for value in values.values() for v in value if v is not None})
    code = {name: index for index, name in enumerate(labels)}
    codes = {
        s: np.fromiter((code.get(v, UNLABELLED) for v in value), dtype=np.int64, count=len(value))
        for s, value in values.items()
    }
    return codes, tuple(labels)


def _in_order(texts: set[str]) -> list[str]:
    """Return the texts that are labels, numbers in their order: 2 before 10, and 007 is not 7."""
    numbers = {text: float(text) for text in texts if _NUMBER.fullmatch(text.strip())}
    if not numbers or any(text.strip().lower() not in GAPS for text in texts - {*numbers}):
        return sorted(texts - {str(UNLABELLED)})
    if {*numbers.values()} == {-1, 1}:
        raise _only_signs()
    labels = [text for text, number in numbers.items() if number != UNLABELLED]
    return sorted(labels, key=lambda text: (numbers[text], text))


def _values(column: Any) -> Any:
    """Return int64 (n,), or a list of str and None."""
    column = decoded(column)
    if pa.types.is_null(column.type):
        return np.full(len(column), UNLABELLED, dtype=np.int64)
    kind = column.type
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        column = column.cast(pa.float64(), safe=False)
        column = pc.if_else(pc.is_nan(column), None, column)
        whole = pc.equal(column, pc.floor(column))
        if pc.all(whole).as_py() is False:
            raise InputError("the label column holds fractions", key=KEY, remedy="is it a feature?")
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind) or column.type == pa.float64():
        try:
            filled = column.cast(pa.int64()).fill_null(UNLABELLED)
        except pa.ArrowInvalid:
            raise InputError("the label column holds numbers beyond 64 bits", key=KEY) from None
        return filled.to_numpy()
    texts = column.cast(pa.large_string()).to_pylist()
    return [text if text and text.strip() else None for text in texts]


def _indices(values: IntArray, names: Sequence[str], split: str) -> IntArray:
    bad = values[(values < UNLABELLED) | (values >= len(names))]
    if len(bad):
        raise InputError(
            f"split {split!r} holds label {bad[0]}, but there {are(len(names))} "
            f"{count(len(names), 'class')}",
            key=KEY,
        )
    return values.astype(np.int64, copy=False)


def _only_signs() -> InputError:
    return InputError(
        "holds only 1 and -1, and -1 means unlabelled",
        key=KEY,
        remedy="write the classes as 0 and 1, or as names",
    )


def _coded_numbers(
    values: Mapping[str, IntArray], *, boolean: bool
) -> tuple[dict[str, IntArray], tuple[str, ...]]:
    numbers = np.unique(np.concatenate(list(values.values())))
    if numbers.tolist() == [-1, 1] and not boolean:
        raise _only_signs()
    numbers = numbers[numbers != UNLABELLED]
    codes = {}
    for split, value in values.items():
        code = np.searchsorted(numbers, value).astype(np.int64)
        codes[split] = np.where(value == UNLABELLED, np.int64(UNLABELLED), code)
    if boolean:
        return codes, tuple("true" if value else "false" for value in numbers)
    return codes, tuple(str(value) for value in numbers)
