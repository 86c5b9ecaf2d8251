"""Density-based clustering validation."""

from __future__ import annotations

import numpy as np

from clusterforge.contracts import Clustering, Metric, Score, checked_rows
from clusterforge.errors import Undefined
from clusterforge_dbcv.density import validities
from clusterforge_dbcv.plugin import DbcvParams

EXACT_ROWS = 20_000


class Dbcv(Metric[DbcvParams]):
    """Mean over clusters of (separation - sparseness) / max of both, weighted by their rows.

    The sparseness of a cluster is the longest edge between inner nodes of its minimum spanning tree
    in mutual reachability distance; its separation is the shortest such distance from one of its
    inner nodes to one of another cluster.

    The weights are shares of all rows, noise included (definition 8): each noise row counts as a
    row of validity 0. So there is one score, not one for each treatment of noise. A cluster of one
    row counts as noise, as in the authors' program.

    References
    ----------
    Moulavi, Jaskowiak, Campello, Zimek and Sander, SDM 2014, definitions 1 to 8,
    doi:10.1137/1.9781611973440.96.
    """

    def score(self, clustering: Clustering) -> Score:
        """Return the score, exact or of a sample of the rows.

        Raises
        ------
        Undefined
            Where fewer than two clusters have two rows, or there are too many rows.
        """
        rows, labels = checked_rows(clustering.embedding, least=0), clustering.labels
        reason = None
        drawn = self._drawn(len(rows))
        if drawn < len(rows):
            rng = np.random.default_rng(self.params.sample_seed)
            chosen = np.sort(rng.choice(len(rows), drawn, replace=False))
            reason = f"from {drawn:,} of {len(rows):,} rows, which are less dense than all"
            rows, labels = rows[chosen], labels[chosen]
        sizes = np.bincount(labels[labels >= 0])
        clusters = np.flatnonzero(sizes >= 2)
        if len(clusters) < 2:
            raise Undefined("fewer than two clusters of two rows or more")
        values = validities([rows[labels == cluster] for cluster in clusters])
        value = float(values @ sizes[clusters]) / len(labels)
        return Score(value, exact=reason is None, reason=reason)

    def _drawn(self, n: int) -> int:
        wanted = self.params.rows
        if wanted == "auto" and n > EXACT_ROWS:
            raise Undefined(
                f"{n:,} rows, more than {EXACT_ROWS}; rows = {EXACT_ROWS} draws a sample, rows "
                '= "all" uses all and takes long'
            )
        return min(n, wanted) if isinstance(wanted, int) else n
