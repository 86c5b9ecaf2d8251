"""Phase by phase: how well k-means does on what each phase of training made of the same rows.

An internal score rises when an embedding is pressed together, whether or not its clusters are the
right ones. Next to a score by labels, from one phase to the next, that can be seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from clusterforge.contracts import Corpus, FloatArray, IntArray
from clusterforge.numerics.kmeans import kmeans
from clusterforge.pipeline.encode import EncoderStage
from clusterforge.pipeline.score import Scoring, identities
from clusterforge.pipeline.stages import Stages, digest
from clusterforge.runs.records import MetricRecord, PhaseRecord, Record

STAGE, FILE = "phases", "phases.json"
RISE = 0.075  # of the range of a score without labels, from which on it should have an effect
EFFECT = 0.02  # of the range of a score by labels: the least gain that counts as one


class ByPhase:
    """Scores k-means after each phase of training.

    Parameters
    ----------
    scoring
        Its headline metrics with a bounded range are computed, so that they fit on one chart.
    clusters
        k of k-means.
    """

    def __init__(self, scoring: Scoring, corpus: Corpus, clusters: int, seed: int) -> None:
        self.scoring, self.corpus = scoring, corpus
        self.clusters, self.seed = clusters, seed

    def run(
        self, chain: Sequence[EncoderStage], stages: Stages, device: str
    ) -> tuple[PhaseRecord, ...]:
        """Return a record for the input and for each phase of every encoder trained in several.

        Computed once for its key, and not at all where no encoder is trained. A score that can't be
        computed, such as one by labels without labels, is None.
        """
        if not any(stage.spec.trained for stage in chain):
            return ()
        labels = self.corpus.train.labels
        key = digest(
            {
                "phases": [[stage.entry.stage, stage.key] for stage in chain],
                "metrics": identities(self.scoring.of_phases),
                "labels": None if labels is None else digest(labels.tolist()),
                "clusters": self.clusters,
                "seed": self.seed,
            }
        )

        def work(folder: Path) -> Mapping[str, object]:
            _Phases(phases=tuple(self._records(chain, device))).write(folder / FILE)
            return {}

        folder = stages.folder / STAGE
        stages.do(STAGE, key, folder, work)
        return _Phases.read(folder / FILE).phases

    def _records(self, chain: Sequence[EncoderStage], device: str) -> Iterator[PhaseRecord]:
        labels = self.corpus.train.labels
        for stage in chain:
            rows, parts = stage.phases()
            for phase, points in parts:
                yield PhaseRecord(
                    stage=stage.entry.stage,
                    phase=phase,
                    rows=len(rows),
                    clusters=self.clusters,
                    scores=self._scores(points, None if labels is None else labels[rows], device),
                )

    def _scores(
        self, points: FloatArray, truth: IntArray | None, device: str
    ) -> dict[str, float | None]:
        metrics = self.scoring.of_phases
        try:
            labels = kmeans(points, self.clusters, seed=self.seed, n_init=10, device=device).labels
        except ValueError:  # fewer distinct rows than clusters
            return {entry.id: None for entry in metrics}
        return {
            entry.id: self.scoring.value(entry, points, labels, truth, device) for entry in metrics
        }


class _Phases(Record):
    """What the stage leaves."""

    phases: tuple[PhaseRecord, ...]


def inflated(records: Sequence[PhaseRecord], metrics: Mapping[str, MetricRecord]) -> Iterator[str]:
    """Yield a line for each phase that raised the first score without labels, and hardly the other.

    Parameters
    ----------
    metrics
        Those of the scores, by id.
    """
    names = sorted(records[0].scores if records else (), key=lambda name: metrics[name].order)
    inner = next((name for name in names if not metrics[name].labels), None)
    outer = next((name for name in names if metrics[name].labels), None)
    if inner is None or outer is None:
        return
    for before, after in pairwise(records):
        if before.stage != after.stage or before.phase == "input":
            continue
        low, high = before.scores[inner], after.scores[inner]
        first, reached = before.scores[outer], after.scores[outer]
        if low is None or high is None or first is None or reached is None:
            continue
        rise, effect = metrics[inner].gain(low, high), metrics[outer].gain(first, reached)
        if rise >= RISE and effect < EFFECT:
            yield (
                f"{after.stage}: phase {after.phase} took {metrics[inner].title} from {low:.2f} to "
                f"{high:.2f}, but {metrics[outer].title} went from {first:.3f} to {reached:.3f}: the "
                "clusters were pressed together, not sorted better"
            )
