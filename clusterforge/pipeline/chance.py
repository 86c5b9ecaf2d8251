"""Which clusters could be an accident: those of the run against those of noise, clustered alike."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from clusterforge.contracts import FloatArray, IntArray, Points
from clusterforge.evaluation.agreement import overlap
from clusterforge.evaluation.chance import chances
from clusterforge.formats import are, count
from clusterforge.numerics.contingency import ari, contingency
from clusterforge.pipeline.refit import CARRIED, Refits, other_clusters
from clusterforge.pipeline.remedies import n_clusters
from clusterforge.pipeline.sample import noise_rows, sample
from clusterforge.runs.records import ChanceTest, ClusterChance

FEWEST = 50  # rows of noise


class Chance:
    """Tests the clusters of a clusterer against noise.

    Parameters
    ----------
    refits
        What fits the clusterer again.
    draws
        Draws of each kind of noise.
    """

    def __init__(self, refits: Refits, draws: int) -> None:
        self.refits, self.draws, self.stage = refits, draws, refits.stage

    @property
    def count(self) -> int:
        """How many draws there will be at most."""
        return 0 if self._refused else self.draws

    @property
    def _rows(self) -> int:
        points, clusters = self.stage.points("train"), max(1, self.stage.record.n_clusters)
        # Parameters of a clusterer that counts no clusters may count rows: it gets as many as there can be.
        counted = n_clusters(self.refits.entry) is not None
        width = int(points.embedding.shape[1])
        return noise_rows(
            len(points), width, clusters, counted=counted, most=self.refits.asked.rows
        )

    @property
    def _refused(self) -> str | None:
        if self.stage.bases and self.refits.asked.refits and self.draws:
            return "it is made of other clusterings, which are tested themselves"
        if reason := self.refits.refused:
            return reason
        if not self.draws:
            return "evaluation.null_draws is 0"
        if self.stage.spec.reads_rows:
            return "it reads the rows themselves, and noise has none"
        clusters, rows = self.stage.record.n_clusters, self._rows
        if clusters < 2:
            return "there is one cluster, and nothing next to it" if clusters else "all is noise"
        if rows >= max(FEWEST, 2 * clusters):
            return None
        if rows < min(len(self.stage.points("train")), self.refits.asked.rows):
            return f"so many fits would take too long ({self.stage.spec.complexity})"
        return f"{count(rows, 'row')} {are(rows)} too few for {count(clusters, 'cluster')}"

    def test(self, told: Callable[[], None]) -> ChanceTest:
        """Return which clusters could be an accident."""
        labels = self.stage.labels("train")
        reason = self._refused
        if reason or labels is None:
            return ChanceTest(reason=reason)
        rows = sample(len(labels), self._rows, self.refits.seed)
        points = self.stage.points("train").some(rows)
        own = labels[rows]
        names: dict[int, int] | None = None
        alone = self.refits.alone(len(rows))
        if alone is not None:
            agreement = float(ari(contingency(own, alone[1]).counts))
            if agreement < CARRIED:
                reason = other_clusters(len(rows), len(labels), agreement)
                return ChanceTest(reason=reason)
            own, names = alone[1], overlap(alone[1], own)
        found = chances(
            points.embedding, own, self._fit, draws=self.draws, seed=self.refits.seed, told=told
        )
        if found is None:
            return ChanceTest(reason=f"too few fits of noise succeeded: {self.refits.failure}")
        q = found.q if names is None else {names.get(c): q for c, q in found.q.items()}
        every = np.unique(labels[labels >= 0]).tolist()
        return ChanceTest(
            draws=found.draws,
            rows=len(rows),
            clusters=tuple(ClusterChance(cluster=c, q=q.get(c)) for c in every),
        )

    def _fit(self, rows: FloatArray) -> IntArray | None:
        fit = self.refits.fit(Points(rows), self.refits.seed)
        return None if fit is None else fit[1]
