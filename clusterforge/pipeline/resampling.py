"""Every score of a clusterer on resampled rows, and its interval."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from clusterforge.evaluation.intervals import (
    Interval,
    OneLess,
    Resampler,
    Values,
    draws,
    interval,
    jackknife,
    widened,
)
from clusterforge.pipeline.cluster import ClustererStage
from clusterforge.pipeline.score import Scoring
from clusterforge.recipe import Entry
from clusterforge.runs import files
from clusterforge.runs.records import ScoreRecord
from clusterforge.specs import MetricSpec


class Resampling:
    """Resamples the scores of one clusterer.

    Parameters
    ----------
    scoring
        What scored it.
    """

    def __init__(self, scoring: Scoring, clusterer: ClustererStage) -> None:
        self.scoring, self.clusterer = scoring, clusterer
        self.entries = {entry.id: entry for entry in scoring.metrics}

    def of(self, scores: Sequence[ScoreRecord], advance: Callable[[], None]) -> Values:
        """Return each score of each resample: float64 (scores, resamples), nan where it has none.

        Parameters
        ----------
        scores
            All of the clusterer's.
        advance
            Called after each of them.
        """
        resamples = np.full((len(scores), self.scoring.recipe.evaluation.resamples), np.nan)
        for split in dict.fromkeys(score.split for score in scores):
            here = {i: score for i, score in enumerate(scores) if score.split == split}
            if resamples.size:
                self._of_split(split, here, resamples)
            for _ in here:
                advance()
        return resamples

    def intervals(self, scores: Sequence[ScoreRecord], resamples: Values) -> tuple[Interval, ...]:
        """Return the interval of each score, None where it has none."""
        found: list[Interval] = []
        for score, values in zip(scores, resamples, strict=True):
            spec = self.entries[score.metric].spec(MetricSpec)
            known = score.value is not None and len(values)
            found.append(interval(values, score.value or 0, spec.low, spec.high) if known else None)
        return tuple(found)

    def _of_split(self, split: str, scores: Mapping[int, ScoreRecord], resamples: Values) -> None:
        labels = self.clusterer.labels(split)
        assert labels is not None
        # Metrics that rest on the same thing see one draw of it.
        resamplers: dict[tuple[str, ...], Resampler | None] = {}
        members: dict[tuple[str, ...], list[tuple[int, Entry]]] = {}
        for i, score in scores.items():
            entry = self.entries[score.metric]
            spec = entry.spec(MetricSpec)
            if score.value is None:
                continue
            key: tuple[str, ...] = (
                spec.rests_on,
                spec.noise,
                str(spec.needs_labels),
                score.noise,
            )
            if spec.rests_on not in ("table", "moments"):
                key += (score.metric,)
            if key not in resamplers:
                place = (score.clusterer, split, score.metric, score.noise)
                file = self.scoring.session.folder / files.score_influence(*place)
                if not file.is_file():
                    file = self.scoring.session.folder / files.score_values(*place)
                resamplers[key] = self.scoring.resampler(entry, split, score.noise, labels, file)
            members.setdefault(key, []).append((i, entry))
        known = {key: resampler for key, resampler in resamplers.items() if resampler}
        if not known:
            return
        start, width = 0, max(resampler.width for resampler in known.values())
        for weights in draws(len(labels), resamples.shape[1], width):
            stop = start + len(weights)
            for key, resampler in known.items():
                drawn = resampler.of(weights)
                for i, entry in members[key]:
                    values = self.scoring.resampled(entry, drawn)
                    resamples[i, start:stop] = np.nan if values is None else values
            start = stop
        for key, resampler in known.items():
            if resampler.one_less:
                self._widen(resampler.one_less, members[key], resamples)

    def _widen(
        self, one_less: OneLess, members: Sequence[tuple[int, Entry]], resamples: Values
    ) -> None:
        """Spread the resamples of scores as far as leaving out single rows says."""
        values: dict[int, list[Values]] = {i: [] for i, _ in members}
        for tables in one_less.tables():
            for i, entry in members:
                found = self.scoring.resampled(entry, tables)
                values[i].append(np.full(len(tables), np.nan) if found is None else found)
        for i, parts in values.items():
            deviation = jackknife(np.concatenate(parts), one_less.times, one_less.rows)
            resamples[i] = widened(resamples[i], deviation)
