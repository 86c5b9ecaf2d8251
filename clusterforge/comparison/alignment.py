"""Clusters of two clusterings aligned by the rows they share: kept, split, merged, new, gone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from clusterforge.comparison import agreement
from clusterforge.comparison.folders import Subject
from clusterforge.comparison.rows import Shared
from clusterforge.errors import InputError
from clusterforge.numerics.contingency import ari, nmi
from clusterforge.report.folder import IntArray

NOISE = -1
PART = 0.1  # a smaller share of a cluster is not spoken of


@dataclass(frozen=True)
class Cluster:
    """One cluster: its number, its shared rows, and the class that most of them are of."""

    id: int
    rows: int
    name: str | None = None
    purity: float | None = None


@dataclass(frozen=True)
class Event:
    """What became of some clusters: ``kept``, ``split``, ``merged``, ``noise``, ``new``, ``scattered``."""

    kind: str
    first: list[int]
    second: list[int]
    text: str


@dataclass(frozen=True)
class Alignment:
    """Two clusterings of the same rows.

    Parameters
    ----------
    rows
        How many rows both label.
    truth, first, second
        int64 (rows,): class, -1 where unknown; cluster in each, -1 for noise.
    at
        int64 (rows,): where each row stands in the assignments of the first run.
    before, after
        The clusters of each, by number, noise first where there is any.
    counts
        int64 (before, after): the rows that they share.
    matched
        Cluster to cluster, one to one, so that most rows agree (Hungarian); noise to noise.
    events
        What became of the clusters, in sentences.
    ari, nmi
        Agreement, noise counted as one cluster.
    both
        The adjusted Rand index of the rows that are noise in neither; None where there are none.
    """

    rows: int
    truth: IntArray
    first: IntArray
    second: IntArray
    at: IntArray
    to: IntArray
    before: list[Cluster]
    after: list[Cluster]
    counts: agreement.Table
    matched: Mapping[int, int]
    events: list[Event]
    ari: float
    nmi: float
    both: float | None
    classes: Sequence[str] = field(default_factory=list)

    @property
    def stayed(self) -> int:
        """How many rows are in the cluster that their own is matched to."""
        return int((self.expected == self.second).sum())

    @property
    def expected(self) -> IntArray:
        """int64 (rows,): the cluster that a row's own is matched to; -2 where it is to none."""
        return _mapped(self.first, self.matched)

    def columns(self) -> list[int]:
        """Return the order of the second's clusters that puts the matched ones on a diagonal.

        By position; the others follow where most of their rows come from, noise is last.
        """
        place = {cluster.id: i for i, cluster in enumerate(self.before)}
        back = {y: place[x] for x, y in self.matched.items() if x in place}
        middle = np.arange(len(self.before)) @ self.counts / np.maximum(self.counts.sum(axis=0), 1)

        def key(j: int) -> tuple[bool, float, int]:
            cluster = self.after[j].id
            return cluster < 0, float(back.get(cluster, middle[j])), j

        return sorted(range(len(self.after)), key=key)

    def flows(self) -> list[dict[str, Any]]:
        """Return how many rows go from where to where, most first."""
        found = [
            {"from": self.before[i].id, "to": self.after[j].id, "rows": int(self.counts[i, j])}
            for i, j in zip(*np.nonzero(self.counts), strict=True)
        ]
        return sorted(found, key=lambda flow: (-flow["rows"], flow["from"], flow["to"]))


def align(a: Subject, b: Subject, shared: Shared) -> Alignment | None:
    """Align two clusterings on the rows that both label.

    Returns
    -------
    Alignment or None
        None where they label no row both, or one of them calls all of those noise.

    Raises
    ------
    InputError
        Where there are too many clusters to set beside each other.
    """
    at, to = _labelled(a, b, shared)
    if not len(at) or a.labels is None or b.labels is None or all_noise(a, b, shared):
        return None
    first, second, truth = a.labels[at], b.labels[to], a.run.rows.truth[at]
    try:
        ids, others, counts = agreement.table(first, second)
    except ValueError as error:
        raise InputError(f"{error} are too many to align", file=a.run.given) from error
    matched = _matched(ids.tolist(), others.tolist(), counts)
    inner = counts[ids >= 0][:, others >= 0]
    return Alignment(
        rows=len(at),
        truth=truth,
        first=first,
        second=second,
        at=at,
        to=to,
        before=_clusters(ids, first, truth, a.run.rows.classes),
        after=_clusters(others, second, truth, a.run.rows.classes),
        counts=counts,
        matched=matched,
        events=list(_events(ids.tolist(), others.tolist(), counts)),
        ari=float(ari(counts)),
        nmi=float(nmi(counts)),
        both=float(ari(inner)) if inner.sum() and inner.size < counts.size else None,
        classes=a.run.rows.classes,
    )


def all_noise(a: Subject, b: Subject, shared: Shared) -> list[Subject]:
    """Return which of two clusterings calls noise all the rows that both label."""
    found = []
    for subject, at in zip((a, b), _labelled(a, b, shared), strict=True):
        if len(at) and subject.labels is not None and subject.labels[at].max() < 0:
            found.append(subject)
    return found


def _labelled(a: Subject, b: Subject, shared: Shared) -> tuple[IntArray, IntArray]:
    """Return where the rows that both label stand in each run."""
    if a.labels is None or b.labels is None:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    kept = (a.labels[shared.first] >= NOISE) & (b.labels[shared.second] >= NOISE)
    return shared.first[kept], shared.second[kept]


