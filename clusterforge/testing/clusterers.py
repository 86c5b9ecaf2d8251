"""Clusterers on small data, and the checks that are theirs."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import ValidationError

from clusterforge.contracts import (
    Clusterer,
    Context,
    IntArray,
    MergeTree,
    Points,
    RowTree,
    Split,
    State,
)
from clusterforge.models import guard
from clusterforge.params import DerivedParams, Params
from clusterforge.specs import ClustererSpec, Content
from clusterforge.testing.check import check, failing, require, skip_if
from clusterforge.testing.samples import GROUPS, Sample, overlapping, sample, shares
from clusterforge.testing.subject import Arrays, Subject

PARTS = {"train": "labels", "new": "predicted"}
ROUNDING = 1e-5
MERGES = ((0, 1, 1.0), (2, 3, 2.0))


class Halves(Clusterer[Params]):
    """Rows below and above the middle of the first column, for one that fits others again."""

    def fit(self, points: Points, context: Context) -> IntArray:
        """Find the middle."""
        self.middle = float(np.median(points.embedding[:, 0]))
        labels = self.predict(points, context)
        return np.unique(labels, return_inverse=True)[1].astype(np.int64)

    def predict(self, points: Points, context: Context) -> IntArray:
        """Compare with the middle."""
        return (points.embedding[:, 0] > self.middle).astype(np.int64)

    def state(self) -> State:
        """Return the middle."""
        return State(meta={"middle": self.middle})

    def restore(self, state: State) -> None:
        """Take up the middle."""
        self.middle = float(state.meta["middle"])


class ClustererSubject(Subject[ClustererSpec]):
    """A clusterer on three groups of rows."""

    content: Content = "embedding"

    @property
    def context(self) -> Context:
        """What the base trial's plugin was given, which may fit what it works on again."""
        return Context(below=lambda name: Halves(Params()))

    def inputs(self) -> Points:
        """Return the rows to fit."""
        return self.points("train")

    def points(self, part: str) -> Points:
        """Return rows, with a soft assignment where the spec says that it is read."""
        return self.view(sample(self.content, part), split=part)

    def view(self, found: Sample, *, fitted: bool = False, split: str = "train") -> Points:
        """Return the rows of a sample, with all that the spec says is read."""
        names: tuple[str, ...] = ()
        if isinstance(self.params, DerivedParams):
            names = self.params.of or ("other",)
        groups = found.groups.astype(np.int64)
        tree = RowTree(MergeTree(tuple(np.bincount(groups).tolist()), MERGES), groups)
        return Points(
            found.matrix(),
            shares(found.groups) if self.spec.needs_head else None,
            dict.fromkeys(names, groups),
            {name: shares(found.groups) for name in names},
            {name: tree for name in names if split == "train"},
            Split(split, found.items) if self.spec.reads_rows else None,
            items=found.items if self.spec.reads_rows else None,
        )

    def start(self, made: Any, inputs: Points, context: Context) -> Arrays:
        """Fit: the labels of its rows, and what it knows of them besides."""
        return {"labels": made.fit(inputs, context)} | soft_answers(made, "train", inputs, context)

    def later(self, made: Any, context: Context, found: Sample | None = None) -> Arrays:
        """Label new rows, where the spec says that it can."""
        if self.spec.predicts == "none":
            return {}
        new = self.view(found or sample(self.content, "new"))
        return {"predicted": made.predict(new, context)} | soft_answers(made, "new", new, context)


def soft_answers(made: Any, part: str, points: Points, context: Context) -> Arrays:
    """Return the soft answers to rows that have labels; as given, for a check to look at."""
    found = {
        f"{part}.membership": made.membership(points, context),
        f"{part}.outlier_scores": made.outlier_scores(points, context),
    }
    return {name: values for name, values in found.items() if values is not None}


@check("clusterer")
def labels_shape(subject: ClustererSubject) -> None:
    """The core stores labels as int64 (n,), -1 for noise, and refuses anything else."""
    for part, name in PARTS.items():
        if name in subject.base.answer:
            with failing(f"{name}: {{}}"):
                guard.labels(subject.base.answer[name], len(subject.points(part)))


@check("clusterer")
def labels_numbered(subject: ClustererSubject) -> None:
    """Sizes, colours and metrics count clusters from 0 without gaps, and noise as -1."""
    labels = subject.base.answer["labels"]
    found = np.unique(labels[labels >= 0])
    require(np.array_equal(found, np.arange(len(found))), f"its clusters are {found.tolist()}")


@check("clusterer")
def predict_agrees(subject: ClustererSubject) -> None:
    """What the spec says of `predict` is what a reader takes the labels of new rows for."""
    labels, kind = subject.base.answer["labels"], subject.spec.predicts
    skip_if(kind == "none", "its spec says that it can't label new rows")
    again = subject.base.made.predict(subject.points("train"), subject.context)
    require(len(again) == len(labels), f"{len(labels)} rows get {len(again)} labels")
    wrong = int((again != labels).sum())
    if kind == "exact":
        require(not wrong, f"exact, but {wrong} of {len(labels)} fitted rows get another label")
    strange = set(again.tolist()) - set(labels.tolist()) - {-1}
    require(not strange, f"fitted rows get labels that the fit has not: {sorted(strange)}")
    if kind == "exact":
        # Groups of equal size, far apart, agree with almost any rule; these are unequal and overlap.
        other = subject.make()
        fitted = other.fit(subject.view(overlapping(), fitted=True), subject.context)
        predicted = other.predict(subject.view(overlapping(), fitted=True), subject.context)
        wrong = int((predicted != fitted).sum())
        require(
            not wrong,
            f"exact, but where groups are unequal and overlap {wrong} of {len(fitted)} fitted rows "
            "get another label",
        )


