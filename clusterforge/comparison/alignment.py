"""Two clusterings aligned by the rows they share: what became of clusters, and which rows moved."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt

from clusterforge.comparison.findings import (
    Alignment,
    Cluster,
    Event,
    Flow,
    Kind,
    Moved,
    MovedRow,
    cluster_name,
    listed,
)
from clusterforge.comparison.named_runs import NamedClustering
from clusterforge.comparison.rows import NOISE, Overlap
from clusterforge.contracts import IntArray
from clusterforge.numerics.contingency import ari, nmi
from clusterforge.report.matching import all_clusters
from clusterforge.report.palette import colour
from clusterforge.report.text import short
from clusterforge.runs import ShownItems, files

MAX_EXAMPLES = 12
MAX_TEXT = 400
OUTCOMES = ("made right", "made wrong", "wrong in both", "right in both", "no label")
MADE_RIGHT, MADE_WRONG, BOTH_WRONG, BOTH_RIGHT, UNKNOWN = range(len(OUTCOMES))
PART = 0.1  # a smaller share of a cluster goes unmentioned
Table = npt.NDArray[np.int64]
Shares = npt.NDArray[np.float64]
Names = Mapping[int, str]
NAME = 32


def align(overlap: Overlap) -> Alignment:
    """Align two clusterings on the rows that both label.

    Raises
    ------
    InputError
        Where there are too many clusters to set side by side.
    """
    first, second = overlap.first, overlap.second
    ids, others, counts = overlap.table.rows, overlap.table.columns, overlap.table.counts
    matched = {x: y for x, y in overlap.matched.items() if x in ids and y in others}
    inner = counts[ids >= 0][:, others >= 0]
    mixed = 0 < inner.sum() < counts.sum()
    before = own_colours(overlap.a)
    return Alignment(
        rows=len(first),
        stayed=int((overlap.expected == second).sum()),
        ari=float(ari(counts)),
        nmi=float(nmi(counts)),
        ari_without_noise=float(ari(inner)) if mixed else None,
        before=_clusters(ids, first, overlap, overlap.a, before),
        after=_clusters(
            others, second, overlap, overlap.b, _colours_after(others, overlap, before)
        ),
        matched=matched,
        events=tuple(_events(ids, others, counts, overlap.a.names, overlap.b.names)),
        flows=tuple(_flows(ids, others, counts)),
        moved=moved_rows(overlap),
    )


def own_colours(clustering: NamedClustering) -> Mapping[int, int]:
    """Return the colour of each cluster in the report of its run, as an index of the palette."""
    return all_clusters(clustering.run.folder.assignments)[clustering.clusterer].colours


def _colours_after(
    others: IntArray, overlap: Overlap, before: Mapping[int, int]
) -> Mapping[int, int]:
    """Give matched clusters the colour of their match; the rest keep their own where it is free."""
    own = own_colours(overlap.b)
    result = {after: before.get(x, NOISE) for x, after in overlap.matched.items()}
    used = {*before.values(), *result.values()}
    for cluster in others.tolist():
        if cluster not in result:
            index = own.get(cluster, 0)
            while index in used:
                index += 1
            used.add(index)
            result[cluster] = index
    return result


def _clusters(
    ids: IntArray,
    labels: IntArray,
    overlap: Overlap,
    own: NamedClustering,
    colours: Mapping[int, int],
) -> tuple[Cluster, ...]:
    names = own.names
    classes = overlap.a.run.folder.assignments.classes
    result = []
    for cluster in ids.tolist():
        here = labels == cluster
        counts = np.bincount(overlap.truth[here & (overlap.truth >= 0)], minlength=1)
        top, labelled = int(counts.argmax()), int(counts.sum())
        result.append(
            Cluster(
                cluster=cluster,
                about=names.get(cluster, ""),
                rows=int(here.sum()),
                majority=classes[top] if labelled else None,
                purity=float(counts[top] / labelled) if labelled else None,
                colour=colour(-1 if cluster < 0 else colours.get(cluster, -1)),
            )
        )
    return tuple(result)


def _flows(ids: IntArray, others: IntArray, counts: Table) -> Iterator[Flow]:
    i, j = np.nonzero(counts)
    for at in np.lexsort((j, i, -counts[i, j])):
        yield Flow(before=int(ids[i[at]]), after=int(others[j[at]]), rows=int(counts[i[at], j[at]]))


def _events(
    ids: IntArray, others: IntArray, counts: Table, first: Names, second: Names
) -> Iterator[Event]:
    """Say what became of each cluster of the first clustering, and where new ones come from.

    A cluster *goes to* another that takes more than half of it, and *comes from* another that gives
    more than half of it. Both: it was kept. One that two or more come from was split; one that two
    or more go to was merged.
    """
    goes = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    comes = counts / np.maximum(counts.sum(axis=0, keepdims=True), 1)
    gone, explained = np.zeros(len(ids), bool), np.zeros(len(others), bool)

    def event(kind: Kind, rows: list[int], columns: list[int], text: str) -> Event:
        gone[rows], explained[columns] = True, True
        return Event(
            kind=kind,
            first=tuple(ids[rows].tolist()),
            second=tuple(others[columns].tolist()),
            text=text,
        )

    for i in np.flatnonzero(ids >= 0).tolist():
        parts = _largest(goes[i], (comes[i] > 0.5) & (others >= 0))
        if len(parts) > 1:
            into = _shares(others, goes[i], parts, second)
            text = f"cluster {_called(ids[i], first)} split into {into}"
            yield event("split", [i], parts, text)
    for j in np.flatnonzero(others >= 0).tolist():
        parts = _largest(comes[:, j], (goes[:, j] > 0.5) & (ids >= 0))
        if len(parts) > 1:
            names = listed([_called(ids[i], first) for i in parts])
            into = _called(others[j], second)
            yield event("merged", parts, [j], f"clusters {names} merged into {into}")
    for i in np.flatnonzero((ids >= 0) & ~gone).tolist():
        j = int(goes[i].argmax())
        name, most = f"cluster {_called(ids[i], first)}", _shares(others, goes[i], [j], second)
        if goes[i, j] <= 0.5:
            parts = _largest(goes[i])
            text = f"{name} was scattered: {_shares(others, goes[i], parts, second)}"
            yield event("scattered", [i], [], text)
        elif others[j] == NOISE:
            share = f"{100 * goes[i, j]:.0f} %"
            yield event("noise", [i], [], f"{name} vanished into noise ({share})")
        elif comes[i, j] > 0.5 and not explained[j]:
            share = f"{100 * goes[i, j]:.0f} %"
            yield event(
                "kept", [i], [j], f"{name} is now {_called(others[j], second)} (keeps {share})"
            )
        else:
            yield event("into", [i], [], f"{name} went into {most}, where it is the smaller part")
    for j in np.flatnonzero((others >= 0) & ~explained).tolist():
        parts = _largest(comes[:, j])
        origin, name = _shares(ids, comes[:, j], parts, first), _called(others[j], second)
        yield event("new", parts, [j], f"cluster {name} is new: drawn from {origin}")


def _largest(shares: Shares, among: npt.NDArray[np.bool_] | None = None) -> list[int]:
    """Return where shares of a tenth or more stand, the largest first."""
    enough = shares >= PART if among is None else (shares >= PART) & among
    return [i for i in np.argsort(-shares, kind="stable").tolist() if enough[i]]


def _called(cluster: int, names: Names) -> str:
    """Return the number of a cluster, and its name where it has one; or ``noise``."""
    name = names.get(int(cluster))
    return cluster_name(cluster) if name is None else f"{cluster} “{short(name, NAME)}”"


def _shares(ids: IntArray, shares: Shares, parts: list[int], names: Names) -> str:
    text = listed([f"{_called(ids[i], names)} ({100 * shares[i]:.0f} %)" for i in parts])
    return text or "many, none above a tenth"


def moved_rows(overlap: Overlap) -> Moved:
    """Return the rows that are not in the cluster that theirs is matched to."""
    moved = np.flatnonzero(overlap.expected != overlap.second)
    assignments = overlap.a.run.folder.assignments
    labelled = bool((overlap.truth >= 0).any())
    outcomes = _outcomes(overlap)
    outcome_counts = np.bincount(outcomes[moved], minlength=len(OUTCOMES)).tolist()
    splits, split_counts = assignments.split[overlap.at], {}
    for i in np.unique(splits).tolist():
        split_counts[assignments.splits[i]] = int((splits[moved] == i).sum())
    items = {split: overlap.a.run.folder.items(split) for split in assignments.splits}
    return Moved(
        rows=len(moved),
        splits=split_counts,
        outcomes={name: n for name, n in zip(OUTCOMES, outcome_counts, strict=True) if n}
        if labelled
        else {},
        examples=tuple(
            _example(overlap, place, OUTCOMES[outcomes[place]], items)
            for place in _telling(overlap, moved, outcomes, items)
        ),
    )


def _outcomes(overlap: Overlap) -> IntArray:
    """Return for each row what the second clustering made of it by its label: int64 (n,)."""
    before, after = overlap.right()
    outcomes = np.full(len(before), BOTH_WRONG)
    outcomes[~before & after] = MADE_RIGHT
    outcomes[before & ~after] = MADE_WRONG
    outcomes[before & after] = BOTH_RIGHT
    outcomes[overlap.truth < 0] = UNKNOWN
    return outcomes


def _telling(
    overlap: Overlap, moved: IntArray, outcomes: IntArray, items: Mapping[str, ShownItems]
) -> list[int]:
    """Choose examples by turns from the largest flows; return their places in the overlap."""
    at, assignments = overlap.at[moved], overlap.a.run.folder.assignments
    visible = np.concatenate([of_split.present() for of_split in items.values()])[at]
    secure = np.minimum(_silhouettes(overlap.a)[at], _silhouettes(overlap.b)[overlap.to[moved]])
    held_out = np.array(assignments.splits)[assignments.split[at]] != "train"
    judged = outcomes[moved] <= MADE_WRONG
    # np.lexsort sorts by its last key first.
    order = moved[np.lexsort((moved, -secure, ~held_out, ~judged, ~visible))]
    flows: dict[tuple[int, int], list[int]] = {}
    for place in order.tolist():
        flow = int(overlap.first[place]), int(overlap.second[place])
        flows.setdefault(flow, []).append(place)
    largest = sorted(flows, key=lambda flow: (-len(flows[flow]), flow))
    turns = [
        (turn, rank, place)
        for rank, flow in enumerate(largest)
        for turn, place in enumerate(flows[flow][:MAX_EXAMPLES])
    ]
    return [place for _, _, place in sorted(turns)[:MAX_EXAMPLES]]


def _silhouettes(clustering: NamedClustering) -> npt.NDArray[np.float32]:
    """Return the silhouette of every row of a run: float32 (n,), -2 where it is unknown."""
    folder = clustering.run.folder
    values = folder.row_values(clustering.clusterer, files.SILHOUETTE)
    if values is None:
        return np.full(len(folder.assignments), -2, np.float32)
    return np.nan_to_num(values, nan=-2)


def _example(
    overlap: Overlap, place: int, outcome: str, items: Mapping[str, ShownItems]
) -> MovedRow:
    assignments, at = overlap.a.run.folder.assignments, int(overlap.at[place])
    truth = int(overlap.truth[place])
    split = assignments.splits[assignments.split[at]]
    row = at - assignments.rows(split).start
    (item,) = items[split].take(np.array([row]))
    return MovedRow(
        split=split,
        row=row,
        id=str(assignments.ids[at]),
        text=item[:MAX_TEXT] if isinstance(item, str) else None,
        image=base64.b64encode(item).decode() if isinstance(item, bytes) else None,
        before=int(overlap.first[place]),
        after=int(overlap.second[place]),
        label=assignments.classes[truth] if truth >= 0 else None,
        outcome=outcome if truth >= 0 else None,
    )
