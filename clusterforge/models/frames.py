"""Data frames, polars and Arrow tables and lists of dicts, read by the columns of a model."""

from __future__ import annotations

import math
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from clusterforge.contracts import Column, Table
from clusterforge.errors import NAME, InputError, bounded

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

Values = Callable[["pa.Table", Sequence[Column]], "pa.Table"]
"""Reads the values of columns as a data set reads those of its files: ``Dataset.read_values``."""

KINDS: Mapping[type, str] = {
    str: "a text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "an object",
}
AS_THE_RUN = "write such values as the data of the run have them, or leave them empty"


def framed(rows: Any) -> Any:
    """Return an Arrow or polars table, or a list of dicts, as a data frame; all else as it is."""
    if hasattr(rows, "to_pandas"):
        return rows.to_pandas()
    if not isinstance(rows, list | tuple) or not any(isinstance(row, Mapping) for row in rows):
        return rows
    for number, row in enumerate(rows, 1):
        if not isinstance(row, Mapping):
            raise InputError(
                f"row {number} is {of_type(row)}, others are dicts",
                remedy="give all rows in one form",
            )
    import pandas as pd

    # Whole numbers stay what they are, also next to a gap.
    return pd.DataFrame([dict(row) for row in rows], dtype=object)


def frame_of(rows: Any) -> pd.DataFrame | None:
    """Return rows as a data frame where they are one, or a list of dicts; else None."""
    found: Any = framed(rows)
    return found if is_frame(found) else None


def is_frame(rows: Any) -> bool:
    """Tell whether rows are a data frame of pandas."""
    pandas = sys.modules.get("pandas")
    return bool(pandas) and isinstance(rows, pandas.DataFrame)  # type: ignore[union-attr]


def is_series(rows: Any) -> bool:
    """Tell whether rows are a column of pandas."""
    pandas = sys.modules.get("pandas")
    return bool(pandas) and isinstance(rows, pandas.Series)  # type: ignore[union-attr]


def is_gap(value: Any) -> bool:
    """Tell whether a value stands for none: None, nan, pandas' NA and NaT."""
    if value is None or isinstance(value, str):
        return value is None
    return bool(isinstance(value, float) and math.isnan(value)) or type(value).__name__ in (
        "NAType",
        "NaTType",
    )


def of_type(value: object) -> str:
    """Write the type of a value with its article."""
    name = type(value).__name__
    return f"{'an' if name[0].lower() in 'aeio' else 'a'} {name}"


def texts_of(values: Sequence[Any], name: str, read: Values | None) -> list[Any]:
    """Return the values of a column of texts, None for texts that stand for no value."""
    if read is None:
        return list(values)
    import pyarrow as pa

    written = [value if isinstance(value, str) else None for value in values]
    table = pa.table({name: pa.chunked_array([pa.array(written, pa.large_string())])})
    there = read(table, ()).column(name).is_valid().to_pylist()
    return [
        None if text is not None and not kept else value
        for value, text, kept in zip(values, written, there, strict=True)
    ]


def typed(frame: pd.DataFrame, columns: tuple[Column, ...], read: Values | None) -> Table:
    """Return a data frame, its columns called by texts, read by the columns of a model.

    Raises
    ------
    InputError
        Where a column is not there, or holds what it does not hold in the model.
    """
    from clusterforge.tables import OddValues, UnseenValues, matrix, unseen

    needed = dict.fromkeys(column.source for column in columns)
    there = frame[[name for name in frame.columns if name in needed]]
    table = arrow(there) if read is None else as_table(there, columns, read)
    try:
        values = matrix(table, columns)
    except OddValues as error:
        raise InputError(error.problem, key=error.key, remedy=AS_THE_RUN) from None
    for remark in unseen(table, columns, values):
        warnings.warn(UnseenValues(remark), stacklevel=outside())
    return Table(values, columns)


def as_table(frame: pd.DataFrame, columns: Sequence[Column], read: Values) -> pa.Table:
    """Return a data frame, its columns called by texts, as a table, its values as a data set reads them.

    Parameters
    ----------
    frame
        The data frame.
    columns
        What its columns are in a model, as far as that is known.
    read
        Reads values.
    """
    import pyarrow as pa

    if frame.columns.has_duplicates:
        twice = frame.columns[frame.columns.duplicated()][0]
        raise InputError(f"the data frame has two columns {twice!r:.60}", remedy="rename one")
    mixed = {name: values for name, values in _objects(frame) if _is_mixed(values)}
    plain = frame.drop(columns=[*mixed]) if mixed else frame
    table = read(arrow(plain), columns) if len(plain.columns) else None
    if not mixed and table is not None:
        return table
    parts = {} if table is None else dict(zip(table.column_names, table.columns, strict=True))
    parts |= {name: _read(frame[[name]], columns, read).column(0) for name in mixed}
    return pa.table({name: parts[name] for name in frame.columns})


