"""A right metric, and metrics that are wrong in one thing each."""

from __future__ import annotations

import numpy as np

from clusterforge.contracts import Metric, TableMetric
from clusterforge.errors import Undefined
from clusterforge.params import Params
from clusterforge.specs import MetricSpec
from tests.testing.wrong_plugins.listing import Listing


class MajorityParams(Params):
    pass


RIGHT = MetricSpec(
    "majority",
    "Share of rows in the majority class of their cluster.",
    MajorityParams,
    "tests.testing.wrong_plugins.metrics:Majority",
    low=0.0,
    high=1.0,
    needs_labels=True,
)
LISTING = Listing(RIGHT)
wrong = LISTING.add


class Majority(Metric[MajorityParams]):
    def score(self, clustering):
        if not len(clustering.labels):
            raise Undefined("no rows")
        return float(np.average(self.hits(clustering)))

    def hits(self, clustering):
        hits = np.zeros(len(clustering.labels))
        for cluster in np.unique(clustering.labels):
            members = clustering.labels == cluster
            classes = clustering.truth[members]
            hits[members] = classes == np.bincount(classes).argmax()
        return hits


LISTING.spec(Majority, "score-in-range", high=0.9)
LISTING.spec(Majority, "direction-holds", direction="lower")
LISTING.spec(Majority, "noise-as-declared", noise="own")


@wrong("score-defined")
class Shy(Majority):
    def score(self, clustering):
        raise Undefined("I would rather not")


@wrong("row-order-ignored")
class Fades(Majority):
    def score(self, clustering):
        n = len(clustering.labels)
        if not n:
            raise Undefined("no rows")
        return float(np.average(self.hits(clustering), weights=np.arange(1, n + 1)))


@wrong("cluster-numbers-ignored")
class Literal(Majority):
    def hits(self, clustering):
        return clustering.labels == clustering.truth


@wrong("odd-clusterings-undefined")
class NeedsTwo(Majority):
    def hits(self, clustering):
        if len(clustering.labels) > 1 and len(np.unique(clustering.labels)) < 2:
            raise ZeroDivisionError("float division by zero")
        return super().hits(clustering)


@wrong("odd-rows-undefined")
class EmptyMean(Majority):
    def score(self, clustering):
        return float(np.average(self.hits(clustering))) if len(clustering.labels) else float("nan")


# what clusterers are caught at, metrics are too


@wrong("same-seed-same-answer")
class Samples(Majority):
    def score(self, clustering):
        return super().score(clustering) * (1 - 1e-9 * np.random.default_rng().random())


@wrong("global-random-untouched")
class Shuffles(Majority):
    def score(self, clustering):
        np.random.permutation(3)
        return super().score(clustering)


@wrong("inputs-unchanged")
class Renumbers(Majority):
    def score(self, clustering):
        clustering.labels[:] = clustering.labels + 1
        return super().score(clustering)


@wrong("rests-as-declared", rests_on="table")
class CountsEmptyClusters(TableMetric):
    """Rests on the table, but takes a cluster without rows for one of no purity."""

    def of_tables(self, tables):
        return (tables.max(axis=1) / np.maximum(tables.sum(axis=1), 1)).mean(axis=1)


@wrong("rests-as-declared", rests_on="rows")
class KeepsItsRows(Majority):
    """Rests on rows, but hands over no values of them."""
