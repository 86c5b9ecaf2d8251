"""How close trials are to the best, and how much of that another seed alone would make."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from clusterforge.formats import count, number
from clusterforge.search.pareto import best_trial, ranked, value_of
from clusterforge.search.records import ObjectiveRecord, TrialRecord

SEED = "seed"
WITHIN = 2.0  # standard deviations of seeds that two values may differ by


def closeness(trials: Sequence[TrialRecord], objectives: Sequence[ObjectiveRecord]) -> str:
    """Return a sentence on the trials next to the best by the first objective; empty where there is one.

    The spread of seeds is known where the seed is searched: the standard deviation of trials that differ in
    it alone, pooled over the recipes.
    """
    order = ranked(trials, objectives)
    best = best_trial(trials, objectives) if objectives else None
    if len(order) < 2 or best is None:
        return ""
    one = objectives[0]
    rivals = [trial for trial in order if trial.rung == best.rung]
    values = {trial.number: value_of(trial, one) or 0.0 for trial in rivals}
    spread = _of_seeds(rivals, values)
    if spread is None:
        return (
            f"Each trial is one fit, so it is not known which differences in {one.title} another seed would "
            'make: search "seed" = [0, 1, 2, 3, 4] with the best values.'
        )
    near = [
        trial
        for trial in rivals
        if abs(values[trial.number] - values[best.number]) <= WITHIN * spread
    ]
    other = [trial for trial in near if _recipe(trial) != _recipe(best)]
    text = f"Seeds alone move {one.title} by {number(spread)} (standard deviation)"
    if not other:
        return f"{text}; no trial of other values is within twice that of trial {best.number}."
    verb = "is" if len(other) == 1 else "are"
    return (
        f"{text}; {count(len(other), 'trial')} of other values {verb} within twice that of trial "
        f"{best.number}, and so as good as it is."
    )


def without_value(trials: Sequence[TrialRecord], objective: ObjectiveRecord) -> str:
    """Return why trials have no value by an objective, each reason once; empty where all have one."""
    reasons: defaultdict[str, list[int]] = defaultdict(list)
    for trial in trials:
        found = trial.objectives.get(objective.name)
        if trial.state == "complete" and value_of(trial, objective) is None:
            said = (found.reason if found else None) or trial.degenerate or "not computed"
            reasons[said].append(trial.number)
    parts = [
        f"{reason} ({'trial' if len(of) == 1 else 'trials'} {', '.join(map(str, of))})"
        for reason, of in reasons.items()
    ]
    return f"{objective.title}: {'; '.join(parts)}" if parts else ""


def _recipe(trial: TrialRecord) -> str:
    return repr(sorted((key, value) for key, value in trial.values.items() if key != SEED))


def _of_seeds(trials: Sequence[TrialRecord], values: dict[int, float]) -> float | None:
    """Return the pooled standard deviation of trials that differ in the seed alone; None without any."""
    groups: defaultdict[str, list[float]] = defaultdict(list)
    for trial in trials:
        groups[_recipe(trial)].append(values[trial.number])
    several = [np.array(group) for group in groups.values() if len(group) > 1]
    if not several:
        return None
    squares = sum(float(np.square(group - group.mean()).sum()) for group in several)
    return float(np.sqrt(squares / sum(len(group) - 1 for group in several)))
