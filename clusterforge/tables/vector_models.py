"""Columns that may name the model that made each row's vector: vectors of several are no neighbours."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from clusterforge.tables.arrow import is_list, is_number

_CALLED = re.compile(r"(^|[_\W])(model|encoder|embedder|version)([_\W]|$)", re.IGNORECASE)
LOOKED_AT, FEWEST = 2_000, 20
MODELS = 4  # at most: models of cars are more
OWN = 0.95  # of the rows have the same value as their nearest neighbour


def names_models(name: str) -> bool:
    """Tell whether a column is called as if it held names of models."""
    return _CALLED.search(name) is not None


def several_models(table: pa.Table, vectors: str) -> Iterator[str]:
    """Say that a column seems to name the models that made a split's vectors."""
    if name := origin(table, vectors, table.column_names):
        yield said_of(name)


def said_of(name: str) -> str:
    """Return what to know where a column tells which vectors are near."""
    return (
        f"which vectors are near is told by column {name!r:.60}: if it names what made them, those of "
        "several models can't be compared: make all by one, or cluster those of each alone"
    )


def origin(table: pa.Table, vectors: str, names: Sequence[str]) -> str:
    """Return which column is called like models and tells which vectors are near; empty for none."""
    if vectors not in table.column_names or not is_list(kind := table[vectors].type):
        return ""
    if not is_number(kind.value_type):
        return ""
    first = table.slice(0, LOOKED_AT)
    lists = first[vectors].to_pylist()
    there = [row for row, one in enumerate(lists) if one and None not in one]
    if len(there) < FEWEST or len({len(lists[row]) for row in there}) > 1:
        return ""
    values = np.array([lists[row] for row in there], dtype=np.float64)
    values[~np.isfinite(values)] = 0.0
    values /= np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-30)
    near = values @ values.T
    np.fill_diagonal(near, -np.inf)
    nearest = near.argmax(axis=1)
    for name in filter(names_models, names):
        written = [str(first[name][row].as_py()) for row in there]
        _, codes, counts = np.unique(written, return_inverse=True, return_counts=True)
        by_chance = float(((counts / counts.sum()) ** 2).sum())
        told = (codes == codes[nearest]).mean() >= max(OWN, (1 + by_chance) / 2)
        if told and 1 < len(counts) <= MODELS:
            return name
    return ""
