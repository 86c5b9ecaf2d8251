"""The Calinski-Harabasz index."""

from __future__ import annotations

from clusterforge.builtin.metrics import CalinskiHarabaszParams
from clusterforge.contracts import Clustering, Metric
from clusterforge.metrics.clusters import finite, separable
from clusterforge.numerics.indices import calinski_harabasz


class CalinskiHarabasz(Metric[CalinskiHarabaszParams]):
    """B / (k - 1) over W / (n - k), the dispersion between and within k clusters of n rows.

    References
    ----------
    Calinski & Harabasz 1974, doi:10.1080/03610927408827101.
    """

    def score(self, clustering: Clustering) -> float:
        """Return the index, 0 or more; higher is better."""
        separable(clustering)
        value = calinski_harabasz(clustering.embedding, clustering.labels)
        finite(value)
        return value
