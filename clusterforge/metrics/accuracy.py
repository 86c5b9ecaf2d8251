"""Clustering accuracy."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from clusterforge.builtin.metrics import AccuracyParams
from clusterforge.contracts import IntArray, TableMetric
from clusterforge.numerics.contingency import accuracy


class Accuracy(TableMetric[AccuracyParams]):
    """Rows in the class of their cluster, under the one-to-one map with the most such rows.

    Rows of clusters left over, where there are more clusters than classes, count as wrong.

    References
    ----------
    Kuhn 1955, doi:10.1002/nav.3800020109. Xie, Girshick & Farhadi 2016, arXiv:1511.06335.
    """

    def of_tables(self, tables: IntArray) -> npt.NDArray[np.float64]:
        """Return the share, 0 to 1; 1 is best."""
        return accuracy(tables)