def _objects(frame: pd.DataFrame) -> list[tuple[str, pd.Series[Any]]]:
    """Return the columns of a data frame that may hold values of two kinds, by name."""
    if len(frame) < 2:
        return []
    of_objects = [at for at, dtype in enumerate(frame.dtypes) if dtype.kind == "O"]
    found = [(frame.columns[at], frame.iloc[:, at]) for at in of_objects]
    return [(name, values) for name, values in found if values.dtype == object]


def _is_mixed(values: pd.Series[Any]) -> bool:
    """Tell whether a column holds texts among numbers, and nothing else but gaps."""
    from pandas.api.types import infer_dtype

    if not infer_dtype(values, skipna=True).startswith("mixed"):
        return False
    own = [value for value in values if not is_gap(value)]
    texts = sum(isinstance(value, str) for value in own)
    return 0 < texts < len(own) and all(isinstance(value, str | Real) for value in own)


def _read(column: pd.DataFrame, columns: Sequence[Column], read: Values) -> pa.Table:
    """Return one column of texts among numbers as the model's data set reads its values.

    The texts are read for themselves: signs for no value, amounts with units.
    """
    import pyarrow as pa

    name, values = column.columns[0], column.iloc[:, 0]

    def as_read(written: list[Any]) -> list[Any]:
        table = pa.table({name: pa.chunked_array([pa.array(written, pa.large_string())])})
        values: list[Any] = read(table, columns).column(name).to_pylist()
        return values

    found = as_read([value if isinstance(value, str) else None for value in values])
    if any(isinstance(value, str) for value in found):  # as a file has them
        found = [None if is_gap(value) else str(value) for value in values]
        return read(pa.table({name: pa.chunked_array([found])}), columns)
    pairs = zip(values, found, strict=True)
    numbers = [new if isinstance(value, str) else value for value, new in pairs]
    return arrow(column.assign(**{name: np.array([*numbers, None], dtype=object)[:-1]}))


def outside() -> int:
    """Return the ``stacklevel`` by which a warning of the function that asks names the user's line."""
    frame, level = sys._getframe(1), 1
    while frame.f_back and frame.f_globals.get("__name__", "").startswith("clusterforge."):
        frame, level = frame.f_back, level + 1
    return level


def arrow(frame: pd.DataFrame) -> pa.Table:
    """Return a data frame as an Arrow table, its columns called by their names as text.

    Raises
    ------
    InputError
        Where a column holds values of several kinds.
    """
    import pyarrow as pa

    named = plainly_typed(frame.set_axis([str(name) for name in frame.columns], axis=1))
    try:
        for name in named.columns[[str(dtype).startswith("period") for dtype in named.dtypes]]:
            named = named.assign(**{name: named[name].dt.to_timestamp()})
        for name in named.columns[[str(dtype) == "category" for dtype in named.dtypes]]:
            if named[name].cat.categories.dtype.kind == "O":  # of intervals and periods, too
                named = named.assign(**{name: named[name].cat.rename_categories(str)})
        return pa.Table.from_pandas(named, preserve_index=False)
    except (pa.ArrowException, ValueError, TypeError, OverflowError) as error:
        why = " ".join(str(error).split())[:200]
        problem = _several_kinds(named) or f"the data frame can't be read: {why}"
        raise InputError(problem, remedy="give each column values of one kind") from None


def plainly_typed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a data frame with dense columns for sparse ones, and numbers in this machine's byte order."""
    for name, dtype in frame.dtypes.items() if frame.columns.is_unique else ():
        if str(dtype).startswith("Sparse"):
            dense = frame[name].astype(dtype.subtype)
            frame = frame.assign(**{str(name): dense})
        elif isinstance(dtype, np.dtype) and not dtype.isnative:
            frame = frame.assign(**{str(name): frame[name].astype(dtype.newbyteorder("="))})
    return frame


def vectors_of(frame: Any) -> Any:
    """Return the one column of a data frame whose cells are lists or arrays, as an array; else the rows."""
    if not is_frame(frame):
        return frame
    own = [
        column
        for _, column in frame.items()
        if any(isinstance(cell, list | tuple | np.ndarray) for cell in column.head(1))
    ]
    return np.stack(own[0].tolist()) if len(own) == 1 else frame


def _several_kinds(frame: pd.DataFrame) -> str | None:
    """Say which column holds values of two kinds, and in which rows first; None where none does."""
    for name, values in frame.items():
        first: tuple[int, str] | None = None
        for row, value in enumerate(values, 1):
            kind = KINDS.get(type(value))
            if kind is None or value != value:  # a gap, or something that is none of these
                continue
            first = first or (row, kind)
            if kind != first[1]:
                both = f"{first[1]} in row {first[0]} and {kind} in row {row}"
                return f"column {bounded(str(name), NAME)!r} holds {both}"
    return None
