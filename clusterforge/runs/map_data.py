"""``projection.parquet``: some rows of a run in two dimensions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from clusterforge.contracts import FloatArray, IntArray
from clusterforge.runs.assignments import Assignments
from clusterforge.runs.records import damaged
from clusterforge.storage.atomic import replacing


@dataclass(frozen=True)
class MapData:
    """The rows of the map.

    Parameters
    ----------
    position
        int64 (m,): the place of each row in the assignments.
    xy
        float32 (m, 2), finite.
    """

    position: IntArray
    xy: FloatArray

    def __len__(self) -> int:
        return len(self.position)


def write_map(path: Path, rows: Mapping[str, IntArray], places: Mapping[str, FloatArray]) -> None:
    """Write the rows of some splits, int64 (m,) each, and their places, float32 (m, 2)."""
    table = pa.table(
        {
            "split": pa.array(np.repeat([*rows], [len(of) for of in rows.values()]), pa.string()),
            "row": pa.array(np.concatenate([*rows.values()]), pa.int64()),
            "x": pa.array(np.concatenate([places[name][:, 0] for name in rows]), pa.float32()),
            "y": pa.array(np.concatenate([places[name][:, 1] for name in rows]), pa.float32()),
        }
    )
    with replacing(path) as part:
        pq.write_table(table, part)


def read_map(path: Path, assignments: Assignments) -> MapData:
    """Read the rows of the map.

    Raises
    ------
    InputError
        Where the file is not what a run writes.
    """
    try:
        table = pq.read_table(path)
        xy = np.stack([table["x"].to_numpy(), table["y"].to_numpy()], axis=1)
        row, split = table["row"].to_numpy(), table["split"].to_pylist()
        starts = [assignments.rows(name) for name in split]
    except (pa.ArrowException, OSError, KeyError, TypeError, ValueError) as error:
        raise damaged(path, str(error)) from error
    position = row + np.array([of.start for of in starts], np.int64)
    stops = np.array([of.stop for of in starts], np.int64)
    if not np.isfinite(xy).all() or (row < 0).any() or (position >= stops).any():
        raise damaged(path, "it shows rows that the run does not have, or places without a number")
    return MapData(position.astype(np.int64), xy.astype(np.float32))
