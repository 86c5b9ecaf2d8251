"""What makes a difference of two scores mean little or nothing, each with a plain sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from clusterforge.comparison.findings import Reservation, listed
from clusterforge.comparison.named_runs import NamedClustering, NamedRun
from clusterforge.comparison.rows import Overlap
from clusterforge.formats import count, share
from clusterforge.runs import files
from clusterforge.runs.records import MetricRecord, ScoreRecord

MIN_COVERAGE_GAP = 0.005
OF_CLUSTERER = re.compile(r" of clusterer\.(\d+\.)?(?P<id>.+)$")


@dataclass(frozen=True)
class ScorePair:
    """One score of two clusterings, both with a value.

    Parameters
    ----------
    overlap
        The clusterings, and the rows that both label.
    first, second
        Their scores.
    metric
        What both are by.
    """

    overlap: Overlap
    first: ScoreRecord
    second: ScoreRecord
    metric: MetricRecord

    @property
    def a(self) -> NamedClustering:
        """The first clustering."""
        return self.overlap.a

    @property
    def b(self) -> NamedClustering:
        """The second clustering."""
        return self.overlap.b

    def reservations(self) -> tuple[Reservation, ...]:
        """Return the reservations about the difference of the scores."""
        of_runs = self._of_runs() if self.a.run is not self.b.run else ()
        of_clusterings = self._of_clusterings() if self.metric.direction != "none" else ()
        return (*of_runs, *self._of_rows(), *of_clusterings)

    def _of_runs(self) -> Iterator[Reservation]:
        a, b, split = self.a, self.b, self.first.split
        if self.metric != b.run.folder.metrics.metrics[self.second.metric]:
            yield _void("metric", "The runs call different metrics by this name.")
        internal = not self.metric.labels and self.metric.direction != "none"
        if internal and not _embeddings(a.run, split) & _embeddings(b.run, split):
            yield _void(
                "embedding",
                "The embeddings are not the same: an internal score describes the shape of an "
                "embedding, so it can't be compared across two.",
            )
        rows = self.overlap.shared.splits[split]
        if not rows.whole:
            yield _void(
                "rows",
                f"The {split} rows are not the same: {rows.first:,} and {rows.second:,}, "
                f"{rows.shared or 'none'} of them shared.",
            )
        trained = [side.run.folder.run.labels_in_training for side in (a, b)]
        if trained[0] != trained[1]:
            with_labels, without = (a, b) if trained[0] else (b, a)
            yield _void(
                "training", f"Labels were used to train {with_labels.label}, not {without.label}."
            )

    def _of_rows(self) -> Iterator[Reservation]:
        (a, b), (first, second) = (self.a.label, self.b.label), (self.first, self.second)
        uneven = abs(first.coverage - second.coverage) > MIN_COVERAGE_GAP
        if uneven and self.metric.direction != "none":
            yield _void(
                "coverage",
                f"Noise is left out: {a} is scored on {share(first.coverage)} of its rows, "
                f"{b} on {share(second.coverage)}. See the lines that count noise.",
            )
        elif first.rows != second.rows and self.overlap.shared.splits[first.split].whole:
            text = f"Scored on {count(first.rows, 'row')} and {count(second.rows, 'row')}."
            yield Reservation(code="n", text=text)
        if first.exact != second.exact:
            sampled, exact = (b, a) if first.exact else (a, b)
            text = f"{sampled} is estimated from a sample of the rows, {exact} is exact."
            yield Reservation(code="sampled", text=text)

    def _of_clusterings(self) -> Iterator[Reservation]:
        a, b = (_labels_used(side) for side in (self.a, self.b))
        for more, side, other in ((a - b, self.a, self.b), (b - a, self.b, self.a)):
            if more:
                uses = listed(sorted(more))
                text = f"{side.label} used labels where {other.label} did not: {uses}."
                yield Reservation(code="labels", text=text)
        if self.metric.grows_with_clusters:
            n, m = self._clusters(self.a, self.first), self._clusters(self.b, self.second)
            if n != m:
                text = f"More clusters alone improve {self.metric.title}: {n:,} and {m:,}."
                yield Reservation(code="clusters", text=text)

    def _clusters(self, clustering: NamedClustering, score: ScoreRecord) -> int:
        """Count the clusters that a score is of; noise may be one, or each of its rows."""
        assignments = clustering.run.folder.assignments
        rows = assignments.rows(score.split)
        labels = clustering.labels[rows]
        if self.metric.labels:
            labels = labels[assignments.truth[rows] >= 0]
        noise = int((labels == -1).sum())
        more = {"excluded": 0, "cluster": min(noise, 1), "singletons": noise}[score.noise]
        return len(np.unique(labels[labels >= 0])) + more


def _void(code: str, text: str) -> Reservation:
    return Reservation(code=code, text=text, void=True)


def _labels_used(clustering: NamedClustering) -> set[str]:
    """Return what labels were used for, without what they did for other clusterers."""
    uses = clustering.run.folder.run.labels_used
    of_clusterer = [(use, OF_CLUSTERER.search(use)) for use in uses]
    return {
        use[: of.start()] if of else use
        for use, of in of_clusterer
        if of is None or of["id"] == clustering.clusterer
    }


def _embeddings(run: NamedRun, split: str) -> set[str]:
    """Return what names the embedding of a split: the key of its stage, and the hash of its file."""
    folder = run.folder
    last = len(folder.run.encoders) - 1
    entry = folder.run.encoders[last].id
    keys = {stage.key for stage in folder.run.stages if stage.stage == f"encoder.{last}.{entry}"}
    content = folder.hash_of(files.embedding(last, entry, split))
    return keys | ({content} if content else set())
