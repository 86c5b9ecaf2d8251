"""Normalised mutual information."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from clusterforge.builtin.metrics import NmiParams
from clusterforge.contracts import IntArray, TableMetric
from clusterforge.numerics.contingency import nmi


class Nmi(TableMetric[NmiParams]):
    """Mutual information of clusters and classes over the arithmetic mean of their entropies.

    1 where there are one cluster and one class, as in scikit-learn.

    References
    ----------
    Vinh, Epps & Bailey 2010, JMLR 11.
    """

    def of_tables(self, tables: IntArray) -> npt.NDArray[np.float64]:
        """Return the index, 0 to 1; 1 is best."""
        return nmi(tables)
