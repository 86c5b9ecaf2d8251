"""Scores side by side: a line for each split, metric and treatment of noise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from clusterforge.comparison.findings import Contrast, Difference, Repetition, ScoreLine, Spread
from clusterforge.comparison.named_runs import NamedClustering
from clusterforge.comparison.paired_test import PairedRows
from clusterforge.comparison.reservations import ScorePair
from clusterforge.comparison.shared_rows import SharedRows
from clusterforge.comparison.table_metrics import TableMetrics
from clusterforge.contracts import Noise
from clusterforge.registry import Registry
from clusterforge.runs.ranking import in_order
from clusterforge.runs.records import MetricRecord, ScoreRecord
from clusterforge.runs.score_table import TREATMENTS

Scores = Mapping[tuple[str, str, Noise], ScoreRecord]


def score_lines(
    clusterings: Sequence[NamedClustering],
    shared: Sequence[SharedRows],
    repetitions: Sequence[Repetition],
    registry: Registry | None,
) -> Iterator[ScoreLine]:
    """Set the scores of clusterings side by side.

    Parameters
    ----------
    clusterings
        At least two; the others are compared with the first.
    shared
        The rows that the first shares with each of the others.
    repetitions
        The runs that are repetitions of one recipe.
    registry
        The plugins; None: all that are installed.
    """
    first, *others = clusterings
    table_metrics = TableMetrics(first.run, registry)
    scores = [_scores(clustering) for clustering in clusterings]
    metrics: dict[str, MetricRecord] = {}
    for clustering in clusterings:
        metrics = {**clustering.run.folder.metrics.metrics, **metrics}
    keys = dict.fromkeys(key for of_one in scores for key in of_one)
    for split in dict.fromkeys(split for split, _, _ in keys):
        pairs = [
            (other, rows, PairedRows.of(first, other, split, rows))
            for other, rows in zip(others, shared, strict=True)
        ]
        for metric in in_order(metrics):
            for noise in TREATMENTS:
                if (split, metric, noise) not in keys:
                    continue
                cells = [_score(of_one, split, metric, noise) for of_one in scores]
                about = metrics[metric]
                if about.direction == "none" and not any(s and s.value for s in cells):
                    continue  # it only describes, and is 0 for all: a share of noise without noise
                spreads = tuple(_spreads(clusterings, cells, repetitions))
                differences = tuple(
                    _difference(ScorePair(first, other, a, b, about, rows), paired, table_metrics)
                    for (other, rows, paired), b in zip(pairs, cells[1:], strict=True)
                    if (a := cells[0]) and b
                )
                yield ScoreLine(
                    split=split,
                    metric=metric,
                    noise=noise,
                    about=about,
                    scores=tuple(cells),
                    differences=differences,
                    spreads=spreads,
                    contrasts=tuple(_contrasts(first.label, spreads, differences)),
                )


def _scores(clustering: NamedClustering) -> Scores:
    scores = clustering.run.folder.metrics.scores
    own = [score for score in scores if score.clusterer == clustering.clusterer]
    return {(score.split, score.metric, score.noise): score for score in own}


def _score(scores: Scores, split: str, metric: str, noise: Noise) -> ScoreRecord | None:
    """Return a score; one without noise is the same in every treatment of noise."""
    plain = scores.get((split, metric, "excluded"))
    return scores.get((split, metric, noise)) or (plain if plain and plain.coverage == 1 else None)


def _difference(
    pair: ScorePair, rows: PairedRows | None, table_metrics: TableMetrics
) -> Difference:
    a, b = pair.first, pair.second
    if a.value is None or b.value is None:
        return Difference(first=pair.a.label, second=pair.b.label, value=None)
    plain = Difference(
        first=pair.a.label,
        second=pair.b.label,
        value=b.value - a.value,
        reservations=pair.reservations(),
    )
    if plain.void:
        return plain
    if rows and (interval := rows.test(pair.metric, table_metrics.find(a.metric), a, b)):
        low, high = interval
        apart = low > 0 or high < 0
        update = {"low": low, "high": high, "apart": apart, "test": "paired"}
        return plain.model_copy(update=update)
    if a.low is not None and a.high is not None and b.low is not None and b.high is not None:
        apart = a.high < b.low or b.high < a.low
        return plain.model_copy(update={"apart": apart, "test": "intervals"})
    return plain.model_copy(update={"apart": False if a.value == b.value else None})


def _spreads(
    clusterings: Sequence[NamedClustering],
    scores: Sequence[ScoreRecord | None],
    repetitions: Sequence[Repetition],
) -> Iterator[Spread]:
    """Return mean and standard deviation over the seeds, where all have a score by one clusterer."""
    for repetition in repetitions:
        members = [
            (clustering, score)
            for clustering, score in zip(clusterings, scores, strict=True)
            if clustering.run.letter in repetition.runs
        ]
        values = [score.value for _, score in members if score and score.value is not None]
        if len(members) == len(values) > 1 and len({c.clusterer for c, _ in members}) == 1:
            yield Spread(
                clusterings=tuple(clustering.label for clustering, _ in members),
                mean=float(np.mean(values)),
                sd=float(np.std(values, ddof=1)),
            )


def _contrasts(
    first: str, spreads: Sequence[Spread], differences: Sequence[Difference]
) -> Iterator[Contrast]:
    """Set the first recipe against each other, where no difference between their runs is void."""
    void = {difference.second for difference in differences if difference.void}
    for other in spreads[1:]:
        if first in spreads[0].clusterings and not void & set(other.clusterings):
            gap, width = abs(other.mean - spreads[0].mean), other.sd + spreads[0].sd
            yield Contrast(first=spreads[0], second=other, apart=gap > width)
