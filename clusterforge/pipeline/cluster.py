"""Clusterer stages: fit on the train split, label every other split by the clusterer's own rule."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import JsonValue

from clusterforge.contracts import Clusterer, FloatArray, IntArray, Points, RowTree
from clusterforge.errors import ClusterforgeError, InputError
from clusterforge.models import derived, guard
from clusterforge.models.answers import soft_answers
from clusterforge.models.trees import tree_of
from clusterforge.numerics.contingency import ari, contingency
from clusterforge.pipeline.encode import EncoderStage
from clusterforge.pipeline.keys import PluginCode, stage_key
from clusterforge.pipeline.remedies import n_clusters, remedies
from clusterforge.pipeline.stages import Session, Stage
from clusterforge.recipe import Entry
from clusterforge.runs import files
from clusterforge.runs.files import MEMBERSHIP, OUTLIER
from clusterforge.runs.records import ClusteringRecord, Record
from clusterforge.specs import ClustererSpec
from clusterforge.storage.atomic import write_array
from clusterforge.storage.states import read_state, write_state

HELD_OUT = 1_000
SAMPLE = 5_000
ALIKE = 1e-4  # of the largest value: what rounding in batches makes of one vector


class ClustererInfo(Record):
    """What a clusterer's stage leaves besides labels and state."""

    plugin: str
    params: dict[str, JsonValue]
    clustering: ClusteringRecord
    warnings: tuple[str, ...]


