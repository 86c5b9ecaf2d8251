"""Is the best trial better than chance, and why has a trial no value?"""

from __future__ import annotations

from clusterforge.search.closeness import closeness, without_value
from clusterforge.search.records import ObjectiveValue, TrialRecord
from tests.search.records import STABILITY


def trial(number: int, k: int, value: float | None, seed: int | None = None) -> TrialRecord:
    found = ObjectiveValue(value=value, reason=None if value is not None else "one cluster only")
    values = {"k": k} | ({} if seed is None else {"seed": seed})
    objectives = {STABILITY.name: found}
    return TrialRecord(
        number=number, values=values, state="complete", objectives=objectives, seconds=1.0
    )


def test_what_lies_within_the_spread_of_seeds_is_as_good() -> None:
    trials = [
        *(trial(i, 3, 0.90 + 0.02 * i, seed=i) for i in range(3)),  # standard deviation 0.02
        *(trial(3 + i, 4, 0.89 + 0.02 * i, seed=i) for i in range(3)),
        *(trial(6 + i, 5, 0.50 + 0.02 * i, seed=i) for i in range(3)),
    ]
    assert closeness(trials, [STABILITY]) == (
        "Seeds alone move stability by 0.020 (standard deviation); 2 trials of other values are within "
        "twice that of trial 2, and so as good as it is."
    )
    far = [t for t in trials if t.values["k"] != 4]
    assert closeness(far, [STABILITY]).endswith(
        "no trial of other values is within twice that of trial 2."
    )


def test_without_seeds_the_spread_is_not_known() -> None:
    trials = [trial(0, 3, 0.9), trial(1, 4, 0.8)]
    assert "each trial is one fit" in closeness(trials, [STABILITY]).lower()
    assert closeness(trials[:1], [STABILITY]) == ""


def test_trials_without_a_value_have_a_reason() -> None:
    trials = [trial(0, 3, 0.9), trial(1, 1, None), trial(2, 1, None)]
    assert without_value(trials, STABILITY) == "stability: one cluster only (trials 1, 2)"
    assert without_value(trials[:1], STABILITY) == ""
