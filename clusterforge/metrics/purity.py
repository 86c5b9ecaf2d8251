"""Purity."""

from __future__ import annotations

from clusterforge.builtin.metrics import PurityParams
from clusterforge.contracts import Clustering, Metric
from clusterforge.metrics.clusters import classes
from clusterforge.numerics.contingency import purity


class Purity(Metric[PurityParams]):
    """Rows in the commonest class of their cluster, over all rows.

    It grows with the number of clusters, and is 1 where each row is its own.

    References
    ----------
    Manning, Raghavan & Schütze 2008, Introduction to Information Retrieval, 16.3.
    """

    def score(self, clustering: Clustering) -> float:
        """Return the share, 0 to 1; 1 is best."""
        return purity(classes(clustering), clustering.labels)