class ClustererStage:
    """One clusterer, fitted, with its labels of every split."""

    def __init__(
        self,
        entry: Entry,
        encoded: EncoderStage,
        session: Session,
        bases: Mapping[str, ClustererStage],
    ) -> None:
        self.entry, self.encoded, self.session, self.bases = entry, encoded, session, bases
        self.spec, self.file = entry.spec(ClustererSpec), session.file
        with guard.calling(entry, self.file):
            entry.plugin.load()
        self.key = ""
        self.folder = session.folder / files.clusterer(entry.id)
        self.info: ClustererInfo
        self._context = session.context(entry.stage)
        self._fitted: Clusterer[Any] | None = None

    def find_key(self) -> None:
        """Find the stage's key, those of the stages below being known; nothing is computed."""
        session, entry = self.session, self.entry
        with guard.calling(entry, self.file):
            key = stage_key(
                entry,
                upstream=self.encoded.key,
                seed=session.seed if self.spec.stochastic else None,
                resources=session.resources,
                of=[base.key for base in self.bases.values()],
                others=self._others(),
            )
        self.key = session.key(entry, key)

    def run(self) -> None:
        """Fit and label, unless this very stage is already there."""
        if not self.key:
            self.find_key()
        session, entry = self.session, self.entry
        place = files.clusterer(entry.id)
        self.info = session.do(Stage(entry.stage, self.key, place, ClustererInfo, self._fit))
        if not self.record.n_clusters:
            setting = self.record.remedies.less_noise
            why = "nothing is dense enough for its parameters"
            rows = (self.encoded.wide or self.encoded).embedding("train")
            if np.ptp(rows, axis=0).max() <= ALIKE * np.abs(rows).max():
                why, setting = "all rows have one and the same vector: look at the data", ""
            session.warn(
                f"{entry.stage} called every row noise: {why}"
                + (f"; try {setting} in {entry.table}" if setting else "")
            )
        for text in self.info.warnings:
            session.warn(f"{entry.stage}: {text}")

    def _others(self) -> list[PluginCode]:
        """Return the code of the clusterers that a fit makes by their names, where these are there."""
        registry, found = self.session.registry, []
        clusterer: Clusterer[Any] = self.entry.build()
        for name in guard.lines(clusterer.others(), "others()"):
            with suppress(InputError):
                found.append(PluginCode.of(registry.find("clusterer", name)))
        return found

    def fitted(self) -> Clusterer[Any]:
        """Return the clusterer, fitted here or restored from what an earlier fit has left."""
        if self._fitted is None:
            with guard.calling(self.entry, self.file):
                self._fitted = derived.restored(
                    self.entry, read_state(self.folder), self._base, self._fresh_base
                )
        return self._fitted

    def fresh(self, entry: Entry) -> Clusterer[Any]:
        """Return a clusterer as it is before a fit, together with those that it works on.

        Parameters
        ----------
        entry
            The stage's own, or one with other parameters.
        """
        return derived.build(entry, self._fresh_base, fitted=False, fresh=self._fresh_base)

    @property
    def settled(self) -> Entry:
        """The entry, with the number of clusters found in the place of ``"auto"``."""
        if n_clusters(self.entry) != "auto" or not self.record.n_clusters:
            return self.entry
        update = {"n_clusters": self.record.n_clusters}
        return replace(self.entry, params=self.entry.params.model_copy(update=update))

    def points(self, split: str) -> Points:
        """Return what the clusterer is given of a split."""
        points = self.encoded.points(split)
        if self.spec.reads_rows:
            rows = self.encoded.corpus.splits[split].unlabelled()
            points = replace(points, rows=rows, items=rows.items)
        labels = {name: base.labels(split) for name, base in self.bases.items()}
        known = {name: values for name, values in labels.items() if values is not None}
        shares = {
            name: np.load(path, allow_pickle=False)
            for name, base in self.bases.items()
            if (path := base.folder / f"{split}.{MEMBERSHIP}.npy").is_file()
        }
        trees = {
            name: RowTree(base.record.tree, np.load(base.folder / files.LEAVES, allow_pickle=False))
            for name, base in self.bases.items()
            if split == "train" and base.record.tree is not None
        }
        if not known:
            return points
        return replace(points, clusterings=known, memberships=shares, trees=trees)

    @property
    def predicts(self) -> Literal["exact", "approximate", "none"]:
        """How it labels rows it has not seen, those that it works on considered."""
        rules = {base.predicts for base in self.bases.values()} | {self.spec.predicts}
        return "none" if "none" in rules else self.spec.predicts

    def _base(self, name: str) -> Clusterer[Any]:
        return self.bases[name].fitted()

    def _fresh_base(self, name: str) -> Clusterer[Any]:
        return self.bases[name].fresh(self.bases[name].settled)

    def labels(self, split: str) -> IntArray | None:
        """Return the labels of a split, int64 (n,); None where it can't be labelled."""
        path = self.folder / f"{split}.npy"
        return np.load(path, allow_pickle=False) if path.is_file() else None

    @property
    def record(self) -> ClusteringRecord:
        """What ``metrics.json`` says of the clustering."""
        return self.info.clustering

    def _fit(self, folder: Path) -> ClustererInfo:
        encoded = self.encoded
        points = self.points("train")
        if self.spec.needs_head and points.soft is None:
            raise InputError(
                f"clusterer {self.spec.name!r} needs an encoder with a head of its own, and "
                f"{encoded.spec.name!r} has none",
                key=f"{self.entry.table}.use",
                remedy="give the encoder a phase whose loss has a head, or leave this clusterer out",
                file=self.file,
            )
        resumable = self._context
        if self.spec.in_blocks:  # others may fit clusterers of their own by this context
            place = files.clusterer(self.entry.id)
            checkpoint = self.session.checkpoint(self.entry.stage, place, self.key)
            resumable = replace(resumable, checkpoint=checkpoint)
        labels: dict[str, IntArray] = {}
        soft: dict[str, FloatArray | None] = {}
        given_to_all = [encoded.embedding(split) for split in encoded.corpus.splits]
        with (
            guard.calling(self.entry, self.file),
            guard.unchanged(self.entry, *given_to_all, points.soft),
        ):
            clusterer = derived.build(self.entry, self._base, fitted=True, fresh=self._fresh_base)
            labels["train"] = self._fit_labels(clusterer.fit(points, resumable), len(points))
            clusters = None if self.spec.needs_head else int(labels["train"].max(initial=-1)) + 1
            if self.predicts != "none":
                for split in encoded.corpus.splits:
                    if split != "train":
                        rows = self.points(split)
                        labels[split] = guard.labels(
                            clusterer.predict(rows, self._context), len(rows), clusters
                        )
            for split, given in labels.items():
                rows = points if split == "train" else self.points(split)
                membership, outlier = soft_answers(clusterer, rows, given, self._context)
                soft[f"{split}.{MEMBERSHIP}"] = membership
                soft[f"{split}.{OUTLIER}"] = outlier
            details = guard.details(clusterer.details())
            tree = tree_of(clusterer, details, points, labels["train"], self._context)
            warnings = guard.lines(clusterer.warnings())
            settings = remedies(self.entry, details, labels["train"])
            write_state(folder, clusterer.state())
        self._fitted = clusterer
        for name, values in {**labels, **soft}.items():
            if values is not None:
                write_array(folder / f"{name}.npy", values)
        if tree is not None:
            write_array(folder / files.LEAVES, tree.leaves)
        clustering = ClusteringRecord(
            use=self.spec.name,
            n_clusters=len(np.unique(labels["train"][labels["train"] >= 0])),
            of=tuple(self.bases),
            by_hand=self.spec.by_hand,
            predicts=self.predicts,
            rule=self.spec.rule,
            agreement=self._agreement(points),
            sizes={split: _sizes(values) for split, values in labels.items()},
            details=details,
            remedies=settings,
            centroid_tree=None if tree is None or tree.tree == details.tree else tree.tree,
        )
        return ClustererInfo(
            plugin=self.entry.plugin.qualified,
            params=self.entry.params.model_dump(mode="json"),
            clustering=clustering,
            warnings=tuple(warnings),
        )

    def _fit_labels(self, answer: object, rows: int) -> IntArray:
        check = guard.labels if self.spec.needs_head else guard.numbered
        return check(answer, rows)

    def _agreement(self, points: Points) -> float | None:
        """Return how far predicted labels of held-out rows are those of a fit that includes them.

        A sample of the train rows is clustered whole; then clustered without some rows, which are
        predicted. The figure is the adjusted Rand index of the two labellings of those rows.
        """
        if self.predicts != "approximate" or self.bases or len(points) < 50:
            return None
        rng = np.random.default_rng(0)
        rows = rng.permutation(len(points))[: SAMPLE + HELD_OUT]
        held = max(10, min(HELD_OUT, len(rows) // 5))
        whole, part = points.some(rows), points.some(rows[held:])
        try:
            with guard.calling(self.entry, self.file):
                together = self.entry.build().fit(whole, self._context)
                alone = self.entry.build()
                alone.fit(part, self._context)
                predicted = alone.predict(points.some(rows[:held]), self._context)
        except (ClusterforgeError, ValueError):  # the sample may be too small for the parameters
            return None
        with guard.calling(self.entry, self.file):
            together = guard.labels(together, len(rows))
            predicted = guard.labels(predicted, held)
        if max(together.max(), predicted.max()) < 0:
            return None  # all noise agrees on nothing
        return float(ari(contingency(together[:held], predicted).counts))


def _sizes(labels: IntArray) -> dict[int, int]:
    values, counts = np.unique(labels, return_counts=True)
    return dict(zip(values.tolist(), counts.tolist(), strict=True))
