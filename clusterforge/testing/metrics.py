"""Metrics on clusterings whose worth is known, and the checks that are theirs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, get_args

import numpy as np

from clusterforge.contracts import Clustering, Context, IntArray, Noise, Score
from clusterforge.contracts.metric import MomentMetric, TableMetric
from clusterforge.errors import Undefined
from clusterforge.numerics.arrays import DoubleArray
from clusterforge.numerics.contingency import contingency
from clusterforge.numerics.moments import ClusterRows, Moments
from clusterforge.specs import MetricSpec
from clusterforge.testing.check import Failure, NotApplicable, check, require, skip_if
from clusterforge.testing.samples import GROUPS, TRAIN_ROWS, sample, shares
from clusterforge.testing.subject import Arrays, Subject

HEADLINE = "excluded"
TOLERANCE = 1e-4


class MetricSubject(Subject[MetricSpec]):
    """A metric on clusterings of three groups of rows."""

    def inputs(self) -> Clustering:
        """Return the clustering that finds the groups."""
        return self.clustering(sample("embedding").groups)

    def clustering(self, labels: IntArray) -> Clustering:
        """Return a clustering of the rows with these labels."""
        found = sample("embedding")
        truth = found.groups if self.spec.needs_labels else None
        return Clustering(found.matrix(), labels.copy(), truth, shares(found.groups))

    def start(self, made: Any, inputs: Clustering, context: Context) -> Arrays:
        """Score a clustering, once for each treatment of noise."""
        try:
            return {name: np.array(value) for name, value in scores(made.score(inputs)).items()}
        except Undefined:
            return {}

    def estimates(self) -> bool:
        """Return whether it takes a sample of these few rows."""
        try:
            return not exact(self.make().score(self.inputs()))
        except Undefined:
            return False

    def score(self, labels: IntArray) -> float | None:
        """Return the headline score of these labels of the rows; None where it has none."""
        try:
            return scores(self.make().score(self.clustering(labels))).get(HEADLINE)
        except Undefined:
            return None

    def defined(self, labels: IntArray) -> float:
        """Return the same where there has to be one, which is a check of its own."""
        value = self.score(labels)
        if value is None:
            raise NotApplicable("it is undefined on well-separated groups")
        return value

    def at_most_undefined(self, what: str, clustering: Clustering) -> None:
        """Score something odd: a finite number, null, or Undefined with a reason."""
        try:
            scores(self.make().score(clustering))
        except Undefined as error:
            require(str(error).strip(), f"{what}: Undefined gives no reason")
        except Failure as error:
            raise Failure(f"{what}: {error}") from error
        except Exception as error:
            raise Failure(f"{what}: {error!r}, not Undefined with a reason") from error


def scores(given: Any) -> dict[str, float | None]:
    """Return the value for each treatment of noise, as the core reads an answer.

    Raises
    ------
    Failure
        Where it is no score, or not finite.
    """
    if isinstance(given, Mapping):
        return {str(noise): scores(score)[HEADLINE] for noise, score in given.items()}
    if isinstance(given, Score) and given.value is None:
        return {HEADLINE: None}
    value: Any = given.value if isinstance(given, Score) else given
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    require(number, f"a score is a number, not {type(value).__name__}")
    require(math.isfinite(value), f"a score is finite, not {value}; raise Undefined")
    return {HEADLINE: float(value)}


def exact(given: Any) -> bool:
    """Return whether a score is of all rows."""
    if isinstance(given, Mapping):
        return all(map(exact, given.values()))
    return not isinstance(given, Score) or given.exact


ROW = np.arange(TRAIN_ROWS, dtype=np.int64)
GOOD = ROW % GROUPS  # the groups
BAD = ROW // GROUPS % GROUPS  # as many clusters, each with a third of each group
HALVES = np.minimum(GOOD, 1)
KNOWN = {"the groups": GOOD, "chance": BAD, "two groups as one": HALVES}
ODD = {"one cluster": ROW * 0, "a cluster for each row": ROW}


@check("metric")
def score_defined(subject: MetricSubject) -> None:
    """Clusterings of well-separated groups have a score, be they good or bad."""
    for what, labels in KNOWN.items():
        require(subject.score(labels) is not None, f"{what}: it is undefined")


@check("metric")
def score_in_range(subject: MetricSubject) -> None:
    """Figures and tables are drawn to the range that the spec states."""
    low, high = subject.spec.low, subject.spec.high
    for what, labels in (KNOWN | ODD).items():
        value = subject.score(labels) if what in KNOWN else _odd_score(subject, labels)
        if value is not None:
            below = low is not None and value < low - TOLERANCE
            above = high is not None and value > high + TOLERANCE
            require(not below, f"{what}: {value:g} is below {low}")
            require(not above, f"{what}: {value:g} is above {high}")


def _odd_score(subject: MetricSubject, labels: IntArray) -> float | None:
    try:
        return subject.score(labels)
    except Exception:  # another check's to judge
        return None


@check("metric")
def direction_holds(subject: MetricSubject) -> None:
    """What is printed bold as the best score has to be the better clustering."""
    skip_if(subject.spec.direction == "none", "its spec says that neither way is better")
    right, wrong = subject.defined(GOOD), subject.defined(BAD)
    better = right > wrong if subject.spec.direction == "higher" else right < wrong
    require(
        better,
        f"{subject.spec.direction} is better, but the groups score {right:g}, chance {wrong:g}",
    )


@check("metric")
def row_order_ignored(subject: MetricSubject) -> None:
    """A clustering is a set of rows; their order in the file says nothing about it."""
    skip_if(subject.estimates(), "it is an estimate from a sample, which the order of rows decides")
    order = np.random.default_rng(3).permutation(TRAIN_ROWS)
    for labels in (BAD, HALVES):
        expected = subject.defined(labels)
        mixed = _part(subject.clustering(labels), order)
        value = scores(subject.make().score(mixed)).get(HEADLINE)
        _close(expected, value, "another order of rows")


@check("metric")
def cluster_numbers_ignored(subject: MetricSubject) -> None:
    """Clusterers number clusters as they like, so that a score must not read the numbers."""
    skip_if(subject.spec.needs_classes, "its spec says that a cluster's number is a class")
    for labels in (GOOD, HALVES):
        renamed = (labels + 1) % (int(labels.max()) + 1)
        value = subject.score(renamed)
        _close(subject.defined(labels), value, "other numbers of the same clusters")


@check("metric")
def odd_clusterings_undefined(subject: MetricSubject) -> None:
    """One cluster, or one for each row, may have no score; the report then shows the reason."""
    for what, labels in ODD.items():
        subject.at_most_undefined(what, subject.clustering(labels))


@check("metric")
def odd_rows_undefined(subject: MetricSubject) -> None:
    """One row, equal rows or no rows at all may have no score; the report then shows the reason."""
    known = subject.inputs()
    equal = replace(known, embedding=np.ones_like(known.embedding))
    subject.at_most_undefined("equal rows", equal)
    for rows in (1, 0):
        subject.at_most_undefined(f"{rows} rows", _part(known, ROW[:rows]))


@check("metric")
def noise_as_declared(subject: MetricSubject) -> None:
    """A metric that asks to see noise gets -1, and one with treatments of its own names them."""
    skip_if(subject.spec.noise == "treated", "the core treats noise before it is called")
    noisy = np.where(np.arange(TRAIN_ROWS) % 5, GOOD, -1)
    subject.at_most_undefined("some noise", subject.clustering(noisy))
    subject.at_most_undefined("nothing but noise", subject.clustering(noisy * 0 - 1))
    if subject.spec.noise == "own":
        given = subject.make().score(subject.clustering(noisy))
        require(isinstance(given, Mapping), "noise is its own, but it returns no mapping")
        unknown = set(given) - set(get_args(Noise))
        require(not unknown and HEADLINE in given, f"its treatments are {sorted(given)}")


@check("metric")
def rests_as_declared(subject: MetricSubject) -> None:
    """The core resamples what a score rests on, for its interval and for paired tests."""
    rests, made = subject.spec.rests_on, subject.make()
    skip_if(rests == "whole", "its spec says that it rests on all rows at once")
    for labels in (GOOD, BAD, HALVES):
        expected, known = subject.defined(labels), subject.clustering(labels)
        if rests == "rows":
            given = made.score(known)
            given = given.get(HEADLINE) if isinstance(given, Mapping) else given
            values = given.values if isinstance(given, Score) else None
            if values is None:
                raise Failure("it rests on rows, but its Score has no values")
            require(len(values) == len(labels), f"{len(labels)} rows have {len(values)} values")
            _close(expected, float(np.nanmean(values)), "the mean of its values")
            continue
        base = TableMetric if rests == "table" else MomentMetric
        require(isinstance(made, base), f"it rests on the {rests}, but is no {base.__name__}")
        # The sample as it is, and as a resample in which one cluster, or class, drew no row.
        if isinstance(made, TableMetric):
            if known.truth is None:
                raise Failure("it rests on the table, but its spec says needs_labels = False")
            table = contingency(known.truth, labels).counts[None]
            drawn = made.of_tables(table), made.of_tables(np.pad(table, ((0, 0), (0, 1), (0, 1))))
        else:
            moments = ClusterRows(known.embedding, labels).moments()
            drawn = made.of_moments(moments), made.of_moments(_with_empty_cluster(moments))
        for what, answer in zip(("the same", "an empty cluster more"), drawn, strict=True):
            shape = np.shape(answer)
            require(shape == (1,), f"{what}: one sample has scores of shape {shape}, not (1,)")
            _close(expected, float(answer[0]), what)


def _with_empty_cluster(moments: Moments) -> Moments:
    def padded(values: DoubleArray) -> DoubleArray:
        return np.pad(values, ((0, 0), (0, 1), *[(0, 0)] * (values.ndim - 2)))

    return Moments(*(padded(getattr(moments, field.name)) for field in fields(moments)))


def _part(known: Clustering, rows: IntArray) -> Clustering:
    """Return some rows of a clustering, in the order given."""
    truth, soft = known.truth, known.soft
    return replace(
        known,
        embedding=known.embedding[rows],
        labels=known.labels[rows],
        truth=None if truth is None else truth[rows],
        soft=None if soft is None else soft[rows],
    )


def _close(one: float, other: float | None, what: str) -> None:
    close = other is not None and abs(one - other) <= TOLERANCE * max(1, abs(one))
    require(close, f"{what}: {one:g} becomes {other}")
