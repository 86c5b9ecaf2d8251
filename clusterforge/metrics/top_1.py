"""Top-1 accuracy of a supervised head."""

from __future__ import annotations

import numpy as np

from clusterforge.builtin.metrics import Top1Params
from clusterforge.contracts import Clustering, Metric, Score
from clusterforge.errors import Undefined


class Top1(Metric[Top1Params]):
    """Rows whose cluster number is their class, over all labelled rows; nothing is matched."""

    def score(self, clustering: Clustering) -> Score:
        """Return the share, 0 to 1."""
        if clustering.truth is None or not len(clustering.truth):
            raise Undefined("no labelled rows")
        values = (clustering.labels == clustering.truth).astype(np.float32)
        return Score(float(values.mean(dtype=np.float64)), values=values)
