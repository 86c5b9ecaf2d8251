"""What a clustering says of each row of a run."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from clusterforge.contracts import FloatArray, IntArray, Points
from clusterforge.models import Answer
from clusterforge.models.model import confidence
from clusterforge.runs import UNLABELLED, RunFolder

NOISE = "noise"
COLUMNS = ("cluster", "name", "parent", "confidence", "nearest", "outlier", "edited")
NEW_COLUMNS = COLUMNS[:-1]


class Clusters:
    """The clusters of one clustering: what they are called, and their parents.

    Parameters
    ----------
    folder
        The run.
    clusterer
        The id of its clusterer.
    """

    def __init__(self, folder: RunFolder, clusterer: str) -> None:
        self.folder, self.clusterer = folder, clusterer
        record = folder.metrics.clusterings[clusterer]
        self.count = record.n_clusters
        self.edited = record.of[0] if record.by_hand and record.of else None
        given = folder.names(clusterer)
        self.names = {n: given.get(n, f"cluster {n}") for n in range(self.count)} | {-1: NOISE}
        explained = folder.explanations.clusterings.get(clusterer)
        layers = explained.layers if explained else ()
        self._parents = (
            {cluster: layers[0].names[group] for cluster, group in layers[0].of_cluster.items()}
            if layers
            else {}
        )

    @cached_property
    def dictionaries(self) -> tuple[pa.Array, pa.Array]:
        """The names, and those of the parents, of all clusters and then of noise."""
        numbers = (*range(self.count), -1)
        return (
            pa.array([self.names[number] for number in numbers], pa.string()),
            pa.array([self.parent(number) for number in numbers], pa.string()),
        )

    def parent(self, cluster: int) -> str | None:
        """Return the name of the group of the next, coarser layer that a cluster is in."""
        return self._parents.get(cluster)


def row_columns(clusters: Clusters) -> pa.Table:
    """Return what a clustering says of every row of a run, in the order of its assignments.

    Returns
    -------
    pyarrow.Table
        ``cluster`` (-1 for noise, null where a split is not labelled), ``name``, ``parent``,
        ``confidence`` (membership of its own cluster), ``nearest`` (the cluster, for noise the
        nearest), ``outlier`` (score in [0, 1], the clusterer's or how far it
        lies out of the nearest cluster) and ``edited`` (whether a person's edits moved it).
    """
    folder, clusterer = clusters.folder, clusters.clusterer
    table = folder.assignments
    labels = table.clusters[clusterer]
    sure, outlier = (np.full(len(table), np.nan, dtype=np.float32) for _ in range(2))
    nearest = labels.copy()
    for split in table.splits:
        here = table.rows(split)
        membership = folder.membership(clusterer, split)
        if membership is not None:
            sure[here] = confidence(membership, labels[here])
        embedding = folder.embedding(split, mapped=True)
        scores = folder.outlying(clusterer, split)
        if scores is not None:
            outlier[here] = scores
        nearest[here] = clusters.folder.or_nearest(clusters.clusterer, labels[here], embedding)
    return arrow_columns(clusters, labels, sure, nearest, outlier, _edited(clusters, labels))


def new_row_columns(clusters: Clusters, points: Points, answer: Answer) -> pa.Table:
    """Return what a clusterer says of new rows, as :func:`row_columns`, without ``edited``."""
    labels, unknown = answer.labels, np.full(len(points), np.nan, dtype=np.float32)
    nearest = clusters.folder.or_nearest(clusters.clusterer, labels, points.embedding)
    sure = answer.confidence
    outlier = answer.outlier_scores
    if outlier is None and clusters.count:
        outlier = clusters.folder.places(clusters.clusterer).outlying(points.embedding)
    return arrow_columns(
        clusters,
        labels,
        unknown if sure is None else sure,
        nearest,
        unknown if outlier is None else outlier,
        None,
    ).select(list(NEW_COLUMNS))


def arrow_columns(
    clusters: Clusters,
    labels: IntArray,
    sure: FloatArray,
    nearest: IntArray,
    outlier: FloatArray,
    edited: npt.NDArray[np.bool_] | None,
) -> pa.Table:
    """Return the columns of some rows; what is not known of a row is null. Names are of a dictionary.

    Parameters
    ----------
    clusters
        What the labels mean.
    labels, nearest
        int64 (n,), -1 for noise, -2 where a row is not labelled.
    sure, outlier
        float32 (n,), nan where unknown.
    edited
        bool (n,); None where there are no edits.
    """
    unlabelled = labels == UNLABELLED
    codes = pa.array(np.where(labels < 0, clusters.count, labels), pa.int32(), mask=unlabelled)
    names, parents = clusters.dictionaries
    changed = np.zeros(len(labels), dtype=bool) if edited is None else edited
    columns = (
        pa.array(labels, mask=unlabelled),
        pa.DictionaryArray.from_arrays(codes, names),
        pa.DictionaryArray.from_arrays(codes, parents),
        pa.array(sure, mask=np.isnan(sure)),
        pa.array(nearest, mask=nearest < 0),
        pa.array(outlier, mask=np.isnan(outlier)),
        pa.array(changed, mask=unlabelled),
    )
    return pa.table(dict(zip(COLUMNS, columns, strict=True)))


def _edited(clusters: Clusters, labels: IntArray) -> npt.NDArray[np.bool_] | None:
    """Return which rows the edits moved: bool (n,); None for a clustering without edits.

    Each cluster is matched with at most one of the clustering that was edited, so that most rows stay.
    """
    from scipy.optimize import linear_sum_assignment

    if clusters.edited is None:
        return None
    before = clusters.folder.assignments.clusters[clusters.edited]
    both = (labels >= 0) & (before >= 0)
    shared = np.zeros((clusters.count, int(before.max(initial=-1)) + 1), dtype=np.int64)
    np.add.at(shared, (labels[both], before[both]), 1)
    origin = np.full(clusters.count + 1, UNLABELLED, dtype=np.int64)
    rows, columns = linear_sum_assignment(shared, maximize=True)
    origin[rows], origin[-1] = columns, -1
    moved: npt.NDArray[np.bool_] = before != origin[labels.clip(-1)]
    return moved
