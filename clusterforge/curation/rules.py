"""How labels of a fit become those of a curation, for rows that were not there when edits were made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clusterforge.contracts import FloatArray, IntArray, State
from clusterforge.curation.metric import Metric
from clusterforge.numerics.kmeans import assign

NOISE = -1


@dataclass(frozen=True)
class Relabel:
    """Clusters that are numbered otherwise, all at once; -1 is noise."""

    into: dict[int, int]

    def __call__(self, labels: IntArray, embedding: FloatArray) -> IntArray:
        """Return new labels, int64 (n,), of rows with an embedding, float32 (n, d)."""
        new = labels.copy()
        for old, number in self.into.items():
            new[labels == old] = number
        return new

    def state(self) -> State:
        """Return the numbers, old and new."""
        return State({"into": np.array(list(self.into.items()), dtype=np.int64).reshape(-1, 2)})

    @classmethod
    def restored(cls, state: State) -> Relabel:
        """Return the rule of a state."""
        return cls({int(old): int(new) for old, new in state.arrays["into"]})


@dataclass(frozen=True)
class Spread:
    """Rows of some clusters go to the nearest of some places.

    Parameters
    ----------
    clusters
        The clusters whose rows go elsewhere; -1 is noise.
    numbers
        int64 (m,): the cluster of each place.
    places
        float32 (m, d), where the metric puts them.
    takes
        bool (m,): places that take rows of other clusters, too, where they are the nearest.
    metric
        What nearest means.
    """

    clusters: tuple[int, ...]
    numbers: IntArray
    places: FloatArray
    takes: npt.NDArray[np.bool_]
    metric: Metric

    def __call__(self, labels: IntArray, embedding: FloatArray) -> IntArray:
        """Return new labels, int64 (n,), of rows with an embedding, float32 (n, d)."""
        moves = np.isin(labels, self.clusters)
        looks = moves | ((labels >= 0) & self.takes.any())
        new = labels.copy()
        here = np.flatnonzero(looks)
        if len(here):
            nearest = assign(self.metric(embedding[here]), self.places)[0]
            moving = moves[here] | self.takes[nearest]
            new[here[moving]] = self.numbers[nearest[moving]]
        return new

    def state(self) -> State:
        """Return clusters, numbers, places, which of them take rows, and the metric."""
        clusters = np.array(self.clusters, dtype=np.int64)
        return State(
            {
                "clusters": clusters,
                "numbers": self.numbers,
                "places": self.places,
                "takes": self.takes,
                "directions": self.metric.directions,
                "shrink": self.metric.shrink,
            }
        )

    @classmethod
    def restored(cls, state: State) -> Spread:
        """Return the rule of a state."""
        clusters = tuple(int(cluster) for cluster in state.arrays["clusters"])
        arrays = state.arrays
        metric = Metric(arrays["directions"], arrays["shrink"])
        return cls(clusters, arrays["numbers"], arrays["places"], arrays["takes"], metric)


Rule = Relabel | Spread
KINDS: dict[str, type[Relabel] | type[Spread]] = {"relabel": Relabel, "spread": Spread}


def follow(rules: Sequence[Rule], labels: IntArray, embedding: FloatArray) -> IntArray:
    """Return the labels that rules make of others, one rule after the other: int64 (n,)."""
    for rule in rules:
        labels = rule(labels, embedding)
    return labels


def rules_state(rules: Sequence[Rule]) -> State:
    """Return all that :func:`rules_of` needs."""
    names = {kind: name for name, kind in KINDS.items()}
    state = State(meta={"rules": [names[type(rule)] for rule in rules]})
    for number, rule in enumerate(rules):
        state |= rule.state().within(f"rule{number}")
    return state


def rules_of(state: State) -> tuple[Rule, ...]:
    """Return the rules of a state."""
    return tuple(
        KINDS[name].restored(state.part(f"rule{number}"))
        for number, name in enumerate(state.meta["rules"])
    )