def to_classes(labels: IntArray, truth: IntArray) -> IntArray:
    """Return the class that each row's cluster is matched to, as accuracy does: int64 (n,).

    -2 where there is none, -1 for noise, which no class is.
    """
    known = (labels >= 0) & (truth >= 0)
    if not known.any():
        return np.full(len(labels), -2, np.int64)
    classes, ids, counts = agreement.table(truth[known], labels[known])
    pairs = {int(ids[j]): int(classes[i]) for i, j in agreement.matched(counts)}
    return _mapped(labels, pairs | {NOISE: NOISE})


def _mapped(labels: IntArray, pairs: Mapping[int, int]) -> IntArray:
    values, place = np.unique(labels, return_inverse=True)
    told: IntArray = np.array([pairs.get(int(v), -2) for v in values], np.int64)[place]
    return told


def _matched(ids: list[int], others: list[int], counts: agreement.Table) -> dict[int, int]:
    rows = [i for i, name in enumerate(ids) if name >= 0]
    columns = [j for j, name in enumerate(others) if name >= 0]
    pairs = agreement.matched(counts[np.ix_(rows, columns)]) if rows and columns else []
    return {ids[rows[i]]: others[columns[j]] for i, j in pairs} | {NOISE: NOISE}


def _clusters(
    ids: IntArray, labels: IntArray, truth: IntArray, classes: Sequence[str]
) -> list[Cluster]:
    found = []
    for name in ids.tolist():
        here = labels == name
        known = truth[here & (truth >= 0)]
        counts = np.bincount(known, minlength=1)
        top = int(counts.argmax())
        found.append(
            Cluster(
                name,
                int(here.sum()),
                classes[top] if len(known) else None,
                float(counts[top] / len(known)) if len(known) else None,
            )
        )
    return found


def _events(ids: list[int], others: list[int], counts: agreement.Table) -> Iterator[Event]:
    """Say what became of each cluster.

    A cluster *goes to* another that takes more than half of it, and *comes from* another that gives
    more than half of it. Both: it was kept. One that two or more come from was split; one that two
    or more go to was merged.
    """
    goes = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    comes = counts / np.maximum(counts.sum(axis=0, keepdims=True), 1)
    told: set[int] = set()
    made: set[int] = set()
    rows = [i for i, name in enumerate(ids) if name >= 0]
    columns = [j for j, name in enumerate(others) if name >= 0]
    for i in rows:
        parts = [j for j in columns if comes[i, j] > 0.5 and goes[i, j] >= PART]
        if len(parts) > 1:
            parts.sort(key=lambda j: -counts[i, j])
            yield _event("split", [ids[i]], [others[j] for j in parts], goes[i, parts])
            told.add(i)
            made |= set(parts)
    for j in columns:
        parts = [i for i in rows if goes[i, j] > 0.5 and comes[i, j] >= PART]
        if len(parts) > 1:
            parts.sort(key=lambda i: -counts[i, j])
            yield _event("merged", [ids[i] for i in parts], [others[j]], comes[parts, j])
            told |= set(parts)
            made.add(j)
    for i in rows:
        if i in told:
            continue
        j = int(goes[i].argmax())
        if goes[i, j] > 0.5 and others[j] == NOISE:
            yield _event("noise", [ids[i]], [], goes[i, [j]])
        elif goes[i, j] > 0.5 and comes[i, j] > 0.5 and j not in made:
            yield _event("kept", [ids[i]], [others[j]], goes[i, [j]])
            made.add(j)
        elif goes[i, j] > 0.5:
            yield _event("into", [ids[i]], [others[j]], goes[i, [j]])
        else:
            parts = [j for j in np.argsort(-goes[i], kind="stable").tolist() if goes[i, j] >= PART]
            yield _event("scattered", [ids[i]], [others[j] for j in parts], goes[i, parts])
    for j in columns:
        if j not in made:
            parts = [i for i in np.argsort(-comes[:, j], kind="stable") if comes[i, j] >= PART]
            yield _event("new", [ids[i] for i in parts], [others[j]], comes[parts, j])


def _event(kind: str, first: list[int], second: list[int], shares: Any) -> Event:
    whole = [f"{100 * float(part):.0f} %" for part in shares]
    a = _listed([_named(i) for i in first])
    b = _listed([_named(j) for j in second])
    parts = _listed([f"{_named(j)} ({part})" for j, part in zip(second, whole, strict=False)])
    given = _listed([f"{_named(i)} ({part})" for i, part in zip(first, whole, strict=False)])
    text = {
        "split": f"cluster {a} split into {parts}",
        "merged": f"clusters {a} merged into {b}",
        "noise": f"cluster {a} vanished into noise ({whole[0] if whole else ''})",
        "kept": f"cluster {a} is now {b} (keeps {whole[0] if whole else ''})",
        "into": f"cluster {a} went into {parts}, where it is the smaller part",
        "scattered": f"cluster {a} was scattered: {parts or 'no part above a tenth'}",
        "new": f"cluster {b} is new: drawn from {given or 'many, none above a tenth'}",
    }[kind]
    return Event(kind, first, second, text)


def _named(cluster: int) -> str:
    return "noise" if cluster < 0 else str(cluster)


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
