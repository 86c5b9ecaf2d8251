"""Top-1 accuracy of a supervised head."""

from __future__ import annotations

from clusterforge.builtin.metrics import Top1Params
from clusterforge.contracts import Clustering, Metric
from clusterforge.metrics.clusters import classes


class Top1(Metric[Top1Params]):
    """Rows whose cluster number is their class, over all labelled rows; nothing is matched."""

    def score(self, clustering: Clustering) -> float:
        """Return the share, 0 to 1."""
        return float((clustering.labels == classes(clustering)).mean())
