"""Clusterers on small data, and the checks that are theirs."""

from __future__ import annotations

from typing import Any

import numpy as np

from clusterforge.contracts import Context, FloatArray, IntArray, Points
from clusterforge.pipeline import guard
from clusterforge.pipeline.cluster import soft_answers
from clusterforge.specs import ClustererSpec
from clusterforge.testing.check import Failure, NotApplicable, check, require
from clusterforge.testing.samples import GROUPS, sample
from clusterforge.testing.subject import Arrays, Subject

PARTS = {"train": "labels", "new": "predicted"}


class ClustererSubject(Subject[ClustererSpec]):
    """A clusterer on three groups of rows."""

    def inputs(self) -> Points:
        """Return the rows to fit."""
        return self.points("train")

    def points(self, part: str) -> Points:
        """Return rows, with a soft assignment where the spec says that it is read."""
        found = sample("embedding", part)
        return self.with_soft(found.matrix(), found.groups)

    def with_soft(self, rows: FloatArray, groups: IntArray) -> Points:
        """Return points of these rows."""
        if not self.spec.needs_head:
            return Points(rows)
        soft = np.full((len(rows), GROUPS), 0.1, dtype=np.float32)
        soft[np.arange(len(rows)), groups] = 0.8
        return Points(rows, soft)

    def start(self, made: Any, inputs: Points, context: Context) -> Arrays:
        """Fit: the labels of its rows."""
        return {"labels": made.fit(inputs, context)}

    def later(self, made: Any, context: Context) -> Arrays:
        """Label new rows, where the spec says that it can."""
        if self.spec.predicts == "none":
            return {}
        return {"predicted": made.predict(self.points("new"), context)}


@check("clusterer")
def labels_shape(subject: ClustererSubject) -> None:
    """The core stores labels as int64 (n,), -1 for noise, and refuses anything else."""
    for part, name in PARTS.items():
        if name in subject.base.answer:
            try:
                guard.labels(subject.base.answer[name], len(subject.points(part)))
            except guard.WrongAnswer as error:
                raise Failure(f"{name}: {error}") from error


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
    if kind == "none":
        raise NotApplicable("its spec says that it can't label new rows")
    again = subject.base.made.predict(subject.points("train"), subject.context)
    require(len(again) == len(labels), f"{len(labels)} rows get {len(again)} labels")
    wrong = int((again != labels).sum())
    if kind == "exact":
        require(not wrong, f"exact, but {wrong} of {len(labels)} fitted rows get another label")
    strange = set(again.tolist()) - set(labels.tolist()) - {-1}
    require(not strange, f"fitted rows get labels that the fit has not: {sorted(strange)}")


@check("clusterer")
def predict_known_clusters(subject: ClustererSubject) -> None:
    """A new row belongs to a cluster of the fit or is noise; a run has no other clusters."""
    found = subject.base.answer
    if "predicted" not in found:
        raise NotApplicable("its spec says that it can't label new rows")
    strange = set(found["predicted"].tolist()) - set(found["labels"].tolist()) - {-1}
    require(not strange, f"new rows get labels that the fit has not: {sorted(strange)}")


@check("clusterer")
def soft_answers_fit(subject: ClustererSubject) -> None:
    """Membership and outlier scores are stored beside the labels that they belong to."""
    for part, name in PARTS.items():
        labels = subject.base.answer.get(name)
        if labels is None:
            continue
        try:
            soft_answers(subject.base.made, subject.points(part), labels, subject.context)
        except guard.WrongAnswer as error:
            raise Failure(str(error)) from error


@check("clusterer")
def rule_stated(subject: ClustererSubject) -> None:
    """Users are shown how new rows are labelled and what a clusterer costs."""
    spec = subject.spec
    require(spec.cost, "the spec states no cost")
    require(spec.rule or spec.predicts == "none", "the spec states no rule for new rows")
