"""The end of a run: what its largest clusters are about, and after an edit, those that it made."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass

import numpy as np

from clusterforge.cli import terminal
from clusterforge.contracts import IntArray
from clusterforge.curation.changes import made, renumbered
from clusterforge.formats import count, share
from clusterforge.runs import RunFolder
from clusterforge.runs.doubt import doubt
from clusterforge.runs.records import ClusterExplanation

SHOWN, BESIDE, LEAST = 10, 24, 20
NOISE = -1


@dataclass(frozen=True)
class Edited:
    """A clustering before it was edited.

    Parameters
    ----------
    clusterer
        Its id.
    labels
        int64 (n,): its labels in all splits.
    named
        The names that the edits give.
    """

    clusterer: str
    labels: IntArray
    named: frozenset[str] = frozenset()

    def made(self, labels: IntArray, clusters: Sequence[ClusterExplanation]) -> frozenset[int]:
        """Return the clusters that the edits have made, changed or named."""
        named = {cluster.cluster for cluster in clusters if cluster.name in self.named}
        return made(self.labels, labels) | named

    def numbers(self, labels: IntArray) -> str:
        """Say how many clusters there were and are, and which number became which."""
        numbers = renumbered(self.labels, labels)
        was, now = (len(np.unique(one[one >= 0])) for one in (self.labels, labels))
        said = [f"{count(was, 'cluster')} before, {now:,} now"] if was != now else []
        said += [f"numbers of {self.clusterer}, before → now: {numbers}"] if numbers else []
        return "; ".join(said)


def show(folder: RunFolder, edited: Edited | None = None) -> None:
    """Print names and sizes of the largest clusters shown first in the report, and which may be chance.

    Where no cluster has a name that says more than its number, how many there are and how large.

    Parameters
    ----------
    folder
        The run.
    edited
        What the clusters were edited from: those that the edits made or changed come first.
    """
    best = folder.clusterer()
    explained = folder.explanations.clusterings[best]
    labels = folder.assignments.clusters[best]
    if layers := explained.layers:
        groups = layers[-1]
        _named(groups.grouped(labels), f"groups of clusters of {best}", groups.groups, of="group ")
    clusters = explained.clusters
    if edited or any(cluster.named for cluster in clusters):
        first = edited.made(labels, clusters) if edited else frozenset()
        changed = ", changed ones first" if 0 < len(first) < len(clusters) else ""
        of = "cluster " if layers else ""
        _named(labels, f"clusters of {best}{changed}", clusters, first, of=of)
        if len(folder.run.data.splits) > 1:
            terminal.result("rows of all splits, as in the report")
    elif clusters:
        sizes = np.bincount(labels[labels >= 0])
        noise = int((labels == NOISE).sum())
        terminal.result()
        terminal.wrapped(
            f"{best}: {count(len(clusters), 'cluster')} of {_rows(sizes[sizes > 0])}"
            f"{f', and {noise:,} of noise' if noise else ''}"
        )
    if edited and (numbers := edited.numbers(labels)):
        terminal.wrapped(numbers, "  ", "")
    if text := doubt(folder.evaluation.clusterings[best].chance):
        terminal.wrapped(text)


def _named(
    labels: IntArray,
    title: str,
    clusters: Sequence[ClusterExplanation],
    first: Set[int] = frozenset(),
    *,
    of: str = "",
) -> None:
    """Print clusters by their labels in all splits, int64 (n,); what is below -1 has no label."""
    rows = max(1, int((labels >= NOISE).sum()))
    sizes = np.bincount(labels[labels >= 0], minlength=1 + max(c.cluster for c in clusters))
    clusters = sorted(
        clusters, key=lambda cluster: (cluster.cluster not in first, -int(sizes[cluster.cluster]))
    )
    room = max(LEAST, terminal.width() - BESIDE)
    listed = [
        (f"{of if c.named else ''}{c.title}", int(sizes[c.cluster])) for c in clusters[:SHOWN]
    ]
    if rest := clusters[SHOWN:]:
        left = sum(int(sizes[cluster.cluster]) for cluster in rest)
        what = "other cluster" if first else "smaller cluster"
        listed.append((f"and {count(len(rest), what)}", left))
    if noise := int((labels == NOISE).sum()):
        listed.append(("noise", noise))
    terminal.result()
    terminal.grid(
        [_cut(title, room), "rows", "share"],
        [[_cut(name, room), f"{n:,}", share(n / rows)] for name, n in listed],
    )


def _rows(sizes: IntArray) -> str:
    """Say how many rows clusters have."""
    low, high = int(sizes.min()), int(sizes.max())
    each = " each" * (len(sizes) > 1)
    return f"{count(high, 'row')}{each}" if low == high else f"{low:,} to {count(high, 'row')}"


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 1].rstrip() + "…"
