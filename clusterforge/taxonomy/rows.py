"""The rows of one generation, and what the next one is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from clusterforge.contracts import FloatArray, IntArray, Points, Split, State
from clusterforge.storage.atomic import replacing
from clusterforge.taxonomy.labelling import Centres
from clusterforge.taxonomy.records import Generation

SAMPLE = 3000


@dataclass(frozen=True)
class NewRows:
    """Rows that came later.

    Parameters
    ----------
    points
        Their embedding by the run's encoders.
    split
        Their ids and items.
    numbers
        The clusters that the run itself gives them, int64 (n,); None for rows that it does not hold.
    label, source
        What their generation is called, and where they come from.
    notes
        What the reader should know of how they were read.
    """

    points: Points
    split: Split
    label: str
    source: str
    numbers: IntArray | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Snapshot:
    """A generation with its rows.

    Parameters
    ----------
    record
        The generation.
    points, ids
        The rows that the next generation is compared with, float32 (m, d), and their clusters' ids.
    centres
        Where its clusters lie, and those before that are gone.
    row_ids, row_clusters
        The id of every row, and of its cluster: int64 (n,), -1 for noise.
    state
        What its own clusterer left, where one was fitted.
    """

    record: Generation
    points: FloatArray
    ids: IntArray
    centres: Centres
    row_ids: Sequence[str]
    row_clusters: IntArray
    state: State | None = None


def sample(rows: int, seed: int) -> IntArray:
    """Return the positions of at most 3,000 of so many rows, sorted: int64 (m,)."""
    if rows <= SAMPLE:
        return np.arange(rows)
    return np.sort(np.random.default_rng(seed).choice(rows, SAMPLE, replace=False))


def write_rows(path: Path, snapshot: Snapshot) -> None:
    """Write the rows of a generation with the ids of their clusters: ``rows.parquet``."""
    clusters = pa.array(snapshot.row_clusters, pa.int64())
    table = pa.table({"id": pa.array(snapshot.row_ids, pa.string()), "cluster": clusters})
    with replacing(path) as part:
        pq.write_table(table, part)
