"""Objectives that are made of others: what is good by several of them beats what is best by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from clusterforge.search.objectives.base import undefined
from clusterforge.search.records import ObjectiveRecord, ObjectiveValue

BALANCED = "balanced"
# By tests.bench.regret; see docs/sweep.md.
MEASURED = (
    "On 18 sets with labels the choice was 0.05 below the best trial's adjusted Rand index in the median, "
    "and in the worst quarter of the trials in 1 of 90 sweeps."
)


class Combination:
    """The mean of other objectives, each of which is 1 at best; one without a value counts 0.

    Parameters
    ----------
    parts
        The objectives, all of them better where higher.
    chooses
        Whether the best trial is best by it.
    """

    def __init__(self, parts: Sequence[ObjectiveRecord], chooses: bool) -> None:
        self.parts = parts
        comparative = any(part.comparative for part in parts)
        measured = MEASURED if comparative else ""
        self.record = ObjectiveRecord(
            name=BALANCED,
            title=BALANCED,
            direction="higher",
            labels=False,
            chooses=chooses,
            about=f"Mean of {' and '.join(part.title for part in parts)}. {measured}".strip(),
            comparative=comparative,
        )

    def combined(self, values: Mapping[str, ObjectiveValue]) -> ObjectiveValue:
        """Return the mean of the parts' values; None where no part has one."""
        found = [values[part.name] for part in self.parts if part.name in values]
        numbers = [one.value for one in found if one.value is not None]
        if not numbers:
            return undefined(next((one.reason for one in found if one.reason), "it has no parts"))
        return ObjectiveValue(value=sum(numbers) / len(self.parts))
