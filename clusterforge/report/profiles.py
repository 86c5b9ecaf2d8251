"""Clusters against other columns of the data: tables, and ways to colour the map."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clusterforge.contracts import IntArray
from clusterforge.formats import number
from clusterforge.report.palette import colour
from clusterforge.report.source import Source
from clusterforge.report.text import short
from clusterforge.runs.records import ColumnProfile, ValueProfile

SHOWN, VALUE = 4, 60
STRENGTH = {"kruskal-wallis": "epsilon squared"}
TESTS = {
    "chi-square": "chi-square test",
    "permutation": "permutation test",
    "kruskal-wallis": "test of Kruskal and Wallis",
}


@dataclass(frozen=True)
class ProfileRow:
    """A cluster and the values that it has more often than other rows, the surest first."""

    name: str
    colour: str
    rows: int
    values: tuple[ValueProfile, ...]


@dataclass(frozen=True)
class ProfileTable:
    """The clusters of a clusterer by one column; ``same`` of them have no value more often."""

    column: ColumnProfile
    summary: str
    rows: tuple[ProfileRow, ...]
    same: int


def profile_tables(source: Source) -> dict[str, list[ProfileTable]]:
    """Return the tables of each clusterer, the best first; empty without profiles."""
    profiles = source.folder.profiles
    if profiles is None:
        return {}
    order = sorted(profiles.clusterings, key=lambda name: name != source.best)
    return {
        name: [_table(source, name, column) for column in columns]
        for name in order
        if (columns := profiles.clusterings[name])
    }


def _table(source: Source, clusterer: str, column: ColumnProfile) -> ProfileTable:
    rows = [
        ProfileRow(
            source.name(clusterer, cluster.cluster),
            source.colour(clusterer, cluster.cluster),
            cluster.rows,
            tuple(marked[:SHOWN]),
        )
        for cluster in sorted(column.clusters, key=lambda cluster: -cluster.rows)
        if (marked := cluster.marked())
    ]
    p = "p < 0.001" if column.p < 0.001 else f"p {number(column.p)}"
    strength = STRENGTH.get(column.test, "Cramér's V")
    summary = f"{strength} {number(column.effect)}, {p} by the {TESTS[column.test]}"
    used = sum(cluster.rows > 0 for cluster in column.clusters)
    return ProfileTable(column, summary, tuple(rows), used - len(rows))


def profile_modes(source: Source, position: IntArray) -> list[tuple[dict[str, object], IntArray]]:
    """Return ways to colour the map: what the page has to know of each, and the value of each row.

    Parameters
    ----------
    source
        The run.
    position
        int64 (m,): the places of the map's rows in the assignments.
    """
    profiled = source.folder.profiled
    modes: list[tuple[dict[str, object], IntArray]] = []
    if profiled is None:
        return modes
    for name, column in zip(profiled.table.column_names, profiled.table.columns, strict=True):
        values = column.combine_chunks()
        codes = values.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
        names = [short(value, VALUE) for value in values.dictionary.to_pylist()]
        about: dict[str, object] = {
            "name": short(name, VALUE),
            "values": names,
            "colours": [colour(i) for i in range(len(names))],
        }
        modes.append((about, codes[position]))
    return modes
