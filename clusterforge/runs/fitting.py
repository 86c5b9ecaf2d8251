"""Whether the files of a run fit together, where each alone is what its hash says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from clusterforge.errors import ClusterforgeError, InputError
from clusterforge.numerics.arrays import blocks
from clusterforge.runs import files
from clusterforge.runs.assignments import UNLABELLED, Assignments
from clusterforge.runs.records import ClusteringRecord, Evaluation, Explanations, Metrics, RunRecord
from clusterforge.storage.stages import STAGE, whole
from clusterforge.storage.states import META

if TYPE_CHECKING:
    from clusterforge.runs.folder import RunFolder

NUMBERS = {"f": "decimal numbers", "i": "whole numbers"}


def unfitting(path: Path | str, problem: str) -> InputError:
    """Return the error for a file that is not that of the others, the problem in a few words."""
    return InputError(
        f"its files don't fit together ({' '.join(problem.split())[:200]})",
        file=str(path),
        remedy="restore the folder from a copy, or run the recipe again",
    )


def check_array(path: Path, name: str, array: npt.NDArray[Any], run: RunRecord) -> None:
    """Check an array against what ``run.json`` says of the rows of its split.

    Raises
    ------
    InputError
        Where it is not of as many rows, not of such numbers, or has some that are none.
    """
    room, _, rest = name.partition("/")
    entry, _, file = rest.partition("/")
    split = next((one for one in run.data.splits if file.startswith(f"{one}.")), None)
    if array.dtype.kind not in NUMBERS:
        raise unfitting(path, f"it holds {array.dtype}, and no numbers")
    if split is None or room == files.SCORES:
        return
    rows, own = run.data.splits[split].rows, file == f"{split}.npy"
    kind = "i" if own and room == files.CLUSTERERS else "f"
    if array.dtype.kind != kind:
        raise unfitting(path, f"it holds {array.dtype} in place of {NUMBERS[kind]}")
    flat = room == files.EVALUATIONS
    if not array.ndim or len(array) != rows or (flat and array.ndim != 1):
        raise unfitting(path, f"its shape is {array.shape}, the split has {rows} rows")
    if room == files.ENCODERS and own:
        dim = next(
            (one.dim for i, one in enumerate(run.encoders) if entry == f"{i}-{one.id}"), None
        )
        if array.ndim != 2 or dim not in (None, array.shape[1]):
            raise unfitting(
                path, f"its shape is {array.shape}, the encoder gives {dim} numbers per row"
            )
    parts = blocks(rows, prod(array.shape[1:]))
    checked = room in (files.ENCODERS, files.CLUSTERERS)
    if checked and not all(np.isfinite(array[part]).all() for part in parts):
        raise unfitting(path, "it holds values that are no numbers")


def check_metrics(path: Path, metrics: Metrics, run: RunRecord) -> None:
    """Check that the scores are of this run's clusterings and splits.

    Raises
    ------
    InputError
        Where they are not.
    """
    if not metrics.clusterings:
        raise unfitting(path, "there is no clustering")
    for score in metrics.scores:
        if score.clusterer not in metrics.clusterings:
            raise unfitting(
                path, f"a score is of {score.clusterer!r}, which is no clustering of it"
            )
        if score.split not in run.data.splits or score.metric not in metrics.metrics:
            raise unfitting(path, f"there is no {score.metric} or no split {score.split}")


def check_assignments(path: Path, table: Assignments, metrics: Metrics) -> None:
    """Check that the cluster of every row is one of those that ``metrics.json`` counts.

    Raises
    ------
    InputError
        Where it is not.
    """
    if set(table.clusters) != set(metrics.clusterings):
        raise unfitting(path, f"its clusterings are {', '.join(table.clusters) or 'none'}")
    for name, labels in table.clusters.items():
        record = metrics.clusterings[name]
        for split in table.splits:
            part = labels[table.rows(split)]
            numbers, counts = np.unique(part[part != UNLABELLED], return_counts=True)
            counted = dict(zip(numbers.tolist(), counts.tolist(), strict=True))
            sizes = {cluster: n for cluster, n in record.sizes.get(split, {}).items() if n}
            if sizes and counted != sizes:
                raise unfitting(
                    path, f"{files.METRICS} counts other rows in the clusters of {name}"
                )


def check_explanations(
    path: Path, explained: Explanations, metrics: Metrics, run: RunRecord
) -> None:
    """Check that what is explained are the clusters of this run.

    Raises
    ------
    InputError
        Where it is something else.
    """
    if set(explained.clusterings) != set(metrics.clusterings):
        raise unfitting(path, f"its clusterings are {', '.join(explained.clusterings) or 'none'}")
    for name, of in explained.clusterings.items():
        if _strangers({cluster.cluster for cluster in of.clusters}, metrics.clusterings[name]):
            raise unfitting(path, f"it explains other clusters of {name}")
        for cluster in of.clusters:
            for member in (*cluster.typical, *cluster.borderline):
                split = run.data.splits.get(member.split)
                if split is None or not 0 <= member.row < split.rows:
                    raise unfitting(path, f"row {member.row} of {member.split} is none of the run")


def check_evaluation(path: Path, evaluation: Evaluation, metrics: Metrics, run: RunRecord) -> None:
    """Check that what was evaluated are the clusterings and splits of this run.

    Raises
    ------
    InputError
        Where it is something else.
    """
    if set(evaluation.clusterings) != set(metrics.clusterings):
        raise unfitting(path, f"its clusterings are {', '.join(evaluation.clusterings) or 'none'}")
    if not set(evaluation.data) <= set(run.data.splits):
        raise unfitting(path, f"its splits are {', '.join(evaluation.data) or 'none'}")
    for name, of in evaluation.clusterings.items():
        for split, part in of.splits.items():
            numbers = {cluster.cluster for cluster in part.clusters}
            if split not in run.data.splits or _strangers(numbers, metrics.clusterings[name]):
                raise unfitting(
                    path, f"{split} of {name} is none of the run, or has other clusters"
                )


def _strangers(clusters: set[int], record: ClusteringRecord) -> set[int]:
    """Return those clusters that a clustering does not have, where its clusters are counted."""
    known = {cluster for sizes in record.sizes.values() for cluster in sizes}
    return clusters - known if known else set()


def problems(run: RunFolder) -> Iterator[str]:
    """Yield what is wrong with the files of a run, each in a line; nothing where they are whole.

    First each file against the manifest; where all are what was written, each stage against its seal, and
    what the files hold against each other.
    """
    names = list(run.manifest.files) if run.manifest else []
    names += [name for name in files.ALWAYS if name not in names]
    broken = list(_failures(partial(run.file, name) for name in names))
    yield from broken
    if broken:
        return
    for name in names:
        if name.endswith(f"/{STAGE}") and not whole((run.path / name).parent):
            yield f"{run.path / name}: the files of the stage are not those that it sealed"
    broken = list(_failures(run.records()))
    yield from broken
    if broken:
        return
    arrays = (partial(run.array, name) for name in names if name.endswith(".npy"))
    folders = (name.rpartition("/")[0] for name in names if name.endswith(f"/{META}"))
    states = (partial(run.state, folder) for folder in folders)
    yield from _failures([*run.answers(), *arrays, *states])


def _failures(reads: Iterable[Callable[[], object]]) -> Iterator[str]:
    for read in reads:
        try:
            read()
        except ClusterforgeError as error:
            yield str(error)
