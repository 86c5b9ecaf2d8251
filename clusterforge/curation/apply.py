"""Edits applied to a clustering, in the order of the file; pins and pairs hold at the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import numpy as np

from clusterforge.contracts import FloatArray, IntArray
from clusterforge.curation import edits as kinds
from clusterforge.curation.labelling import NOISE, Labelling, Outcome, Places, Status
from clusterforge.curation.outliers import NEEDS, propose
from clusterforge.curation.reconcile import reconciled
from clusterforge.curation.rules import Relabel, Rule, Spread
from clusterforge.curation.splitting import split_rows
from clusterforge.curation.trees import joined

Answer = tuple[Status, str]
LAST = (kinds.Pin, kinds.Together, kinds.Apart)


@dataclass(frozen=True)
class Curated:
    """A clustering with edits applied.

    Parameters
    ----------
    rows
        The rows with their labels, numbered from 0 without gaps, and the names of clusters.
    outcomes
        What became of each edit.
    rules
        How the labels of the fit become these labels, for rows that were not here.
    pins
        The number of the cluster of each pinned row, by split and id, whichever split it is in.
    """

    rows: Labelling
    outcomes: tuple[Outcome, ...]
    rules: tuple[Rule, ...]
    pins: dict[tuple[str, str], int]


def apply(edits: kinds.Edits, rows: Labelling, *, hold_out: float = 0.0, seed: int = 0) -> Curated:
    """Apply edits to a clustering.

    Parameters
    ----------
    edits
        The edits.
    rows
        The rows, their embedding and their labels.
    hold_out
        Share of the pins and pairs that are not applied, but looked at in the end.
    seed
        Seed of splits that name no parts.
    """
    aside = held_out(edits, hold_out)
    editing = _Editing(rows, seed)
    curated = editing.run(edits, aside)
    return curated if editing.same_fit else _Editing(rows, seed).run(edits, aside, together=True)


def held_out(edits: kinds.Edits, share: float) -> frozenset[int]:
    """Return the numbers, from 1, of the pins and pairs that are held out, by a hash of what they say."""
    constraints = [
        (sha256(edit.model_dump_json().encode()).digest(), number)
        for number, edit in enumerate(edits.edit, 1)
        if isinstance(edit, kinds.Constraint)
    ]
    return frozenset(number for _, number in sorted(constraints)[: int(share * len(constraints))])


class _Editing:
    def __init__(self, rows: Labelling, seed: int) -> None:
        self.rows, self.seed = rows, seed
        self.places = Places(rows)
        self.labels = rows.labels.copy()
        self.names = dict(rows.names)
        self.rules: list[Rule] = []
        self.pins: dict[tuple[str, str], int] = {}
        self.pinned: dict[int, int] = {}
        self.joined: dict[int, set[int]] = {}
        self.same_fit = True
        """Whether all rows that merges and splits name lie as they did when the edits were made."""

    def run(self, edits: kinds.Edits, aside: frozenset[int], *, together: bool = False) -> Curated:
        ordered = sorted(enumerate(edits.edit, 1), key=lambda pair: _rank(pair[1]))
        outcomes: dict[int, Outcome] = {}
        for number, edit in ordered:
            if isinstance(edit, kinds.Together) and number not in aside:
                self._join(self.places.of(edit.rows).tolist())
        if together:
            outcomes = self._reconcile(
                [
                    (number, edit)
                    for number, edit in ordered
                    if isinstance(edit, kinds.Merge)
                    or (isinstance(edit, kinds.Split) and edit.parts)
                ]
            )
        for number, edit in ordered:
            if number not in aside and number not in outcomes:
                outcomes[number] = self._outcome(number, edit)
        for number, edit in enumerate(edits.edit, 1):
            if not isinstance(edit, kinds.Constraint):
                continue
            if number in aside:
                status: Status = "kept_unaided" if self._holds(edit) else "missed_unaided"
                outcomes[number] = Outcome(number, edit.do, status)
            elif outcomes[number].status != "refused" and not self._holds(edit):
                reason = "another pin or pair says the contrary"
                outcomes[number] = Outcome(number, edit.do, "refused", 0, reason)
        rows, into = self._renumbered()
        pins = {row: into[cluster] for row, cluster in self.pins.items() if cluster in into}
        return Curated(
            rows, tuple(outcomes[number] for number in sorted(outcomes)), tuple(self.rules), pins
        )

    def _outcome(self, number: int, edit: kinds.Edit) -> Outcome:
        before = self.labels.copy()
        work: dict[type[kinds.Edit], Callable[[Any], Answer]] = {
            kinds.Merge: self._merge,
            kinds.Reduce: self._reduce,
            kinds.Split: self._split,
            kinds.Rename: self._rename,
            kinds.ToNoise: self._to_noise,
            kinds.Outliers: self._outliers,
            kinds.Pin: self._pin,
            kinds.Together: self._together,
            kinds.Apart: self._apart,
        }
        status, reason = work[type(edit)](edit)
        return Outcome(number, edit.do, status, int((before != self.labels).sum()), reason)

    def _reconcile(self, edits: list[tuple[int, kinds.Merge | kinds.Split]]) -> dict[int, Outcome]:
        """Apply merges and splits of another fit together, then look what became of each."""
        before = self.labels
        result = reconciled([edit for _, edit in edits], self.rows, before, self.places)
        self.labels = result.labels
        if result.rule is not None:
            self.rules.append(result.rule)
        outcomes = {}
        for number, edit in edits:
            refs = edit.parts if isinstance(edit, kinds.Split) else [c.rows for c in edit.clusters]
            now, then = (
                [self._home(rows, labels) for rows in refs] for labels in (self.labels, before)
            )
            names = edit.names if isinstance(edit, kinds.Split) else (edit.name,)
            for home, name in zip(now, names, strict=False):
                if home is not None and name:
                    self.names[home] = name
            status, reason = _became(edit, now, then)
            here = self.places.of(tuple(row for rows in refs for row in rows))
            moved = np.isin(before, before[here]) & (before != self.labels)
            outcomes[number] = Outcome(number, edit.do, status, int(moved.sum()), reason)
        return outcomes

    def _join(self, rows: list[int]) -> None:
        """Remember that rows, and all that are joined to them already, share a cluster."""
        group = set(rows).union(*(self.joined.get(row, set()) for row in rows))
        self.joined |= dict.fromkeys(group, group)

    def _home(self, rows: tuple[kinds.RowRef, ...], labels: IntArray) -> int | None:
        here = labels[self.places.of(rows)]
        return _commonest(here) if len(here) and (here >= 0).any() else None

    def _resolve(self, refs: tuple[kinds.ClusterRef, ...]) -> tuple[list[int], list[str]]:
        numbers, reasons = [], []
        for ref in refs:
            number, reason = self.places.cluster(ref, self.labels)
            self.same_fit &= self.places.whole(ref.rows, self.labels)
            if number is None:
                reasons.append(f"{ref.name or ref.number or 'a cluster'}: {reason}")
            else:
                numbers.append(number)
        return list(dict.fromkeys(numbers)), reasons

    def _merge(self, edit: kinds.Merge) -> Answer:
        numbers, reasons = self._resolve(edit.clusters)
        if not numbers or (len(numbers) < 2 and reasons):
            return "refused", "; ".join(reasons)
        into = max(numbers, key=lambda c: (int((self.labels == c).sum()), -c))
        if edit.name:
            self.names[into] = edit.name
        if len(numbers) < 2:
            return "unchanged", "the rows that stand for these clusters lie in one cluster"
        self._relabel({c: into for c in numbers if c != into})
        return "applied", "; ".join(reasons)

    def _reduce(self, edit: kinds.Reduce) -> Answer:
        clusters = self.rows.relabelled(self.labels).clusters
        if len(clusters) <= edit.to:
            return "unchanged", f"there are {len(clusters)} clusters"
        rows = self.rows
        groups = joined(rows.embedding, self.labels, edit.to, rows.labels, rows.tree)
        if groups is None:
            return "refused", f"{len(clusters):,} clusters are too many for a tree over them"
        into: dict[int, int] = {}
        for group in set(groups.values()):
            members = [c for c in clusters if groups[c] == group]
            largest = max(members, key=lambda c: int((self.labels == c).sum()))
            into |= {c: largest for c in members if c != largest}
        self._relabel(into)
        return "applied", ""

    def _split(self, edit: kinds.Split) -> Answer:
        number, reason = self.places.cluster(edit.cluster, self.labels)
        seeds = [self.places.of(part) for part in edit.parts]
        if edit.parts:
            seeds = [part for part in seeds if len(part)]
            homes = {int(label) for part in seeds for label in self.labels[part]}
            self.same_fit &= len(homes) == 1 and self.places.whole(edit.cluster.rows, self.labels)
            if len(seeds) < 2:
                return "refused", "fewer than two of the parts have a row here"
            if len(homes) > 1:
                return "unchanged", "the parts lie in clusters of their own"
            number = homes.pop()
        elif number is None:
            return "refused", reason
        members = np.flatnonzero(self.labels == number)
        parts = len(seeds) or edit.into
        distinct = len(np.unique(self.rows.embedding[members], axis=0))
        if distinct < parts:
            return "refused", f"{distinct} of its rows differ, too few for {parts} parts"
        centres = [self.rows.embedding[part].mean(axis=0) for part in seeds] or None
        of_part, centroids = split_rows(
            self.rows.embedding[members],
            parts,
            None if centres is None else np.stack(centres),
            self.seed,
        )
        largest = int(np.argmax(np.bincount(of_part, minlength=parts)))
        top = int(self.labels.max()) + 1
        numbers = [number if part == largest else top + part for part in range(parts)]
        assert number is not None
        self.labels[members] = np.array(numbers)[of_part]
        self._spread(number, numbers, centroids)
        self.names |= dict(zip(numbers, edit.names, strict=False))
        return "applied", ""

    def _rename(self, edit: kinds.Rename) -> Answer:
        number, reason = self.places.cluster(edit.cluster, self.labels)
        if number is None:
            return "refused", reason
        self.names[number] = edit.name
        return "applied", ""

    def _to_noise(self, edit: kinds.ToNoise) -> Answer:
        rows = self.places.of(edit.rows)
        numbers, reasons = self._resolve(edit.clusters)
        if not len(rows) and not numbers:
            return "refused", "; ".join(reasons) or "none of the rows is here"
        self.labels[rows] = NOISE
        if numbers:
            self._relabel(dict.fromkeys(numbers, NOISE))
        return "applied", "; ".join(reasons)

    def _outliers(self, edit: kinds.Outliers) -> Answer:
        noise = np.flatnonzero(self.labels == NOISE)
        if not len(noise):
            return "unchanged", "no row is noise"
        rows = self.rows.relabelled(self.labels)
        if rows.membership is not None:
            rows = replace(rows, membership=self._membership_now(rows.membership))
        proposal = propose(edit.policy, rows, noise, edit.neighbors)
        if proposal is None:
            return "refused", f"{edit.policy} can't be applied: {NEEDS[edit.policy]}"
        self.labels[noise] = proposal.above(edit.threshold)
        if edit.policy == "nearest" and not edit.threshold:
            self._spread(NOISE, *rows.centroids())
        return "applied", ""

    def _membership_now(self, membership: FloatArray) -> FloatArray:
        """Return the membership of the clusters as they are after the edits before: float32 (n, m)."""
        now = np.zeros((len(membership), int(self.labels.max(initial=NOISE)) + 1), dtype=np.float32)
        for cluster in range(membership.shape[1]):
            into = self.labels[self.rows.labels == cluster]
            if (into >= 0).any():
                now[:, _commonest(into)] += membership[:, cluster]
        return now

    def _pin(self, edit: kinds.Pin) -> Answer:
        number, reason = self.places.cluster(edit.cluster, self.labels)
        if number is None:
            return "refused", reason
        self.pins |= {kinds.row_key(row): number for row in edit.rows}
        rows = self.places.of(edit.rows)
        self.labels[rows] = number
        self.pinned |= dict.fromkeys(rows.tolist(), number)
        elsewhere = {split for split, _ in map(kinds.row_key, edit.rows)} - self.places.splits
        if not len(rows) and not elsewhere:
            return "refused", "none of the rows is here"
        return "applied", ""

    def _together(self, edit: kinds.Together) -> Answer:
        rows = self.places.of(edit.rows)
        if len(rows) < 2:
            return "refused", "fewer than two of the rows are here"
        # Rows that other edits join to these go along, and a pin among them says where.
        joined = np.array(
            sorted(set().union(*(self.joined.get(row, {row}) for row in rows.tolist())))
        )
        pinned = [self.pinned[row] for row in joined.tolist() if row in self.pinned]
        self.labels[joined] = pinned[0] if pinned else _commonest(self.labels[joined])
        return "applied", ""

    def _apart(self, edit: kinds.Apart) -> Answer:
        rows = self.places.of(edit.rows)
        if len(rows) < 2:
            return "refused", "fewer than two of the rows are here"
        clusters, centroids = self.rows.relabelled(self.labels).centroids()
        if len(clusters) < len(rows):
            return "refused", f"{len(rows)} rows can't lie in {len(clusters)} clusters"
        far = _distances(self.rows.embedding[rows], centroids)
        taken: set[int] = set()
        own = [
            far[i, clusters.index(c)] if (c := int(self.labels[row])) in clusters else np.inf
            for i, row in enumerate(rows)
        ]
        for i in np.argsort(own, kind="stable"):  # the surest keeps its cluster
            current = int(self.labels[rows[i]])
            if current < 0 or current not in taken:
                taken.add(current)
                continue
            order = np.argsort(far[i], kind="stable")
            best = next(clusters[j] for j in order.tolist() if clusters[j] not in taken)
            self.labels[rows[i]] = best
            taken.add(best)
        return "applied", ""

    def _holds(self, edit: kinds.Constraint) -> bool:
        labels = self.labels[self.places.of(edit.rows)].tolist()
        if isinstance(edit, kinds.Pin):
            return set(labels) <= {self.places.cluster(edit.cluster, self.labels)[0]}
        if isinstance(edit, kinds.Together):
            return len(set(labels)) == 1
        clusters = [label for label in labels if label >= 0]
        return len(set(clusters)) == len(clusters)

    def _spread(self, cluster: int, numbers: list[int], places: FloatArray) -> None:
        number = np.array(numbers, dtype=np.int64)
        self.rules.append(Spread((cluster,), number, places, np.zeros(len(number), dtype=bool)))

    def _relabel(self, into: dict[int, int]) -> None:
        for old, new in into.items():
            self.labels[self.labels == old] = new
            name = self.names.pop(old, None)
            if name and new >= 0:
                self.names.setdefault(new, name)
        self.rules.append(Relabel(into))

    def _renumbered(self) -> tuple[Labelling, dict[int, int]]:
        clusters = np.unique(self.labels[self.labels >= 0])
        into = {int(old): new for new, old in enumerate(clusters.tolist())}
        # A cluster that pins and pairs have emptied gives new rows to nothing.
        top = max((int(self.labels.max(initial=-1)), *self._numbers()), default=-1)
        self.rules.append(Relabel({old: into.get(old, NOISE) for old in range(top + 1)}))
        final = np.full(len(self.labels), NOISE, dtype=np.int64)
        inside = self.labels >= 0
        final[inside] = np.searchsorted(clusters, self.labels[inside])
        names = {into[old]: name for old, name in self.names.items() if old in into}
        return self.rows.relabelled(final, names), into

    def _numbers(self) -> set[int]:
        numbers = set(self.rows.labels.tolist())
        for rule in self.rules:
            numbers |= set(rule.into.values()) if isinstance(rule, Relabel) else {*rule.numbers}
        return numbers


def _rank(edit: kinds.Edit) -> int:
    """Return when an edit is applied: pins and pairs last, since they hold in the end."""
    return next((i for i, kind in enumerate(LAST, 1) if isinstance(edit, kind)), 0)


def _became(
    edit: kinds.Merge | kinds.Split, now: list[int | None], then: list[int | None]
) -> Answer:
    """Return what became of a merge or a split, by the clusters of what it names, now and then."""
    here = [home for home in now if home is not None]
    if len(here) < 2:
        return "refused", "fewer than two of the clusters or parts that it names have a row here"
    before = [home for home in then if home is not None]
    if isinstance(edit, kinds.Merge):
        if len(set(here)) > 1:
            return "refused", "other edits keep these clusters apart"
        return ("unchanged" if len(set(before)) == 1 else "applied"), ""
    if len(set(here)) < len(here):
        return "refused", "other edits join parts of it again"
    return ("unchanged" if len(set(before)) == len(before) else "applied"), ""


def _commonest(labels: IntArray) -> int:
    values, counts = np.unique(labels, return_counts=True)
    order = np.lexsort((values, -counts, values < 0))
    return int(values[order[0]])


def _distances(rows: FloatArray, centroids: FloatArray) -> FloatArray:
    far: FloatArray = np.linalg.norm(rows[:, None, :] - centroids[None], axis=2).astype(np.float32)
    return far
