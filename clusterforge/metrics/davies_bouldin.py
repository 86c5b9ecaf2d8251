"""The Davies-Bouldin index."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from clusterforge.builtin.metrics import DaviesBouldinParams
from clusterforge.contracts import MomentMetric, Moments
from clusterforge.numerics.indices import davies_bouldin


class DaviesBouldin(MomentMetric[DaviesBouldinParams]):
    """Mean over clusters i of the largest (s_i + s_j) / |c_i - c_j| over other clusters j.

    s is the mean distance of a cluster's rows to its centroid c.

    References
    ----------
    Davies & Bouldin 1979, doi:10.1109/TPAMI.1979.4766909.
    """

    def of_moments(self, moments: Moments) -> npt.NDArray[np.float64]:
        """Return the index, 0 or more; lower is better."""
        return davies_bouldin(moments)
