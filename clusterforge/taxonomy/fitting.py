"""The run's encoders and clusterer on the rows of later generations."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from clusterforge.contracts import (
    Clusterer,
    Evidence,
    FloatArray,
    IntArray,
    Points,
    Split,
    State,
    Table,
)
from clusterforge.curation import Edits
from clusterforge.errors import InputError
from clusterforge.models import compute, guard
from clusterforge.models.classes import with_classes
from clusterforge.models.derived import by_name
from clusterforge.pipeline.name import REPLIES
from clusterforge.pipeline.naming import Naming
from clusterforge.pipeline.replies import FolderReplies
from clusterforge.pipeline.result import Run
from clusterforge.recipe import Entry
from clusterforge.recipe.model import bases, before_neighbors, places_by_neighbors
from clusterforge.recipe.recipients import host
from clusterforge.registry import cache_folder
from clusterforge.runs import files
from clusterforge.runs.records import NamedLevel
from clusterforge.specs import ClustererSpec
from clusterforge.taxonomy.curated import CuratedFit
from clusterforge.taxonomy.labelling import Centres
from clusterforge.taxonomy.records import How
from clusterforge.taxonomy.rows import sample

HELD_OUT = 200  # rows of a test split, from which it stands for the run


@dataclass(frozen=True)
class Fit:
    """A clusterer fitted on one generation, and the clusters of its rows: int64 (n,)."""

    clusterer: Clusterer[Any]
    labels: IntArray


class Fitting:
    """Fits and applies the clusterer of a run.

    Parameters
    ----------
    run
        The run.
    clusterer
        Its id.
    """

    def __init__(self, run: Run, clusterer: str) -> None:
        self.run, recipe = run, run.recipe
        self.file = recipe.file
        self.classes = len(run.info.data.label_names) or None
        self.entry: Entry = with_classes(recipe.clusterer(clusterer), self.classes, self.file)[0]
        self.spec = self.entry.spec(ClustererSpec)
        self.predicts = recipe.can_predict(self.entry)
        self.resources = compute.choose(recipe.compute, self.file)
        own = self.resources.context(recipe.seed)
        self.context = replace(own, clusterer=by_name(run.registry))
        self.before = before_neighbors(recipe.links)
        # of an encoder that keeps neighbours alone and comes first, nothing is known that goes into it
        self.places_apart = self.before is None and places_by_neighbors(recipe.links)

    def _file(self, split: str) -> str:
        assert self.before is not None
        return files.embedding(self.before, self.run.recipe.encoders[self.before].id, split)

    @cached_property
    def held_out(self) -> IntArray | None:
        """The clusters of the test rows, int64 (n,), where they are enough to stand for the run."""
        if "test" not in self.run.info.data.splits:
            return None
        labels = self.run.files.labels(self.entry.id, "test")
        return labels if labels is not None and len(labels) >= HELD_OUT else None

    def comparable(self, before: How, now: How) -> bool:
        """Tell whether the rows of two generations would lie alike if nothing had changed."""
        fitted = before == "period" or (before == "run" and self.held_out is None)
        return now == "period" or not (self.places_apart and fitted)

    def own_space(self, split: str = "train") -> FloatArray:
        """Return where the run's rows are compared: float32 (n, d).

        An encoder that keeps neighbours alone places rows that it was fitted on otherwise than later ones,
        so that these would seem to have moved; rows are compared by the embedding that goes into it.
        """
        if self.before is None:
            return self.run.embedding(split)
        space: FloatArray = self.run.files.array(self._file(split))
        return space

    def reference(self) -> FloatArray:
        """Return the rows of the run that later ones are compared with: float32 (n, d)."""
        return self.own_space("train" if self.held_out is None else "test")

    def space(self, points: Points) -> FloatArray:
        """Return where later rows are compared with these: float32 (n, d)."""
        return points.embedding if self.before is None else points.space

    def check(self) -> None:
        """See that the clusterer can be fitted on an embedding alone.

        Raises
        ------
        InputError
            Where it needs what only a run has.
        """
        below = self._below
        entry = self.entry if below is None else below
        spec = entry.spec(ClustererSpec)
        if spec.needs_head or bases(entry) or spec.reads_rows:
            problem = f"clusterer {entry.id!r} can't be fitted on an embedding alone"
        elif below is not None and spec.predicts == "none":
            problem = f"clusterer {entry.id!r} can't label the rows that the edits name"
        else:
            return
        raise InputError(
            problem,
            key="--refit",
            remedy="leave out --refit, or follow another clusterer: --clusterer ID",
        )

    @cached_property
    def _below(self) -> Entry | None:
        """The clusterer that a person has edited, where the one that is followed is a curation."""
        if not self.spec.by_hand:
            return None
        (name,) = bases(self.entry)
        return with_classes(self.run.recipe.clusterer(name), self.classes, self.file)[0]

    @cached_property
    def _own(self) -> Points:
        """Rows of the run that edits find their clusters by: those that they name, and a sample."""
        ids = self.run.files.assignments
        ids_of_rows = ids.ids[ids.rows("train")].astype(str)
        edits = Edits.read(self.run.files.file(files.EDITS))
        named = np.isin(ids_of_rows, [row for split, row in edits.rows() if split == "train"])
        named[sample(len(named), 0)] = True
        rows = np.flatnonzero(named)
        embedding = self.run.embedding()[rows]
        wide = None if self.before is None else self.own_space()[rows]
        return Points(
            embedding, wide=wide, rows=Split("train", Table(embedding), ids=ids_of_rows[rows])
        )

    def _fresh(self) -> Clusterer[Any]:
        clusterer: Clusterer[Any] = self.entry.build()
        if self._below is None:
            return clusterer
        return CuratedFit(clusterer, self._below.build(), self._own)

    def fit(self, points: Points, seed: int = 0) -> Fit:
        """Fit a fresh clusterer."""
        context = replace(self.context, seed=(self.context.seed + seed) % 2**32)
        with guard.calling(self.entry, self.file):
            clusterer = self._fresh()
            with warnings.catch_warnings(action="ignore"), compute.using(self.resources):
                labels = guard.labels(clusterer.fit(points, context), len(points))
        return Fit(clusterer, labels)

    def restore(self, state: State) -> Clusterer[Any]:
        """Return a clusterer as a fit of :meth:`fit` left it."""
        with guard.calling(self.entry, self.file):
            clusterer = self._fresh()
            clusterer.restore(state)
        return clusterer

    def numbers(self, clusterer: Clusterer[Any] | None, points: Points) -> IntArray | None:
        """Return the cluster of each row, int64 (n,); None where the clusterer can't predict.

        Parameters
        ----------
        clusterer
            One of :meth:`fit` or :meth:`restore`; None: the run's own.
        """
        if not self.predicts:
            return None
        if clusterer is None:
            return self.run.model.predict(points, self.entry.id)
        with guard.calling(self.entry, self.file), compute.using(self.resources):
            return guard.labels(clusterer.predict(points, self.context), len(points))

    @property
    def sends_to(self) -> str:
        """The host that the namer sends rows to."""
        return host(self.run.recipe.namer) if self.run.recipe.namer else ""

    def names(self, evidence: Evidence) -> NamedLevel:
        """Return the names that the run's namer gives to clusters that have none."""
        entry = self.run.recipe.namer
        if entry is None:
            return NamedLevel(names=())
        replies = FolderReplies(None, cache_folder() / REPLIES)
        context = replace(self.context, replies=replies)
        registry = self.run.registry
        return Naming(entry, [evidence], registry, context, self.file).names(evidence)

    def all_numbers(self, fit: Fit, fitted: Points, others: Points) -> IntArray:
        """Return the clusters of other rows by a fit, by the nearest centroid where it can't predict."""
        numbers = self.numbers(fit.clusterer, others)
        if numbers is not None:
            return numbers
        centres = Centres.of(fitted.embedding, fit.labels)
        known = list(centres.means)
        if not known:
            return np.full(len(others), -1, dtype=np.int64)
        return centres.nearest(others.embedding, known)
