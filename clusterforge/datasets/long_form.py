"""Tables in the long form: one row for each measurement, whose name stands in another column."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
import pyarrow as pa

from clusterforge.contracts import Column, IntArray, Numbers
from clusterforge.datasets.odd_categories import MEASURED
from clusterforge.datasets.table_rows import Rows
from clusterforge.formats import first_of
from clusterforge.numerics.arrays import DoubleArray
from clusterforge.tables import texts
from clusterforge.tables.spreads import KNOTS
from clusterforge.tables.unlike import FAR, distance

LOOKED_AT, FEWEST, EACH = 20_000, 20, 5
"""Rows that are looked at, the fewest of a table, and those of each thing that is measured."""
MOST_THINGS, MANY = 100, 10
FULL = 0.6  # of all rows that there would be if each thing were measured each time
NAMED = 3
_SURELY = re.compile(
    r"(?i:_field|variable|metric|measure|measurement|indicator|parameter|attribute|analyte)"
)
_THINGS = re.compile(
    r"(?i)(.*[ _.-])?((variable|parameter|param|metric|measure|measurement|indicator|attribute|"
    r"element|sensor|analyte|test|property|key|feature|channel|tag|signal|question|item|observation|biomarker)s?"
    r"|properties|(sensor|entity|test|variable)[ _]?(id|name|type)"
    r"|what|merkmal|kennzahl|messgröße|series|field)"
)
_VALUE = re.compile(
    r"(?i)(.*[ _.-])?((value|reading|result|measurement|amount|state|answer|response|score|level)s?"
    r"|wert|messwert|valeur|valor|data)"
)


def long_form(values: Numbers, columns: Sequence[Column], rows: Rows) -> Iterator[str]:
    """Say that rows are single measurements of several things, as another column names them.

    Parameters
    ----------
    values
        float (n, d): the train split.
    columns
        What the d columns are.
    rows
        The train split, with its ids.
    """
    table = rows.table.slice(0, LOOKED_AT)
    own = np.asarray(values[:LOOKED_AT], dtype=np.float64)
    numbers = [at for at, column in enumerate(columns) if column.kind == "number"]
    called = [at for at, column in enumerate(columns) if _VALUE.fullmatch(column.name)]
    measured = [at for at in numbers if at in called] or called or numbers
    things = [
        at
        for at, column in enumerate(columns)
        if column.kind == "category" and 2 <= len(column.categories) <= MOST_THINGS
    ]
    if "_value" in (
        names := [column.name for column in columns]
    ):  # of InfluxDB, beside numbers of series
        measured = [names.index("_value")]
    if len(measured) != 1:
        return
    value = measured[0]
    for at in things:
        if at == value:
            continue
        parts = [own[own[:, at] == code, value] for code in range(len(columns[at].categories))]
        parts = [part[np.isfinite(part)] for part in parts]
        parts = [part for part in parts if len(part) >= EACH]
        two = {columns[at].name, columns[value].name}
        others = [
            f.name for f in table.schema if f.name not in two and not pa.types.is_nested(f.type)
        ]
        surely = _SURELY.fullmatch(columns[at].name) and MEASURED.fullmatch(columns[value].name)
        named = _THINGS.fullmatch(columns[at].name) is not None and value in called
        crossed = _are_crossed(table, others, own[:, at], named)
        differ = columns[value].kind == "number" and _differ(parts)
        if surely or (len(table) >= FEWEST and named + crossed + differ >= 2):
            yield _said(columns[at], columns[value], others if crossed else [], own, at, value)
            return


def _are_crossed(table: pa.Table, others: Sequence[str], codes: DoubleArray, named: bool) -> bool:
    """Tell whether rows with the same values in all other columns are one for each thing that is measured."""
    if not others:
        return False
    keys = np.zeros(len(table), dtype=np.int64)
    for name in others:
        encoded = texts(table[name]).combine_chunks().dictionary_encode()
        own: IntArray = np.array(encoded.indices.fill_null(-1), dtype=np.int64)
        keys = np.unique(np.column_stack([keys, own]), axis=0, return_inverse=True)[1].ravel()
    groups, things = int(keys.max()) + 1, len(np.unique(codes))
    pairs = len(np.unique(np.column_stack([keys, codes]), axis=0))
    enough = groups >= (EACH if named else FEWEST)
    return enough and pairs == len(table) and len(table) >= FULL * groups * things


def _differ(parts: Sequence[DoubleArray]) -> bool:
    """Tell whether most of some parts have other numbers than each other."""
    knots = [np.quantile(part, KNOTS, method="inverted_cdf") for part in parts[:MANY]]
    apart = [distance(one, two) >= FAR for one, two in combinations(knots, 2)]
    return 2 * sum(apart) > len(apart)  # none of one part


def _said(
    thing: Column, value: Column, others: Sequence[str], own: DoubleArray, at: int, place: int
) -> str:
    """Return what to know: which things are measured, and how to write one row for those of one."""
    there = [code for code in range(len(thing.categories)) if (own[:, at] == code).any()]
    seen = [f"{thing.categories[code]!r:.30}" for code in there]
    if value.kind == "number":
        middles = (float(np.nanmedian(own[own[:, at] == code, place])) for code in there)
        seen = [f"{middle:,.6g} {name}" for middle, name in zip(middles, seen, strict=True)]
    listed = "medians: " * (value.kind == "number") + first_of(seen, NAMED)
    together, way = "several rows", ""
    if others:
        together = f"rows of one {first_of([f'{name!r:.40}' for name in others], NAMED)}"
        index = others[0] if len(others) == 1 else [*others]
        way = f" (pandas: df.pivot(index={index!r:.90}, columns={thing.name!r:.40}, "
        way += f"values={value.name!r:.40}))"
    return (
        f"column {value.name!r:.60} holds {len(there):,} things, as column {thing.name!r:.60} names them "
        f"({listed}): if {together} belong together, write them as one row, with a column for each{way}"
    )
