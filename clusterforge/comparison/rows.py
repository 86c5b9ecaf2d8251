"""The rows that two runs share, and those that two of their clusterings both label."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import numpy.typing as npt
from pydantic import JsonValue

from clusterforge.comparison.findings import SharedSplit
from clusterforge.comparison.named_runs import NamedClustering, NamedRun
from clusterforge.contracts import IntArray
from clusterforge.errors import InputError
from clusterforge.formats import count
from clusterforge.numerics.contingency import Contingency, contingency
from clusterforge.report.matching import match

# What a data set says of which rows it read, and where: two runs of one data set may differ in these.
READING = {"balanced", "sample_seed", "from", "folder", "revision", "splits", "version"}
MAX_CONTRARY = 0.01
NO_ROWS = np.zeros(0, np.int64)
Flags = npt.NDArray[np.bool_]
MAX_CELLS = 2**24
NOISE = -1
UNMATCHED = -2


@dataclass(frozen=True)
class SharedRows:
    """The rows that two runs share.

    Parameters
    ----------
    splits
        How the rows of each split were matched.
    places
        By split two int64 (n,): where each shared row stands in the assignments of both runs.
    notes
        What the reader should know of the matching.
    """

    splits: dict[str, SharedSplit]
    places: dict[str, tuple[IntArray, IntArray]]
    notes: list[str]

    @property
    def all_places(self) -> tuple[IntArray, IntArray]:
        """Where the rows of all splits stand in the assignments of both runs: two int64 (n,)."""
        first, second = zip((NO_ROWS, NO_ROWS), *self.places.values(), strict=True)
        return np.concatenate(first), np.concatenate(second)


def shared_rows(a: NamedRun, b: NamedRun) -> SharedRows:
    """Match the rows of two runs: by position where the content is the same, else by id."""
    names = dict.fromkeys([*a.folder.run.data.splits, *b.folder.run.data.splits])
    splits, places, notes = {}, {}, []
    for name in names:
        splits[name], places[name], note = _of_split(a, b, name)
        notes += note
    if by_id := [name for name, split in splits.items() if split.by == "id"]:
        notes.append(
            f"Rows are matched by id ({', '.join(by_id)}): the runs do not hold the same rows, or "
            "cleaned their texts in different ways."
        )
    return SharedRows(splits, places, notes)


def _of_split(
    a: NamedRun, b: NamedRun, name: str
) -> tuple[SharedSplit, tuple[IntArray, IntArray], list[str]]:
    first, second = (run.folder.run.data.splits.get(name) for run in (a, b))
    split = partial(
        SharedSplit,
        first=first.rows if first else None,
        second=second.rows if second else None,
    )
    nothing = NO_ROWS, NO_ROWS
    if not (first and first.rows and second and second.rows):
        lacking = b if first and first.rows else a
        return split(shared=0, reason=f"{lacking.letter} has no split {name}"), nothing, []
    i, j = (_places(run, name) for run in (a, b))
    if first.fingerprint == second.fingerprint:
        return split(shared=len(i), by="content"), (i, j), []
    if _source(a, name) != _source(b, name):
        return split(shared=0, reason="the data sets are not the same"), nothing, []
    rows, others = a.folder.assignments, b.folder.assignments
    x, y, repeated = _by_id(rows.ids[i], others.ids[j])
    i, j = i[x], j[y]
    notes = []
    if repeated:
        occur, their = ("occurs", "its") if repeated == 1 else ("occur", "their")
        what = f"{count(repeated, 'id')} of {name} {occur} more than once"
        notes.append(f"{what}; {their} rows are left out.")
    known = (rows.truth[i] >= 0) & (others.truth[j] >= 0)
    classes, other_classes = (
        np.array([*of.classes, ""])[of.truth[at[known]]] for of, at in ((rows, i), (others, j))
    )
    contrary = int((classes != other_classes).sum())
    if contrary > MAX_CONTRARY * known.sum():
        reason = f"{contrary:,} of {known.sum():,} rows with the same id have another label"
        return split(shared=0, reason=reason), nothing, notes
    if not len(i):
        return split(shared=0, reason="no id is in both"), nothing, notes
    return split(shared=len(i), by="id"), (i, j), notes


def _places(run: NamedRun, split: str) -> IntArray:
    rows = run.folder.assignments.rows(split)
    return np.arange(rows.start, rows.stop)


def _source(run: NamedRun, split: str) -> dict[str, JsonValue]:
    """Return what names the data set of a run, and the part of it that a split is."""
    record = run.folder.run
    parts = record.data.source.get("splits")
    plugins = [f"{p.distribution}:{p.name}" for p in record.plugins if p.kind == "dataset"]
    return {
        **{
            key: value
            for key, value in record.data.source.items()
            if key not in READING and not key.startswith("limit")
        },
        "plugin": "".join(plugins),
        "split": parts.get(split) if isinstance(parts, dict) else parts,
    }


def _by_id(
    ids: npt.NDArray[np.str_], others: npt.NDArray[np.str_]
) -> tuple[IntArray, IntArray, int]:
    """Return where each id of both stands, and how many ids occur more than once in one of them."""
    unique, places, repeated = [], [], set[str]()
    for of_run in (ids, others):
        values, place, counts = np.unique(of_run, return_index=True, return_counts=True)
        unique.append(values[counts == 1])
        places.append(place[counts == 1])
        repeated |= set(values[counts > 1].tolist())
    first, second = unique
    _, i, j = np.intersect1d(first, second, assume_unique=True, return_indices=True)
    order = np.argsort(places[0][i])
    return places[0][i][order], places[1][j][order], len(repeated)


@dataclass(frozen=True)
class Overlap:
    """The rows that two clusterings both label.

    Parameters
    ----------
    a, b
        The clusterings.
    shared
        The rows that their runs share.
    at, to
        int64 (n,): where each row stands in the assignments of both runs.
    """

    a: NamedClustering
    b: NamedClustering
    shared: SharedRows
    at: IntArray
    to: IntArray

    @classmethod
    def of(cls, a: NamedClustering, b: NamedClustering, shared: SharedRows) -> Overlap:
        """Return the overlap of two clusterings on the rows that their runs share."""
        at, to = shared.all_places
        both = (a.labels[at] >= NOISE) & (b.labels[to] >= NOISE)
        return cls(a, b, shared, at[both], to[both])

    @cached_property
    def first(self) -> IntArray:
        """int64 (n,): the cluster of each row in the first clustering."""
        return self.a.labels[self.at]

    @cached_property
    def second(self) -> IntArray:
        """int64 (n,): the cluster of each row in the second clustering."""
        return self.b.labels[self.to]

    @cached_property
    def truth(self) -> IntArray:
        """int64 (n,): the class of each row in the first run, -1 where it is unknown."""
        return self.a.run.folder.assignments.truth[self.at]

    @cached_property
    def table(self) -> Contingency:
        """The rows that each cluster shares with each of the other clustering.

        Raises
        ------
        InputError
            Where there are too many clusters to set side by side.
        """
        sizes = [len(np.unique(labels)) for labels in (self.first, self.second)]
        if sizes[0] * sizes[1] > MAX_CELLS:
            raise InputError(
                f"{sizes[0]:,} by {sizes[1]:,} clusters are too many to align",
                file=self.a.run.name,
                remedy="name clusterers with fewer clusters: RUN:CLUSTERER",
            )
        return contingency(self.first, self.second)

    @cached_property
    def matched(self) -> dict[int, int]:
        """Cluster to cluster, so that most rows agree; noise to noise."""
        return {x: y for y, x in match(self.first, self.second).items()} | {NOISE: NOISE}

    @cached_property
    def expected(self) -> IntArray:
        """int64 (n,): the cluster that each row's own is matched to; -2 where it is to none."""
        return _mapped(self.first, self.matched)

    def moved(self, split: str) -> int:
        """Count the rows of a split that are not in the cluster that theirs is matched to."""
        assignments = self.a.run.folder.assignments
        here = assignments.split[self.at] == assignments.splits.index(split)
        return int((self.expected != self.second)[here].sum())

    def all_noise(self) -> list[NamedClustering]:
        """Return which of the two calls every row noise; neither where there are no rows."""
        both = ((self.a, self.first), (self.b, self.second))
        return [side for side, labels in both if len(labels) and (labels < 0).all()]

    @property
    def aligned(self) -> bool:
        """Whether there are rows, and clusters in both."""
        return bool(len(self.at)) and not self.all_noise()

    def right(self) -> tuple[Flags, Flags]:
        """Tell for which rows each clustering is right: two bool (n,).

        A row is right where its cluster is matched to its class, as accuracy matches them.
        """
        first, second = (
            _mapped(labels, match(self.truth, labels)) for labels in (self.first, self.second)
        )
        return first == self.truth, second == self.truth


def _mapped(labels: IntArray, pairs: Mapping[int, int]) -> IntArray:
    values, place = np.unique(labels, return_inverse=True)
    return np.array([pairs.get(v, UNMATCHED) for v in values.tolist()], np.int64)[place]
