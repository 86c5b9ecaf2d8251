"""Normalised mutual information."""

from __future__ import annotations

from clusterforge.builtin.metrics import NmiParams
from clusterforge.contracts import Clustering, Metric
from clusterforge.metrics.clusters import classes
from clusterforge.numerics.contingency import nmi


class Nmi(Metric[NmiParams]):
    """Mutual information of clusters and classes over the arithmetic mean of their entropies.

    1 where there are one cluster and one class, as in scikit-learn.

    References
    ----------
    Vinh, Epps & Bailey 2010, JMLR 11.
    """

    def score(self, clustering: Clustering) -> float:
        """Return the index, 0 to 1; 1 is best."""
        return nmi(classes(clustering), clustering.labels)
