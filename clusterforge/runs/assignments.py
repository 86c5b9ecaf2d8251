"""``assignments.parquet``: the split, the id, the true class and the clusters of every row."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from clusterforge.contracts import IntArray
from clusterforge.runs.records import RunRecord, damaged
from clusterforge.storage.atomic import replacing

UNLABELLED = -2
FIXED = ("split", "id", "label")
LAYER = "/"  # no clusterer has it in its id


@dataclass(frozen=True)
class Assignments:
    """The cluster of every row of a run, split after split.

    Parameters
    ----------
    splits
        The names of the splits, in the order of the rows.
    split
        int64 (n,): the position in ``splits`` of each row's split.
    names
        Strings (n,): what each row is called, as an Arrow array.
    classes
        The names of the classes; empty without labels.
    truth
        int64 (n,): the class of each row, -1 where it is unlabelled.
    clusters
        For each clusterer int64 (n,): the cluster of each row, -1 for noise, -2 where the clusterer
        has not labelled it.
    layers
        For each layer of a clustering, ``kmeans/10``, int64 (n,): the group of each row, as in
        ``clusters``.
    """

    splits: tuple[str, ...]
    split: IntArray
    names: pa.StringArray
    classes: tuple[str, ...]
    truth: IntArray
    clusters: dict[str, IntArray]
    layers: dict[str, IntArray] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.split)

    @cached_property
    def ids(self) -> npt.NDArray[np.str_]:
        """What each row is called: str (n,). Of some rows, ask :meth:`ids_of`: all may take gigabytes."""
        return np.array(self.names.to_pylist(), dtype=np.str_)

    def ids_of(self, rows: IntArray) -> list[str]:
        """Return what some rows are called, int64 (m,)."""
        found: list[str] = self.names.take(pa.array(rows, pa.int64())).to_pylist()
        return found

    def rows(self, split: str) -> slice:
        """Return where the rows of a split stand."""
        return self._slices[split]

    @cached_property
    def _slices(self) -> dict[str, slice]:
        ends = np.cumsum(np.bincount(self.split, minlength=len(self.splits))).tolist()
        starts = [0, *ends[:-1]]
        return {name: slice(a, b) for name, a, b in zip(self.splits, starts, ends, strict=True)}


def write_assignments(path: Path, assignments: Assignments) -> None:
    """Write ``assignments.parquet``.

    Raises
    ------
    EnvironmentProblem
        Where the file can't be written.
    """
    truth = assignments.truth
    columns: dict[str, Any] = {
        "split": pa.array(assignments.splits, pa.string()).take(pa.array(assignments.split)),
        "id": assignments.names,
        "label": pa.array(assignments.classes, pa.string()).take(pa.array(truth, mask=truth < 0)),
    }
    for clusterer, labels in (assignments.clusters | assignments.layers).items():
        columns[clusterer] = pa.array(labels, pa.int64(), mask=labels == UNLABELLED)
    with replacing(path) as part:
        pq.write_table(pa.table(columns), part)


def read_assignments(path: Path, run: RunRecord) -> Assignments:
    """Read ``assignments.parquet``.

    Raises
    ------
    InputError
        Where it is not what a run writes.
    """
    try:
        file = pq.ParquetFile(path, memory_map=True)

        def column(name: str) -> Any:  # one at a time: all of them may take gigabytes
            return file.read(columns=[name])[name].unify_dictionaries().combine_chunks()

        split, label = (column(name).dictionary_encode() for name in ("split", "label"))
        names = column("id").cast(pa.string())
        if names.null_count:
            raise ValueError("rows have no id")
        labelings = {
            name: column(name).fill_null(UNLABELLED).to_numpy().astype(np.int64, copy=False)
            for name in file.schema_arrow.names
            if name not in FIXED
        }
        pa.default_memory_pool().release_unused()
    except (pa.ArrowException, OSError, KeyError, TypeError, ValueError) as error:
        raise damaged(path, str(error)) from error
    splits = tuple(split.dictionary.to_pylist())
    sizes = {name: record.rows for name, record in run.data.splits.items() if record.rows}
    number = split.indices.to_numpy().astype(np.int64)
    if (
        dict(zip(splits, np.bincount(number).tolist(), strict=True)) != sizes
        or (np.diff(number) < 0).any()
    ):
        raise damaged(path, f"its rows are not those of {', '.join(run.data.splits)}")
    present = label.dictionary.to_pylist()
    classes = tuple(dict.fromkeys([*run.data.label_names, *sorted(present)])) if present else ()
    place = np.array([*map(classes.index, present), -1], dtype=np.int64)
    truth = place[label.indices.fill_null(len(present)).to_numpy()]
    layers = {name: labels for name, labels in labelings.items() if LAYER in name}
    clusters = {name: labels for name, labels in labelings.items() if LAYER not in name}
    return Assignments(splits, number, names, classes, truth, clusters, layers)


def id_names(ids: npt.NDArray[Any]) -> pa.StringArray:
    """Return ids, int64 or str (n,), as strings of Arrow."""
    if ids.dtype.kind in "iu":
        return pa.array(ids).cast(pa.string())
    return pa.array(ids.astype(str).tolist(), pa.string())
