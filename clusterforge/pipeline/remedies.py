"""Which parameter of a clusterer to change, and to which value, for other clusters or for less noise."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from pydantic import ValidationError

from clusterforge.contracts import Details, IntArray
from clusterforge.params import CountsClusters
from clusterforge.recipe import Entry
from clusterforge.runs.records import Remedies
from clusterforge.specs import ClustererSpec, Dial, Way


def n_clusters(entry: Entry) -> int | str | None:
    """Return the standard parameter of that name; None where the clusterer has none."""
    return entry.params.n_clusters if isinstance(entry.params, CountsClusters) else None


def remedies(entry: Entry, details: Details, labels: IntArray) -> Remedies:
    """Return the settings to try, each the first that a dial has and the clusterer takes.

    Parameters
    ----------
    entry
        The clusterer with its parameters.
    details
        What it reports of its fit: the values that it chose.
    labels
        int64 (n,): its clusters, -1 for noise.
    """
    dials = entry.spec(ClustererSpec).dials(entry.params, len(labels))
    if n_clusters(entry):
        number = Dial("n_clusters", more="higher", most=len(labels))
        dials = (number, *(replace(dial, more=None) for dial in dials))
    turning = _Turning(entry, details, len(np.unique(labels[labels >= 0])))

    def first(settings: Iterator[str]) -> str:
        return next((setting for setting in settings if setting), "")

    return Remedies(
        more_clusters=first(turning.setting(d, d.more) for d in dials if d.more),
        fewer_clusters=first(turning.setting(d, _other(d.more)) for d in dials if d.more),
        less_noise=first(turning.covering(d, d.covers) for d in dials if d.covers),
    )


@dataclass(frozen=True)
class _Turning:
    """Dials of one fit, which found so many clusters."""

    entry: Entry
    details: Details
    clusters: int

    def covering(self, dial: Dial, way: Way) -> str:
        """Return the setting for less noise; where all is noise a factor may be far from enough."""
        own = self.entry.params.model_dump()[dial.key]
        if dial.auto and not self.clusters and own != "auto":
            return f'{dial.key} = "auto" (now {own!r})'
        return self.setting(dial, way)

    def setting(self, dial: Dial, way: Way) -> str:
        """Return the next value as a setting; empty where the clusterer takes none that way."""
        params = self.entry.params.model_dump()
        own = params[dial.key]
        chosen = [c.value for c in self.details.choices if c.parameter == dial.key]
        if dial.key == "n_clusters":
            chosen.append(self.clusters)
        value = next((one for one in (own, *chosen) if isinstance(one, int | float)), None)
        if value is None:
            return f"a {way} {dial.key}"
        wanted = value * dial.step if way == "higher" else value / dial.step
        wanted = wanted if dial.most is None else min(wanted, dial.most)
        new = math.ceil(wanted) if isinstance(value, int) else float(f"{wanted:.3g}")
        fewest = 2 if dial.key == "n_clusters" else -math.inf
        if new < fewest or not (new > value if way == "higher" else new < value):
            return ""
        try:
            self.entry.plugin.spec.params.model_validate({**params, dial.key: new})
        except ValidationError:
            return ""
        now = repr(value) if value == own else f"{value:.6g}"
        return f"{dial.key} = {new!r} (now {now})"


def _other(way: Way) -> Way:
    return "lower" if way == "higher" else "higher"
