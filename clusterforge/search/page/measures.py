"""What trials are compared by: objectives, scores, and what they cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from clusterforge.runs.ranking import in_order
from clusterforge.search.objectives.metrics import noise_of
from clusterforge.search.pareto import value_of
from clusterforge.search.records import SweepRecord, TrialRecord

Kind = Literal["chooses", "record", "labels", "size"]


@dataclass(frozen=True)
class Measure:
    """One number of each trial.

    Parameters
    ----------
    name, title
        As the recipe says it, and as a reader sees it.
    direction
        Which way is better.
    kind
        ``chooses``: the best trial is best by it; ``record``: for the record; ``labels``: compares with true
        labels and does not choose; ``size``: how many clusters, how long.
    about
        What it measures, in a sentence; may be empty.
    values
        Of each trial; None where it has none.
    """

    name: str
    title: str
    direction: Literal["higher", "lower", "none"]
    kind: Kind
    about: str
    values: tuple[float | None, ...]

    @cached_property
    def array(self) -> npt.NDArray[np.float64]:
        """The values: float64 (t,), nan where there is none."""
        return np.array([np.nan if v is None else v for v in self.values], np.float64)

    @property
    def gains(self) -> npt.NDArray[np.float64]:
        """The values, higher being better: float64 (t,)."""
        return -self.array if self.direction == "lower" else self.array

    def rank(self, trial: int) -> int:
        """Return how many trials are better, plus one."""
        return int((self.gains > self.gains[trial]).sum()) + 1


def measures(sweep: SweepRecord, trials: Sequence[TrialRecord]) -> list[Measure]:
    """Return what trials are compared by: what chooses first, then without and with labels, then sizes."""
    found = [
        Measure(
            one.name,
            one.title,
            one.direction,
            "chooses" if one.chooses else "labels" if one.labels else "record",
            one.about,
            tuple(value_of(trial, one) for trial in trials),
        )
        for one in sweep.objectives
    ]
    objectives = {one.name for one in found}
    for name in in_order(sweep.metrics):
        metric = sweep.metrics[name]
        noise_as = noise_of(metric.labels)
        values = tuple(trial.score(name, noise=noise_as) for trial in trials)
        if name not in objectives and metric.direction != "none" and {*values} - {None}:
            kind: Kind = "labels" if metric.labels else "record"
            found.append(Measure(name, metric.title, metric.direction, kind, "", values))
    found.sort(key=lambda one: ("chooses", "record", "labels").index(one.kind))
    noise = tuple(trial.noise for trial in trials)
    clusters = tuple(trial.clusters for trial in trials)
    found.append(Measure("clusters", "clusters", "none", "size", "", clusters))
    if any(noise):
        found.append(
            Measure("noise", "noise", "none", "size", "Share of rows in no cluster.", noise)
        )
    seconds = tuple(trial.seconds if trial.state == "complete" else None for trial in trials)
    found.append(Measure("seconds", "seconds", "none", "size", "", seconds))
    return found