@check("clusterer")
def predict_known_clusters(subject: ClustererSubject) -> None:
    """A new row belongs to a cluster of the fit or is noise; a run has no other clusters."""
    found = subject.base.answer
    skip_if("predicted" not in found, "its spec says that it can't label new rows")
    strange = set(found["predicted"].tolist()) - set(found["labels"].tolist()) - {-1}
    require(not strange, f"new rows get labels that the fit has not: {sorted(strange)}")


@check("clusterer")
def soft_answers_fit(subject: ClustererSubject) -> None:
    """Membership and outlier scores are stored beside the labels that they belong to."""
    found = subject.base.answer
    for part, name in PARTS.items():
        if name not in found:
            continue
        shares = guard.membership(found.get(f"{part}.membership"), found[name])
        guard.outlier_scores(found.get(f"{part}.outlier_scores"), len(found[name]))
        if shares is not None:
            most = shares.sum(axis=1, dtype=np.float64).max(initial=0)
            require(most <= 1 + ROUNDING, f"a row of its membership sums to {most:.6f}")


@check("clusterer")
def details_typed(subject: ClustererSubject) -> None:
    """Details are stored, and drawn with their own words: curves with as many x as y, whole trees."""
    made = subject.base.made
    details = guard.details(made.details())
    guard.lines(made.warnings())
    guard.lines(made.others(), "others()")
    for curve in details.all_curves:
        require(len(curve.x) == len(curve.y), f"curve {curve.name!r} has other x than y")
        require(not curve.error or len(curve.error) == len(curve.y), f"{curve.name!r}: error")
        require(sorted(curve.x) == list(curve.x), f"the x of curve {curve.name!r} do not ascend")
        require(curve.title and curve.x_label and curve.y_label, f"{curve.name!r} lacks words")
    names = [curve.name for curve in details.all_curves]
    require(len(set(names)) == len(names), f"two curves are named alike: {', '.join(names)}")


@check("clusterer")
def tree_fits(subject: ClustererSubject) -> None:
    """A tree is cut into layers and splits: its leaves make up the clusters, its merges one tree."""
    tree = subject.base.made.details().tree
    skip_if(tree is None, "it builds no tree; the core builds one over its clusters")
    leaves = subject.base.made.leaves(subject.points("train"), subject.context)
    with failing("{}"):
        guard.tree(tree, leaves, subject.base.answer["labels"])
    require(tree.axis, "nothing says what the heights of its tree are")


@check("clusterer")
def cut_agrees(subject: ClustererSubject) -> None:
    """A finished run is cut again from its state, into as many clusters as were asked for, new rows too."""
    skip_if(subject.target.cut is Clusterer.cut, "it has no tree to cut")
    points = subject.points("train")
    restored = subject.make()
    restored.restore(subject.base.made.state())
    for wanted in (1, 2, GROUPS):
        with failing(f"cut into {wanted} clusters: {{}}"):
            labels = guard.numbered(
                restored.cut(points, subject.context, n_clusters=wanted), len(points)
            )
        clusters = int(labels.max(initial=-1)) + 1
        require(clusters == wanted, f"cut into {wanted} clusters, it has {clusters}")
        if subject.spec.predicts == "exact":
            again = restored.predict(points, subject.context)
            require(np.array_equal(again, labels), "predict does not follow the cut")
        elif subject.spec.predicts != "none":
            again = restored.predict(points, subject.context)
            found = len(np.unique(again[again >= 0]))
            require(found == wanted, f"cut into {wanted} clusters, predict gives {found}")


@check("clusterer")
def rule_stated(subject: ClustererSubject) -> None:
    """Users are shown how new rows are labelled and what a clusterer costs."""
    spec = subject.spec
    require(spec.complexity, "the spec states no complexity")
    require(spec.rule or spec.predicts == "none", "the spec states no rule for new rows")


@check("clusterer")
def dials_turn(subject: ClustererSubject) -> None:
    """Advice names a dial with its next value, which the parameters have to take."""
    labels, params = subject.base.answer["labels"], subject.params
    dials = subject.spec.dials(params, len(labels))
    skip_if(not dials, "it has no dials")
    values = params.model_dump()
    for dial in dials:
        require(dial.key in values, f"{dial.key!r} is no parameter")
        require(dial.more or dial.covers, f"nothing follows from {dial.key!r}")
        require(dial.step > 1, f"the step of {dial.key!r} is {dial.step}")
        own = values[dial.key]
        known = isinstance(own, int | float) and not isinstance(own, bool)
        tried = {type(own)(own * dial.step), type(own)(own / dial.step)} if known else {1, 2, 0.5}
        require(
            any(_takes(params, dial.key, value) for value in tried if value != own),
            f"{dial.key!r} takes no other number",
        )
        require(not dial.auto or _takes(params, dial.key, "auto"), f'{dial.key!r} takes no "auto"')
    covering = any(dial.covers for dial in dials)
    require(covering or (labels >= 0).all(), "rows are noise, and no dial covers more of them")


def _takes(params: Params, key: str, value: object) -> bool:
    try:
        type(params).model_validate({**params.model_dump(), key: value})
    except ValidationError:
        return False
    return True
