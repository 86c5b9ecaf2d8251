"""Scores side by side: a line for each split, metric and treatment of noise, with paired tests.

What makes a row hard for both clusterings cancels out in a paired test, so two scores may differ for
certain although their own intervals overlap.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from clusterforge.comparison.findings import Contrast, Difference, Repetition, ScoreLine, Spread
from clusterforge.comparison.named_runs import NamedClustering
from clusterforge.comparison.reservations import ScorePair
from clusterforge.comparison.rows import Overlap
from clusterforge.contracts import Noise
from clusterforge.evaluation.intervals import Interval, Values, interval, percentile
from clusterforge.runs.ranking import in_order
from clusterforge.runs.records import MetricRecord, ScoreRecord
from clusterforge.runs.score_table import TREATMENTS

Scores = Mapping[tuple[str, str, Noise], ScoreRecord]
# Of fewer rows that differ, all on one side, a sign test is not sure at 95 % (2/2^5 > 0.05).
FEWEST = 6


def score_lines(
    clusterings: Sequence[NamedClustering],
    overlaps: Sequence[Overlap],
    repetitions: Sequence[Repetition],
) -> Iterator[ScoreLine]:
    """Set the scores of clusterings side by side.

    Parameters
    ----------
    clusterings
        At least two; the others are compared with the first.
    overlaps
        The rows that the first and each of the others label.
    repetitions
        The runs that are repetitions of one recipe.
    """
    scores = [_scores(clustering) for clustering in clusterings]
    metrics: dict[str, MetricRecord] = {}
    for clustering in clusterings:
        metrics = {**clustering.run.folder.metrics.metrics, **metrics}
    keys = dict.fromkeys(key for of_one in scores for key in of_one)
    for split, metric, noise in (
        (split, metric, noise)
        for split in dict.fromkeys(split for split, _, _ in keys)
        for metric in in_order(metrics)
        for noise in TREATMENTS
        if (split, metric, noise) in keys
    ):
        cells = [_score(of_one, split, metric, noise) for of_one in scores]
        about = metrics[metric]
        if about.direction == "none" and not any(s and s.value for s in cells):
            continue  # it only describes, and is 0 for all: a share of noise without noise
        spreads = tuple(_spreads(clusterings, cells, repetitions))
        differences = tuple(
            _difference(ScorePair(overlap, cells[0], other, about))
            for overlap, other in zip(overlaps, cells[1:], strict=True)
            if cells[0] and other
        )
        yield ScoreLine(
            split=split,
            metric=metric,
            noise=noise,
            about=about,
            scores=tuple(cells),
            differences=differences,
            spreads=spreads,
            contrasts=tuple(_contrasts(clusterings[0].label, spreads, differences)),
        )


def _scores(clustering: NamedClustering) -> Scores:
    scores = clustering.run.folder.metrics.scores
    own = [score for score in scores if score.clusterer == clustering.clusterer]
    return {(score.split, score.metric, score.noise): score for score in own}


def _score(scores: Scores, split: str, metric: str, noise: Noise) -> ScoreRecord | None:
    """Return a score; one without noise is the same in every treatment of noise."""
    plain = scores.get((split, metric, "excluded"))
    return scores.get((split, metric, noise)) or (plain if plain and plain.coverage == 1 else None)


def _difference(pair: ScorePair) -> Difference:
    a, b, labels = pair.first, pair.second, (pair.a.label, pair.b.label)
    if a.value is None or b.value is None:
        return Difference(first=labels[0], second=labels[1], value=None)
    plain = Difference(
        first=labels[0],
        second=labels[1],
        value=b.value - a.value,
        reservations=pair.reservations(),
    )
    if plain.void:
        return plain
    if ends := paired_interval(pair):
        low, high = ends
        apart = low > 0 or high < 0
        update = {"low": low, "high": high, "apart": apart, "test": "paired"}
    elif a.low is not None and a.high is not None and b.low is not None and b.high is not None:
        update = {"apart": a.high < b.low or b.high < a.low, "test": "intervals"}
    else:
        update = {"apart": False if a.value == b.value else None}
    return plain.model_copy(update=update)


def paired_interval(pair: ScorePair) -> Interval:
    """Return the 95 % interval of the second score less the first, over rows resampled for both.

    It holds 0 where fewer than six rows are in another cluster than the one that theirs is matched to.
    None where the runs do not hold the same rows in the same order, or a score has no resamples.
    """
    a, b, metric = pair.first, pair.second, pair.metric
    if pair.overlap.shared.splits[a.split].by != "content" or a.value is None or b.value is None:
        return None
    draws = [pair.a.resamples(a), pair.b.resamples(b)]
    n = min(map(len, draws))
    largest = np.inf if metric.low is None or metric.high is None else metric.high - metric.low
    few = metric.rests_on != "rows" and pair.overlap.moved(a.split) < FEWEST
    return gap_interval(draws[1][:n] - draws[0][:n], b.value - a.value, largest, few=few)


def gap_interval(gaps: Values, gap: float, largest: float = np.inf, *, few: bool) -> Interval:
    """Return the 95 % interval of the difference of two scores.

    Parameters
    ----------
    gaps
        The differences on resampled rows, the same for both: float64 (resamples,).
    gap
        The difference itself.
    largest
        The largest that there can be.
    few
        Whether so few rows differ that nothing is certain: the interval then holds 0.
    """
    raw, ends = percentile(gaps), interval(gaps, gap, -largest, largest)
    if raw is None or ends is None:
        return None
    return (min(ends[0], 0.0), max(ends[1], 0.0)) if few or raw[0] <= 0 <= raw[1] else ends


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
            yield Spread.of([clustering.label for clustering, _ in members], values)


def _contrasts(
    first: str, spreads: Sequence[Spread], differences: Sequence[Difference]
) -> Iterator[Contrast]:
    """Set the first recipe against each other, where no difference between their runs is void."""
    void = {difference.second for difference in differences if difference.void}
    for other in spreads[1:]:
        if first in spreads[0].clusterings and not void & set(other.clusterings):
            gap, width = abs(other.mean - spreads[0].mean), other.sd + spreads[0].sd
            yield Contrast(first=spreads[0], second=other, apart=gap > width)
