"""Clusters one by one."""

from __future__ import annotations

import numpy as np

from clusterforge.contracts import FloatArray, IntArray
from clusterforge.evaluation.contents import class_name
from clusterforge.evaluation.curves import mean
from clusterforge.numerics.moments import ClusterRows, separation
from clusterforge.numerics.silhouette import rows_to_measure, silhouette_drawn
from clusterforge.runs.records import ClusterEvaluation


def silhouettes(points: FloatArray, labels: IntArray, seed: int, device: str) -> FloatArray:
    """Return the silhouette of each row, noise left out.

    Parameters
    ----------
    points
        float32 (n, d).
    labels
        int64 (n,), -1 for noise.

    Returns
    -------
    ndarray
        float32 (n,): nan for noise, for rows that were not drawn (beyond 100,000 rows), and for all
        where there is one cluster, or as many as rows.
    """
    values = np.full(len(labels), np.nan, dtype=np.float32)
    clustered = np.flatnonzero(labels >= 0)
    if 2 <= len(np.unique(labels[clustered])) < len(clustered):
        rows = rows_to_measure(len(clustered))
        values[clustered] = silhouette_drawn(
            points[clustered], labels[clustered], rows, seed, device=device
        )
    return values


def evaluate_clusters(
    points: FloatArray,
    labels: IntArray,
    silhouettes: FloatArray,
    stability: FloatArray | None = None,
    truth: IntArray | None = None,
    names: tuple[str, ...] = (),
) -> tuple[ClusterEvaluation, ...]:
    """Return the record of each cluster, in the order of their numbers.

    Parameters
    ----------
    points
        float32 (n, d).
    labels
        int64 (n,), -1 for noise, which is no cluster.
    silhouettes, stability
        float32 (n,), nan where not known.
    truth
        int64 (n,), -1 for rows without a label.
    names
        The names of the classes.
    """
    clustered = np.flatnonzero(labels >= 0)
    if not len(clustered):
        return ()
    clusters = ClusterRows(points[clustered], labels[clustered])
    geometry = separation(clusters.moments())
    ids = clusters.labels
    majority = _majority(ids, labels[clustered], None if truth is None else truth[clustered])
    order = clustered[np.argsort(labels[clustered], kind="stable")]
    members = np.split(order, np.cumsum(clusters.sizes)[:-1])
    records = []
    for i, rows in enumerate(members):
        cluster = int(ids[i])
        label, purity = majority.get(cluster, (None, None))
        alone = geometry.nearest[i] < 0
        records.append(
            ClusterEvaluation(
                cluster=cluster,
                rows=len(rows),
                silhouette=mean(silhouettes[rows]),
                compactness=float(geometry.compactness[i]),
                separation=None if alone else float(geometry.distance[i]),
                nearest=None if alone else int(ids[geometry.nearest[i]]),
                stability=None if stability is None else mean(stability[rows]),
                majority=None if label is None else class_name(names, label),
                purity=purity,
            )
        )
    return tuple(records)


def _majority(
    ids: IntArray, labels: IntArray, truth: IntArray | None
) -> dict[int, tuple[int, float]]:
    """Return the commonest class of each cluster, the first of several, and its share."""
    if truth is None or not (labelled := truth >= 0).any():
        return {}
    width = int(truth.max()) + 1
    cells, counts = np.unique(
        np.searchsorted(ids, labels[labelled]) * width + truth[labelled], return_counts=True
    )
    place, label = cells // width, cells % width
    total = np.bincount(place, counts)
    majorities: dict[int, tuple[int, float]] = {}
    for i in np.lexsort((label, -counts)).tolist():
        share = float(counts[i] / total[place[i]])
        majorities.setdefault(int(ids[place[i]]), (int(label[i]), share))
    return majorities
