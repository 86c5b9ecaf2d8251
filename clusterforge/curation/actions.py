"""Edits of whole clusters, one at a time: merge, reduce, split, rename, to noise, noise given back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count as count_from
from typing import Any

import numpy as np

from clusterforge.contracts import FloatArray, IntArray
from clusterforge.curation import edits as kinds
from clusterforge.curation.draft import Draft, commonest
from clusterforge.curation.labelling import NOISE, Answer
from clusterforge.curation.outliers import NEEDS, propose
from clusterforge.curation.splitting import Recluster, clustered, split_rows
from clusterforge.curation.trees import divided, joined
from clusterforge.errors import InputError
from clusterforge.formats import count

TAKEN = "an edit has given another cluster that name"


class Actions:
    """Edits of the clusters of a draft.

    Parameters
    ----------
    draft
        The clustering that they change.
    seed
        Seed of splits that name no parts.
    recluster
        Fits another clusterer on some rows.
    """

    def __init__(self, draft: Draft, seed: int, recluster: Recluster) -> None:
        self.draft, self.seed, self.recluster = draft, seed, recluster

    def apply(self, edit: kinds.Edit) -> Answer:
        """Apply an edit, and return what became of it."""
        work: dict[type[kinds.Edit], Callable[[Any], Answer]] = {
            kinds.Merge: self._merge,
            kinds.Reduce: self._reduce,
            kinds.Split: self._split,
            kinds.Rename: self._rename,
            kinds.ToNoise: self._to_noise,
            kinds.Outliers: self._outliers,
        }
        return work[type(edit)](edit)

    def _merge(self, edit: kinds.Merge) -> Answer:
        draft = self.draft
        numbers, reasons = draft.resolve(edit.clusters)
        if not numbers or (len(numbers) < 2 and reasons):
            return "refused", "; ".join(reasons)
        into = max(numbers, key=lambda c: (draft.size(c), -c))
        if edit.name and draft.named(edit.name, numbers):
            reasons.append(f"it is not called {edit.name}: {TAKEN}")
        elif edit.name:
            draft.names[into] = edit.name
        if len(numbers) < 2:
            return "unchanged", "the rows that stand for these clusters lie in one cluster"
        draft.relabel({c: into for c in numbers if c != into})
        return "applied", "; ".join(reasons)

    def _reduce(self, edit: kinds.Reduce) -> Answer:
        rows, labels = self.draft.rows, self.draft.labels
        clusters = self.draft.now().clusters
        if len(clusters) <= edit.to:
            return "unchanged", f"there are only {count(len(clusters), 'cluster')}"
        space = rows.embedding if rows.wide is None else rows.wide
        groups = joined(space, labels, edit.to, rows.labels, rows.tree)
        if groups is None:
            return "refused", f"{len(clusters):,} clusters are too many for a tree over them"
        into: dict[int, int] = {}
        for group in set(groups.values()):
            members = [c for c in clusters if groups[c] == group]
            largest = max(members, key=self.draft.size)
            into |= {c: largest for c in members if c != largest}
        self.draft.relabel(into)
        return "applied", ""

    def _split(self, edit: kinds.Split) -> Answer:
        draft = self.draft
        number, reason = draft.places.cluster(edit.cluster, draft.labels)
        seeds = [draft.places.of(part) for part in edit.parts]
        if edit.parts:
            seeds = [part for part in seeds if len(part)]
            homes = {int(label) for part in seeds for label in draft.labels[part]}
            draft.same_fit &= len(homes) == 1 and draft.places.whole(
                edit.cluster.rows, draft.labels
            )
            if len(seeds) < 2:
                return "refused", "fewer than two of the parts have a row here"
            if len(homes) > 1:
                return "unchanged", "the parts lie in clusters of their own"
            number = homes.pop()
        elif number is None:
            return "refused", reason
        assert number is not None
        members = np.flatnonzero(draft.labels == number)
        points = draft.rows.embedding[members]
        if edit.by == kinds.TREE and not seeds:
            tree = draft.rows.tree
            found = divided(tree, members, points, edit.into) if tree else None
            if found is None:
                return "unchanged", "the tree does not divide it"
            of_part, centroids = found
        elif edit.by and not seeds:
            try:
                of_part, centroids = clustered(points, self.recluster(edit, points, self.seed))
            except InputError as error:
                return "refused", str(error)
            if len(centroids) < 2:
                return "unchanged", f"{edit.by} finds {len(centroids) or 'no'} cluster in it"
        else:
            parts = len(seeds) or edit.into
            distinct = len(np.unique(points, axis=0))
            if distinct < parts:
                return (
                    "refused",
                    f"its rows are {count(distinct, 'point')}, too few for {parts} parts",
                )
            centres = [draft.rows.embedding[part].mean(axis=0) for part in seeds] or None
            of_part, centroids = split_rows(
                points, parts, None if centres is None else np.stack(centres), self.seed
            )
        self._divide(number, members, of_part, centroids, edit.names)
        return "applied", ""

    def _divide(
        self,
        number: int,
        members: IntArray,
        of_part: IntArray,
        centroids: FloatArray,
        names: tuple[str, ...],
    ) -> None:
        draft, parts = self.draft, len(centroids)
        largest = int(np.argmax(np.bincount(of_part[of_part >= 0], minlength=parts)))
        new = count_from(int(draft.labels.max()) + 1)
        numbers = [number if part == largest else next(new) for part in range(parts)]
        draft.labels[members] = np.array([*numbers, NOISE])[of_part]
        draft.spread(number, numbers, centroids)
        draft.names |= dict(zip(numbers, names, strict=False))

    def _rename(self, edit: kinds.Rename) -> Answer:
        number, reason = self.draft.places.cluster(edit.cluster, self.draft.labels)
        if number is None:
            return "refused", reason
        if self.draft.named(edit.name, [number]):
            return "refused", f"{TAKEN}; merge the two, or take another name"
        self.draft.names[number] = edit.name
        return "applied", ""

    def _to_noise(self, edit: kinds.ToNoise) -> Answer:
        draft = self.draft
        rows = draft.places.of(edit.rows)
        numbers, reasons = draft.resolve(edit.clusters)
        if not len(rows) and not numbers:
            return "refused", "; ".join(reasons) or "none of the rows is here"
        draft.labels[rows] = NOISE
        if numbers:
            draft.relabel(dict.fromkeys(numbers, NOISE))
        return "applied", "; ".join(reasons)

    def _outliers(self, edit: kinds.Outliers) -> Answer:
        draft = self.draft
        noise = np.flatnonzero(draft.labels == NOISE)
        if not len(noise):
            return "unchanged", "no row is noise"
        rows = draft.now()
        if rows.membership is not None:
            rows = replace(rows, membership=self._membership_now(rows.membership))
        proposal = propose(edit.policy, rows, noise, edit.neighbors)
        if proposal is None:
            return "refused", f"{edit.policy} can't be applied: {NEEDS[edit.policy]}"
        draft.labels[noise] = proposal.above(edit.threshold)
        if edit.policy == "nearest" and not edit.threshold:
            draft.spread(NOISE, *rows.centroids())
        return "applied", ""

    def _membership_now(self, membership: FloatArray) -> FloatArray:
        """Return the membership of the clusters as they are after the edits before: float32 (n, m)."""
        labels = self.draft.labels
        now = np.zeros((len(membership), int(labels.max(initial=NOISE)) + 1), dtype=np.float32)
        for cluster in range(membership.shape[1]):
            into = labels[self.draft.rows.labels == cluster]
            if (into >= 0).any():
                now[:, commonest(into)] += membership[:, cluster]
        return now
