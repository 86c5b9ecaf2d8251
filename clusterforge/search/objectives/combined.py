"""Objectives that are made of others: what is good by several of them beats what is best by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from clusterforge.search.objectives.base import undefined
from clusterforge.search.records import ObjectiveRecord, ObjectiveValue

BALANCED = "balanced"


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
        *most, last = [part.title for part in parts]
        self.record = ObjectiveRecord(
            name=BALANCED,
            title=BALANCED,
            direction="higher",
            labels=False,
            chooses=chooses,
            about=f"Mean of {', '.join(most)} and {last}.",
            comparative=any(part.comparative for part in parts),
        )

    def combined(self, values: Mapping[str, ObjectiveValue]) -> ObjectiveValue:
        """Return the mean of the parts' values; None where no part has one."""
        found = [values[part.name] for part in self.parts if part.name in values]
        numbers = [one.value for one in found if one.value is not None]
        if not numbers:
            return undefined(next((one.reason for one in found if one.reason), "it has no parts"))
        return ObjectiveValue(value=sum(numbers) / len(self.parts))
