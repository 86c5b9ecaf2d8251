"""Metrics that compare clusters to true classes."""

from __future__ import annotations

import numpy as np

from clusterforge.builtin import metrics as own
from clusterforge.contracts import Clustering, IntArray, Metric, Score, TableMetric
from clusterforge.errors import Undefined
from clusterforge.numerics.arrays import DoubleArray
from clusterforge.numerics.contingency import accuracy, ari, nmi, purity


class Accuracy(TableMetric[own.AccuracyParams]):
    """Rows in the class of their cluster, under the one-to-one map with the most such rows.

    Rows of clusters left over, where there are more clusters than classes, count as wrong.

    References
    ----------
    Kuhn 1955, doi:10.1002/nav.3800020109. Xie, Girshick & Farhadi 2016, arXiv:1511.06335.
    """

    def of_tables(self, tables: IntArray) -> DoubleArray:
        """Return the share, 0 to 1; 1 is best."""
        return accuracy(tables)


class Purity(TableMetric[own.PurityParams]):
    """Rows in the commonest class of their cluster, over all rows.

    It grows with the number of clusters, and is 1 where each row is its own.

    References
    ----------
    Manning, Raghavan & Schütze 2008, Introduction to Information Retrieval, 16.3.
    """

    def of_tables(self, tables: IntArray) -> DoubleArray:
        """Return the share, 0 to 1; 1 is best."""
        return purity(tables)


class Nmi(TableMetric[own.NmiParams]):
    """Mutual information of clusters and classes over the arithmetic mean of their entropies.

    1 where there are one cluster and one class, as in scikit-learn.

    References
    ----------
    Vinh, Epps & Bailey 2010, JMLR 11.
    """

    def of_tables(self, tables: IntArray) -> DoubleArray:
        """Return the index, 0 to 1; 1 is best."""
        return nmi(tables)


class Ari(TableMetric[own.AriParams]):
    """Agreement of clusters and classes on pairs of rows; 0 on average for random labels.

    References
    ----------
    Hubert & Arabie 1985, doi:10.1007/BF01908075.
    """

    def of_tables(self, tables: IntArray) -> DoubleArray:
        """Return the index, -0.5 to 1; 1 is best."""
        return ari(tables)


class Top1(Metric[own.Top1Params]):
    """Rows whose cluster number is their class, over all labelled rows; nothing is matched."""

    def score(self, clustering: Clustering) -> Score:
        """Return the share, 0 to 1."""
        if clustering.truth is None or not len(clustering.truth):
            raise Undefined("no labelled rows")
        values = (clustering.labels == clustering.truth).astype(np.float32)
        return Score(float(values.mean(dtype=np.float64)), values=values)
