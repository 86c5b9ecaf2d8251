"""The Davies-Bouldin index."""

from __future__ import annotations

from clusterforge.builtin.metrics import DaviesBouldinParams
from clusterforge.contracts import Clustering, Metric
from clusterforge.metrics.clusters import finite, separable
from clusterforge.numerics.indices import davies_bouldin


class DaviesBouldin(Metric[DaviesBouldinParams]):
    """Mean over clusters i of the largest (s_i + s_j) / |c_i - c_j| over other clusters j.

    s is the mean distance of a cluster's rows to its centroid c.

    References
    ----------
    Davies & Bouldin 1979, doi:10.1109/TPAMI.1979.4766909.
    """

    def score(self, clustering: Clustering) -> float:
        """Return the index, 0 or more; lower is better."""
        separable(clustering)
        value = davies_bouldin(clustering.embedding, clustering.labels)
        finite(value)
        return value
