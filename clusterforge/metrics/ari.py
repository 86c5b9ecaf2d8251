"""Adjusted Rand index."""

from __future__ import annotations

from clusterforge.builtin.metrics import AriParams
from clusterforge.contracts import Clustering, Metric
from clusterforge.metrics.clusters import classes
from clusterforge.numerics.contingency import ari


class Ari(Metric[AriParams]):
    """Agreement of clusters and classes on pairs of rows; 0 on average for random labels.

    References
    ----------
    Hubert & Arabie 1985, doi:10.1007/BF01908075.
    """

    def score(self, clustering: Clustering) -> float:
        """Return the index, -0.5 to 1; 1 is best."""
        return ari(classes(clustering), clustering.labels)
