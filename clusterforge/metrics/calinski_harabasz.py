"""The Calinski-Harabasz index."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from clusterforge.builtin.metrics import CalinskiHarabaszParams
from clusterforge.contracts import MomentMetric, Moments
from clusterforge.numerics.indices import calinski_harabasz


class CalinskiHarabasz(MomentMetric[CalinskiHarabaszParams]):
    """B / (k - 1) over W / (n - k), the dispersion between and within k clusters of n rows.

    References
    ----------
    Calinski & Harabasz 1974, doi:10.1080/03610927408827101.
    """

    def of_moments(self, moments: Moments) -> npt.NDArray[np.float64]:
        """Return the index, 0 or more; higher is better."""
        return calinski_harabasz(moments)
