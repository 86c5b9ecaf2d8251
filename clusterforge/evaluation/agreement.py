"""How far clusterings of the same rows agree: aligned labels, stability, prediction strength."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from clusterforge.contracts import FloatArray, IntArray
from clusterforge.numerics.contingency import hungarian

UNKNOWN = -2
NOISE = -1


def aligned(reference: IntArray, labels: IntArray) -> IntArray:
    """Rename clusters so that most rows agree with a reference.

    Parameters
    ----------
    reference, labels
        int64 (n,): -1 is noise and stays it, -2 a row without a label.

    Returns
    -------
    ndarray
        int64 (n,): the reference's numbers; numbers above them for clusters that match none.
    """
    both = (reference >= 0) & (labels >= 0)
    names = hungarian(reference[both], labels[both]) if both.any() else {}
    renamed = np.where(labels >= 0, labels + reference.max(initial=-1) + 1, labels)
    for old, new in names.items():
        renamed[labels == old] = new
    return np.asarray(renamed, dtype=np.int64)


def stability(reference: IntArray, refits: Sequence[IntArray]) -> FloatArray:
    """Return for each row the share of refits that put it in its cluster.

    Parameters
    ----------
    reference
        int64 (n,): the run's labels, -1 for noise.
    refits
        int64 (n,) each, as for :func:`aligned`.

    Returns
    -------
    ndarray
        float32 (n,), nan for rows that no refit labelled.
    """
    same, compared = np.zeros(len(reference)), np.zeros(len(reference))
    for labels in refits:
        same += aligned(reference, labels) == reference
        compared += labels != UNKNOWN
    share: FloatArray = np.full(len(reference), np.nan, dtype=np.float32)
    np.divide(same, compared, out=share, where=compared > 0, casting="same_kind")
    return share


def prediction_strength(own: IntArray, predicted: IntArray) -> dict[int, float]:
    """Return for each cluster of the test rows the share of its pairs that training keeps together.

    Parameters
    ----------
    own
        int64 (n,): the test rows clustered on their own; noise, -1, is no cluster.
    predicted
        int64 (n,): what the clustering of the train rows predicts for them.

    Returns
    -------
    dict
        By cluster of ``own``, in [0, 1]; without clusters of one row. Their least is the prediction
        strength.

    References
    ----------
    Tibshirani and Walther, "Cluster validation by prediction strength", JCGS 14, 2005, section 2.
    """
    strength: dict[int, float] = {}
    for cluster in np.unique(own[own >= 0]).tolist():
        inside = predicted[own == cluster]
        n = len(inside)
        if n > 1:
            counts = np.unique(inside[inside >= 0], return_counts=True)[1].astype(np.float64)
            strength[cluster] = float((counts * (counts - 1)).sum() / (n * (n - 1)))
    return strength


def overlap(own: IntArray, other: IntArray) -> dict[int, int]:
    """Return the cluster of ``other`` that goes with each of ``own``, one to one."""
    both: npt.NDArray[np.bool_] = (own >= 0) & (other >= 0)
    return hungarian(other[both], own[both]) if both.any() else {}
