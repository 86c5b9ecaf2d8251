"""How much of the data a clusterer leaves out."""

from __future__ import annotations

from clusterforge.builtin.metrics import NoiseFractionParams
from clusterforge.contracts import Clustering, Metric
from clusterforge.errors import Undefined


class NoiseFraction(Metric[NoiseFractionParams]):
    """Rows labelled -1 over all rows."""

    def score(self, clustering: Clustering) -> float:
        """Return the share, 0 to 1."""
        if not len(clustering.labels):
            raise Undefined("no rows")
        return float((clustering.labels < 0).mean())
