"""Phase by phase: how well k-means does on what each phase of training made of the same rows.

An internal score rises when an embedding is pressed together, whether or not its clusters are the
right ones. Next to a score by labels, from one phase to the next, that can be seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from clusterforge.contracts import FloatArray, IntArray
from clusterforge.numerics.kmeans import kmeans
from clusterforge.pipeline.encode import EncoderStage
from clusterforge.pipeline.keys import digest
from clusterforge.pipeline.score import Scoring, identities
from clusterforge.pipeline.stages import Stage
from clusterforge.runs import files
from clusterforge.runs.records import PhaseRecord, Record

STAGE = "phases"


class ByPhase:
    """Scores k-means after each phase of training.

    Parameters
    ----------
    scoring
        Its headline metrics with a bounded range are computed, so that they fit on one chart.
    clusters
        k of k-means.
    """

    def __init__(self, scoring: Scoring, clusters: int) -> None:
        self.scoring, self.session, self.clusters = scoring, scoring.session, clusters
        self.labels = scoring.corpus.train.labels

    def run(self, chain: Sequence[EncoderStage]) -> tuple[PhaseRecord, ...]:
        """Return a record for the input and for each phase of every encoder trained in several.

        Computed once for its key, and not at all where no encoder is trained. A score that can't be
        computed, such as one by labels without labels, is None.
        """
        if not any(stage.spec.trained for stage in chain):
            return ()
        labels = self.labels
        key = digest(
            {
                "phases": [[stage.entry.stage, stage.key] for stage in chain],
                "metrics": identities(self.scoring.of_phases),
                "labels": None if labels is None else digest(labels.tolist()),
                "clusters": self.clusters,
                "seed": self.session.seed,
            }
        )

        def work(folder: Path) -> _Phases:
            return _Phases(phases=tuple(self._records(chain)))

        return self.session.do(Stage(STAGE, key, files.PHASES, _Phases, work)).phases

    def _records(self, chain: Sequence[EncoderStage]) -> Iterator[PhaseRecord]:
        labels = self.labels
        for stage in chain:
            rows, parts = stage.phases()
            for phase, points in parts:
                yield PhaseRecord(
                    stage=stage.entry.stage,
                    phase=phase,
                    rows=len(rows),
                    clusters=self.clusters,
                    scores=self._scores(points, None if labels is None else labels[rows]),
                )

    def _scores(self, points: FloatArray, truth: IntArray | None) -> dict[str, float | None]:
        metrics, device = self.scoring.of_phases, self.session.resources.device
        try:
            found = kmeans(points, self.clusters, seed=self.session.seed, n_init=10, device=device)
        except ValueError:  # fewer distinct rows than clusters
            return {entry.id: None for entry in metrics}
        return {
            entry.id: self.scoring.value(entry, points, found.labels, truth, device)
            for entry in metrics
        }


class _Phases(Record):
    """What the stage leaves."""

    phases: tuple[PhaseRecord, ...]
