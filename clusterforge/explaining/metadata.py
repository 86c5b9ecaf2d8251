"""Columns of the user's data as values to count: categories, months, ranges of numbers."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from clusterforge.contracts import IntArray
from clusterforge.formats import number
from clusterforge.runs.records import ColumnKind

CATEGORIES, FEW_NUMBERS, QUANTILES, MONTHS = 20, 10, 4, 24
OTHER = "other"
NUMBER = r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$"
DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].*)?$"


class Unusable(ValueError):
    """A column has no values to count; the message says why."""


@dataclass(frozen=True)
class Values:
    """The values of a column.

    Parameters
    ----------
    kind
        What they are.
    names
        The k values, in order.
    codes
        int64 (n,): the value of each row, -1 where it has none.
    numbers
        float64 (n,), nan where it has none; None where they are no numbers.
    """

    kind: ColumnKind
    names: tuple[str, ...]
    codes: IntArray
    numbers: npt.NDArray[np.float64] | None = None


def values_of(column: pa.ChunkedArray, *, untyped: bool = False) -> Values:
    """Return the values of a column.

    Parameters
    ----------
    column
        n values of any type.
    untyped
        Whether its texts may be numbers.

    Raises
    ------
    Unusable
        Where it can't be counted, or every row has a value of its own.
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        return values_of(column.cast(kind.value_type), untyped=untyped)
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return _dates(pc.strftime(column, "%Y-%m-%d"))
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return _numbers(column.cast(pa.float64(), safe=False))
    if pa.types.is_boolean(kind):
        return _categories(column.cast(pa.string()))
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        raise Unusable(f"it holds {kind}")
    texts = column.cast(pa.large_string())
    texts = pc.if_else(pc.equal(pc.utf8_trim_whitespace(texts), ""), None, texts)
    if texts.null_count < len(texts):
        if pc.all(pc.match_substring_regex(texts, DATE)).as_py():
            return _dates(texts)
        if untyped and pc.all(pc.match_substring_regex(texts, NUMBER)).as_py():
            return _numbers(texts.cast(pa.float64()))
    return _categories(texts)


def _dates(texts: pa.ChunkedArray) -> Values:
    months = pc.utf8_slice_codeunits(texts, 0, 7)
    if len(months.unique().drop_null()) < 2:
        return _coded("day", pc.utf8_slice_codeunits(texts, 0, 10), None)
    if len(months.unique().drop_null()) <= MONTHS:
        return _coded("month", months, None)
    return _coded("year", pc.utf8_slice_codeunits(texts, 0, 4), None)


def _categories(texts: pa.ChunkedArray) -> Values:
    counts = texts.drop_null().value_counts()
    rows = np.array([entry["counts"].as_py() for entry in counts])
    if len(rows) > CATEGORIES and np.median(rows) == 1:
        raise Unusable(f"it has {len(rows):,} values, most of them once")
    if len(rows) > CATEGORIES:
        order = np.argsort(-rows, kind="stable")[: CATEGORIES - 1]
        often = counts.field("values").take(pa.array(order))
        known = pc.is_in(texts, value_set=often)
        texts = pc.if_else(pc.or_(known, pc.is_null(texts)), texts, OTHER)
    return _coded("category", texts, OTHER if len(rows) > CATEGORIES else None)


def _numbers(column: pa.ChunkedArray) -> Values:
    numbers = column.to_numpy().astype(np.float64)
    numbers[~np.isfinite(numbers)] = np.nan
    different = np.unique(numbers[~np.isnan(numbers)])
    own = len(different) > CATEGORIES and len(different) == len(numbers)
    if own and (different == np.round(different)).all():
        raise Unusable("every row has a whole number of its own, as ids have")
    if len(different) <= FEW_NUMBERS:
        codes = np.where(np.isnan(numbers), -1, np.searchsorted(different, numbers))
        names = tuple(f"{value:g}" for value in different)
        return _enough(Values("category", names, codes.astype(np.int64)))
    edges = np.unique(np.nanquantile(numbers, np.linspace(0, 1, QUANTILES + 1)[1:-1]))
    codes = np.where(np.isnan(numbers), -1, np.searchsorted(edges, numbers)).astype(np.int64)
    written = [number(float(edge)) for edge in edges]
    between = [f"{a} to {b}" for a, b in itertools.pairwise(written)]
    names = (f"up to {written[0]}", *between, f"above {written[-1]}")
    return Values("number", names, codes, numbers)


def _coded(kind: ColumnKind, texts: pa.ChunkedArray, last: str | None) -> Values:
    listed = sorted(texts.drop_null().unique().to_pylist(), key=lambda name: (name == last, name))
    codes = pc.index_in(texts, value_set=pa.array(listed, texts.type)).fill_null(-1)
    return _enough(Values(kind, tuple(listed), codes.to_numpy().astype(np.int64)))


def _enough(values: Values) -> Values:
    if len(values.names) < 2:
        raise Unusable("it has one value" if values.names else "it has no values")
    return values
