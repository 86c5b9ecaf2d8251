"""Which trials are best: by one objective, or those that none beats in all of several."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from clusterforge.search.records import ObjectiveRecord, TrialRecord


def front(
    trials: Iterable[TrialRecord], objectives: Sequence[ObjectiveRecord]
) -> list[TrialRecord]:
    """Return the trials that no other beats in all objectives that choose, by number."""
    chosen = [one for one in objectives if one.chooses]
    usable = [trial for trial in trials if all(value_of(trial, one) is not None for one in chosen)]
    usable.sort(key=lambda trial: trial.number)
    if not usable:
        return []
    points = np.array([[_gain(trial, one) for one in chosen] for trial in usable])
    kept: list[int] = []
    # Whatever beats a point comes before it in this order, and is beaten itself or kept.
    for place in np.lexsort(-points.T[::-1]):
        before, point = points[kept], points[place]
        if not ((before >= point).all(axis=1) & (before > point).any(axis=1)).any():
            kept.append(int(place))
    return [usable[place] for place in sorted(kept)]


def best_trial(
    trials: Iterable[TrialRecord], objectives: Sequence[ObjectiveRecord]
) -> TrialRecord | None:
    """Return the trial that is best by the first objective among those that none beats.

    Equal ones: the one with the lowest number. Of ``halving``, trials of the last rung in which any has a
    value alone count.
    """
    candidates = [trial for trial in trials if value_of(trial, objectives[0]) is not None]
    last = max((trial.rung for trial in candidates), default=0)
    candidates = [trial for trial in candidates if trial.rung == last]
    if sum(one.chooses for one in objectives) > 1:
        candidates = front(candidates, objectives)
    if not candidates:
        return None
    return max(candidates, key=lambda trial: (_gain(trial, objectives[0]), -trial.number))


def ranked(
    trials: Iterable[TrialRecord], objectives: Sequence[ObjectiveRecord]
) -> list[TrialRecord]:
    """Return the trials that have a value by the first objective, the best first; without any, all."""
    if not objectives:
        return sorted(trials, key=lambda trial: trial.number)
    first = objectives[0]
    usable = [trial for trial in trials if value_of(trial, first) is not None]
    return sorted(usable, key=lambda trial: (-trial.rung, -_gain(trial, first), trial.number))


def value_of(trial: TrialRecord, objective: ObjectiveRecord) -> float | None:
    """Return a trial's value by an objective; None where it has none."""
    found = trial.objectives.get(objective.name)
    return None if found is None else found.value


def _gain(trial: TrialRecord, objective: ObjectiveRecord) -> float:
    value = value_of(trial, objective)
    assert value is not None
    return value if objective.direction == "higher" else -value
