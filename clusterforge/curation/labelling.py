"""What edits work on: the rows of one clustering, and what becomes of each edit."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from clusterforge.contracts import FloatArray, IntArray, Items, RowTree, SomeItems
from clusterforge.curation.edits import ClusterRef, RowRef, row_key
from clusterforge.numerics.centroids import centroids

NOISE = -1
Status = Literal["applied", "unchanged", "refused", "kept_unaided", "missed_unaided"]
Answer = tuple[Status, str]
"""What became of an edit, and why."""


@dataclass(frozen=True)
class Outcome:
    """What became of an edit.

    Parameters
    ----------
    number
        Its place in the file, from 1.
    do
        What it does.
    status
        ``applied``, ``unchanged`` (the clustering is so already) or ``refused``; of a pin or pair that
        was held out, ``kept_unaided`` where the clustering is so without it, else ``missed_unaided``.
    rows
        How many rows it moved.
    reason
        Why it was refused, or what it left out.
    """

    number: int
    do: str
    status: Status
    rows: int = 0
    reason: str = ""


@dataclass(frozen=True)
class Labelling:
    """The rows of one clustering.

    Parameters
    ----------
    ids
        str (n,): what each row is called in its split.
    split
        The split that all of them are of.
    embedding
        float32 (n, d), finite.
    labels
        int64 (n,), -1 for noise.
    names
        The names of clusters by number, where a person has given them.
    texts
        The texts of the rows, where they are texts and an edit reads them.
    membership
        How far each row belongs to each cluster, float32 (n, k), column j for cluster j, where the
        clusterer knows it.
    tree
        The tree over the clusters, where there is one.
    wide
        An earlier embedding in which the distances of far rows mean something, float32 (n, e), where
        ``embedding`` keeps neighbours alone.
    """

    ids: npt.NDArray[np.str_]
    split: str
    embedding: FloatArray
    labels: IntArray
    names: dict[int, str] = field(default_factory=dict)
    texts: Items | None = None
    membership: FloatArray | None = None
    tree: RowTree | None = None
    wide: FloatArray | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def relabelled(self, labels: IntArray, names: dict[int, str] | None = None) -> Labelling:
        """Return the same rows with other labels."""
        return replace(self, labels=labels, names=self.names if names is None else names)

    def some(self, rows: IntArray) -> Labelling:
        """Return the rows at these positions."""

        def of(values: FloatArray | None) -> FloatArray | None:
            return None if values is None else values[rows]

        return replace(
            self,
            ids=self.ids[rows],
            embedding=self.embedding[rows],
            labels=self.labels[rows],
            texts=None if self.texts is None else SomeItems(self.texts, rows),
            membership=of(self.membership),
            tree=None if self.tree is None else self.tree.some(rows),
            wide=of(self.wide),
        )

    @property
    def clusters(self) -> list[int]:
        """The numbers of the clusters, ascending, noise left out."""
        numbers: list[int] = np.unique(self.labels[self.labels >= 0]).tolist()
        return numbers

    def centroids(self) -> tuple[list[int], FloatArray]:
        """Return the clusters and their means: float32 (k, d)."""
        numbers, means = centroids(self.embedding, self.labels)
        return numbers.tolist(), means


class Places:
    """Where the rows that edits name stand."""

    def __init__(self, rows: Labelling) -> None:
        keys = [(rows.split, row) for row in rows.ids.tolist()]
        self._place = {key: i for i, key in enumerate(keys)}
        self.splits = {rows.split}

    def of(self, rows: tuple[RowRef, ...]) -> IntArray:
        """Return the places of those rows that are here: int64 (m,)."""
        places = [self._place.get(row_key(row)) for row in rows]
        return np.array([place for place in places if place is not None], dtype=np.int64)

    def whole(self, rows: tuple[RowRef, ...], labels: IntArray) -> bool:
        """Tell whether those of the rows that are here lie in one cluster."""
        return len(set(labels[self.of(rows)].tolist())) <= 1

    def cluster(self, ref: ClusterRef, labels: IntArray) -> tuple[int | None, str]:
        """Return the cluster that now holds the rows that stand for one, or None and why not."""
        here = self.of(ref.rows)
        if not len(here):
            return None, "none of the rows that stand for the cluster is here"
        values, counts = np.unique(labels[here], return_counts=True)
        best = int(np.argmax(counts))
        if values[best] < 0:
            return None, "the rows that stand for the cluster are noise now"
        if 2 * counts[best] <= len(here):
            return None, (
                f"the rows that stand for the cluster lie in {len(values)} clusters now, and no "
                "cluster holds more than half of them"
            )
        return int(values[best]), ""
