"""Adjusted Rand index."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from clusterforge.builtin.metrics import AriParams
from clusterforge.contracts import IntArray, TableMetric
from clusterforge.numerics.contingency import ari


class Ari(TableMetric[AriParams]):
    """Agreement of clusters and classes on pairs of rows; 0 on average for random labels.

    References
    ----------
    Hubert & Arabie 1985, doi:10.1007/BF01908075.
    """

    def of_tables(self, tables: IntArray) -> npt.NDArray[np.float64]:
        """Return the index, -0.5 to 1; 1 is best."""
        return ari(tables)
