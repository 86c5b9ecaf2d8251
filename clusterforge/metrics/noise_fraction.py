"""How much of the data a clusterer leaves out."""

from __future__ import annotations

import numpy as np

from clusterforge.builtin.metrics import NoiseFractionParams
from clusterforge.contracts import Clustering, Metric, Score
from clusterforge.errors import Undefined


class NoiseFraction(Metric[NoiseFractionParams]):
    """Rows labelled -1 over all rows."""

    def score(self, clustering: Clustering) -> Score:
        """Return the share, 0 to 1."""
        if not len(clustering.labels):
            raise Undefined("no rows")
        values = (clustering.labels < 0).astype(np.float32)
        return Score(float(values.mean(dtype=np.float64)), values=values)
