"""A run as the parts of the report read it: its records, and what several parts need of them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from clusterforge.contracts import IntArray
from clusterforge.report.matching import Clusters, Confusion, all_clusters, confusion
from clusterforge.report.palette import colour
from clusterforge.report.paths import Paths
from clusterforge.report.text import short
from clusterforge.runs import Item, MapData, RunFolder, ShownItems
from clusterforge.runs.ranking import Ranking, rank
from clusterforge.runs.records import ClusterExplanation, ShortfallRecord

NAMING_WORDS, NAMING_FEATURES = 3, 2
NAME, ROW_TEXT = 60, 280


@dataclass(frozen=True)
class RowView:
    """A row as lists show it: ``at`` is its number on the map, None where the map leaves it out."""

    id: str
    at: int | None
    text: str | None
    picture: bool


class Source:
    """A run folder, with its clusters matched, ranked, named and coloured."""

    def __init__(self, folder: RunFolder) -> None:
        self.folder, self.metrics = folder, folder.metrics
        run = folder.run
        paths = Paths(tomllib.loads(folder.recipe_text), run.data.source)
        data = {
            "source": {name: paths.value(value) for name, value in run.data.source.items()},
            "remarks": tuple(map(paths.text, run.data.remarks)),
        }
        shown = {
            "data": run.data.model_copy(update=data),
            "warnings": tuple(map(paths.text, run.warnings)),
        }
        self.run = run.model_copy(update=shown)
        self.recipe_text = paths.text(folder.recipe_text)
        self.evaluation, self.explanations = folder.evaluation, folder.explanations
        self.assignments = folder.assignments
        self.splits = self.assignments.splits

    def shortfalls(self, split: str) -> list[ShortfallRecord]:
        """Return what the encoders did not read of a split."""
        every = (some for encoder in self.run.encoders for some in encoder.shortfalls)
        return [some for some in every if some.split == split]

    @property
    def samples(self) -> list[str]:
        """What is said of the clusters by some of the train rows alone, one sentence each."""
        every, found = self.run.data.splits["train"].rows, self.explanations
        sentences = (
            (found.rows, "Members, features and layers of the clusters come from"),
            (found.words_rows, "Words of the clusters come from"),
        )
        return [
            f"{what} {rows:,} of {every:,} train rows; sizes and classes are of all."
            for rows, what in sentences
            if rows is not None and rows < every
        ]

    @cached_property
    def ranking(self) -> Ranking | None:
        """The clusterings by the metric that decides; None without any score."""
        return rank(self.metrics, self.splits)

    @property
    def best(self) -> str:
        """The clusterer that the page opens with, and that commands take where none is named."""
        return self.folder.clusterer()

    @cached_property
    def clusters(self) -> dict[str, Clusters]:
        """The clusters of each clusterer, matched to the classes."""
        return all_clusters(self.assignments)

    @cached_property
    def matrices(self) -> dict[str, dict[str, Confusion]]:
        """The confusion matrix of each clusterer on each split that has labels."""
        return {
            name: {
                split: matrix
                for split in self.splits
                if (matrix := confusion(self.assignments, name, split, of))
            }
            for name, of in self.clusters.items()
        }

    @cached_property
    def explained(self) -> dict[str, dict[int, ClusterExplanation]]:
        """What each cluster of each clusterer is."""
        return {
            name: {cluster.cluster: cluster for cluster in of.clusters}
            for name, of in self.explanations.clusterings.items()
        }

    def about(self, clusterer: str, cluster: int) -> str:
        """Say in a few words what a cluster is about: its name, else a like class, or its content."""
        explanation = self.explained.get(clusterer, {}).get(cluster)
        if explanation and explanation.named:
            return short(explanation.name, NAME)
        like = self.clusters[clusterer].like.get(cluster)
        if like is not None:
            return f"≈ {short(self.assignments.classes[like], NAME)}"
        return self.content(clusterer, cluster)

    def content(self, clusterer: str, cluster: int) -> str:
        """Name the words or features that stand out in a cluster; empty where there are none."""
        explanation = self.explained.get(clusterer, {}).get(cluster)
        if explanation is None:
            return ""
        if explanation.words:
            return short(", ".join(word.word for word in explanation.words[:NAMING_WORDS]), NAME)
        features = sorted(explanation.features or (), key=lambda f: -abs(f.z))[:NAMING_FEATURES]
        return short(", ".join(f.direction for f in features), NAME)

    def name(self, clusterer: str, cluster: int) -> str:
        """Return the number of a cluster with what it is about."""
        return "noise" if cluster < 0 else f"{cluster} {self.about(clusterer, cluster)}".rstrip()

    def colour(self, clusterer: str, cluster: int) -> str:
        """Return the colour of a cluster; noise is grey."""
        return colour(self.clusters[clusterer].colours.get(cluster, -1))

    @cached_property
    def map(self) -> MapData | None:
        """The rows of the map; None without any."""
        return self.folder.map if self.folder.map is not None and len(self.folder.map) else None

    @cached_property
    def _items(self) -> dict[str, ShownItems]:
        return {split: self.folder.items(split) for split in self.splits}

    def map_items(self, rows: IntArray) -> list[Item]:
        """Return what a reader sees of some rows of the map, int64 (m,)."""
        assert self.map is not None
        position = self.map.position[rows]
        items: list[Item] = [None] * len(rows)
        for i, split in enumerate(self.splits):
            here = np.flatnonzero(self.assignments.split[position] == i)
            places = position[here] - self.assignments.rows(split).start
            taken = self._items[split].take(places) if len(here) else []
            for place, item in zip(here.tolist(), taken, strict=True):
                items[place] = item
        return items

    @cached_property
    def _places(self) -> IntArray:
        places = np.full(len(self.assignments), -1, np.int64)
        if self.map is not None:
            places[self.map.position] = np.arange(len(self.map))
        return places

    def place(self, split: str, row: int) -> int | None:
        """Return the number of a row on the map; None where the map leaves it out."""
        at = int(self._places[self.assignments.rows(split).start + row])
        return at if at >= 0 else None

    def row(self, split: str, row: int) -> RowView:
        """Return a row of a split as lists show it."""
        at = self.place(split, row)
        (item,) = self._items[split].take(np.array([row]))
        text = short(item, ROW_TEXT) if isinstance(item, str) else None
        place = np.array([self.assignments.rows(split).start + row])
        (name,) = self.assignments.ids_of(place)
        return RowView(name, at, text, at is not None and isinstance(item, bytes))
