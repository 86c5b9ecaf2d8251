"""How objectives go with the true labels over the trials: for the record, after all is chosen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from clusterforge.numerics.arrays import DoubleArray
from clusterforge.runs.records import MetricRecord
from clusterforge.search.objectives.metrics import noise_of
from clusterforge.search.pareto import ranked, value_of
from clusterforge.search.records import AgainstLabels, ObjectiveRecord, TrialRecord

FEWEST = 3


def against_labels(
    trials: Iterable[TrialRecord],
    objectives: Sequence[ObjectiveRecord],
    metrics: Mapping[str, MetricRecord],
) -> Iterator[AgainstLabels]:
    """Yield how each objective goes with each metric that compares with labels.

    Parameters
    ----------
    trials
        Those that competed for the best.
    objectives, metrics
        Those of the sweep, by name.
    """
    trials = list(trials)
    for objective in objectives:
        for name, metric in metrics.items():
            if not metric.labels or name == objective.name:
                continue
            sign = -1.0 if metric.direction == "lower" else 1.0
            scores = {
                trial.number: sign * score
                for trial in trials
                if (score := trial.score(name, noise=noise_of(True))) is not None
            }
            order = [trial for trial in ranked(trials, [objective]) if trial.number in scores]
            if not order:
                continue
            upward = 1.0 if objective.direction == "higher" else -1.0
            gains = [upward * (value_of(trial, objective) or 0.0) for trial in order]
            found = [scores[trial.number] for trial in order]
            yield AgainstLabels(
                objective=objective.name,
                metric=name,
                trials=len(found),
                correlation=spearman(np.array(gains), np.array(found)),
                choice=sign * found[0],
                best=sign * max(scores.values()),
                regret=max(scores.values()) - found[0],
            )


def spearman(a: DoubleArray, b: DoubleArray) -> float | None:
    """Return the rank correlation, ties by their mean rank; None where one is constant, or of too few.

    Parameters
    ----------
    a, b
        float64 (n,).
    """
    if len(a) < FEWEST or np.ptp(a) == 0 or np.ptp(b) == 0:
        return None
    import pandas as pd  # a second sooner there than scipy.stats, and the table of trials needs it anyway

    return float(np.corrcoef(pd.Series(a).rank(), pd.Series(b).rank())[0, 1])
