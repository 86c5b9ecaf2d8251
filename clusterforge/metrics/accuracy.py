"""Clustering accuracy."""

from __future__ import annotations

from clusterforge.builtin.metrics import AccuracyParams
from clusterforge.contracts import Clustering, Metric
from clusterforge.metrics.clusters import classes
from clusterforge.numerics.contingency import hungarian


class Accuracy(Metric[AccuracyParams]):
    """Rows in the class of their cluster, under the one-to-one map with the most such rows.

    Rows of clusters left over, where there are more clusters than classes, count as wrong.

    References
    ----------
    Kuhn 1955, doi:10.1002/nav.3800020109. Xie, Girshick & Farhadi 2016, arXiv:1511.06335.
    """

    def score(self, clustering: Clustering) -> float:
        """Return the share, 0 to 1; 1 is best."""
        return hungarian(classes(clustering), clustering.labels)[1]
