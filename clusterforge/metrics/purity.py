"""Purity."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from clusterforge.builtin.metrics import PurityParams
from clusterforge.contracts import IntArray, TableMetric
from clusterforge.numerics.contingency import purity


class Purity(TableMetric[PurityParams]):
    """Rows in the commonest class of their cluster, over all rows.

    It grows with the number of clusters, and is 1 where each row is its own.

    References
    ----------
    Manning, Raghavan & Schütze 2008, Introduction to Information Retrieval, 16.3.
    """

    def of_tables(self, tables: IntArray) -> npt.NDArray[np.float64]:
        """Return the share, 0 to 1; 1 is best."""
        return purity(tables)
