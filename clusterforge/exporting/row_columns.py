"""What a clustering says of each row of a run."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from clusterforge.contracts import FloatArray, IntArray, Points
from clusterforge.models.answers import Answer, confidence
from clusterforge.runs import UNLABELLED, RunFolder

NOISE = "noise"
NEW_COLUMNS = ("cluster", "name", "parent", "confidence", "nearest", "outlier")

Record = dict[str, int | float | str | None]
"""What is known of a row, by column."""


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
    edited = _edited(clusters, labels)
    changed = np.zeros(len(labels), dtype=bool) if edited is None else edited
    columns = Placed(labels, sure, nearest, outlier).columns(clusters)
    return pa.table({**columns, "edited": pa.array(changed, mask=labels == UNLABELLED)})


@dataclass(frozen=True)
class Placed:
    """Where rows belong: those of a run, or new ones, each of which has a label.

    Parameters
    ----------
    labels, nearest
        int64 (n,), -1 for noise, -2 where the clusterer does not label the split of a run's row.
    confidence, outlier
        float32 (n,), nan where unknown.
    """

    labels: IntArray
    confidence: FloatArray
    nearest: IntArray
    outlier: FloatArray

    def columns(self, clusters: Clusters) -> dict[str, pa.Array]:
        """Return what is known of the rows; what is not is null. Names are of a dictionary."""
        unlabelled = self.labels == UNLABELLED
        places = np.where(self.labels < 0, clusters.count, self.labels)
        codes = pa.array(places, pa.int32(), mask=unlabelled)
        names, parents = clusters.dictionaries
        return {
            "cluster": pa.array(self.labels, mask=unlabelled),
            "name": pa.DictionaryArray.from_arrays(codes, names),
            "parent": pa.DictionaryArray.from_arrays(codes, parents),
            "confidence": pa.array(self.confidence, mask=np.isnan(self.confidence)),
            "nearest": pa.array(self.nearest, mask=self.nearest < 0),
            "outlier": pa.array(self.outlier, mask=np.isnan(self.outlier)),
        }

    def records(self, clusters: Clusters) -> list[Record]:
        """Return the same for each row, for few of them: no table is made."""
        return [
            {
                "cluster": None if label == UNLABELLED else label,
                "name": clusters.names.get(label),
                "parent": clusters.parent(label),
                "confidence": None if math.isnan(sure) else sure,
                "nearest": None if nearest < 0 else nearest,
                "outlier": None if math.isnan(outlier) else outlier,
            }
            for label, sure, nearest, outlier in zip(
                self.labels.tolist(),
                self.confidence.tolist(),
                self.nearest.tolist(),
                self.outlier.tolist(),
                strict=True,
            )
        ]


def placed(clusters: Clusters, points: Points, answer: Answer) -> Placed:
    """Return what a clusterer says of new rows."""
    labels, unknown = answer.labels, np.full(len(points), np.nan, dtype=np.float32)
    nearest = clusters.folder.or_nearest(clusters.clusterer, labels, points.embedding)
    outlier = answer.outlier_scores
    if outlier is None and clusters.count:
        outlier = clusters.folder.places(clusters.clusterer).outlying(points.embedding)
    return Placed(
        labels,
        unknown if answer.confidence is None else answer.confidence,
        nearest,
        unknown if outlier is None else outlier,
    )


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
