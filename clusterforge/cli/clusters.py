"""The end of a run: what its largest clusters are about."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from clusterforge.cli import terminal
from clusterforge.contracts import IntArray
from clusterforge.formats import share
from clusterforge.runs import RunFolder
from clusterforge.runs.doubt import doubt
from clusterforge.runs.records import ClusterExplanation

SHOWN, BESIDE, LEAST = 10, 24, 20
NOISE = -1


def show(folder: RunFolder) -> None:
    """Print names and sizes of the largest clusters shown first in the report, and which may be chance.

    No names where no cluster has one that says more than its number.

    Parameters
    ----------
    folder
        The run.
    """
    best = folder.clusterer()
    explained = folder.explanations.clusterings[best]
    labels = folder.assignments.clusters[best]
    if layers := explained.layers:
        groups = layers[-1]
        _named(groups.grouped(labels), f"groups of clusters of {best}", groups.groups)
    clusters = explained.clusters
    if any(cluster.named for cluster in clusters):
        _named(labels, f"clusters of {best}", clusters)
        if len(folder.run.data.splits) > 1:
            terminal.result("rows of all splits, as in the report")
    if text := doubt(folder.evaluation.clusterings[best].chance):
        terminal.wrapped(text)


def _named(labels: IntArray, title: str, clusters: Sequence[ClusterExplanation]) -> None:
    """Print clusters by their labels in all splits, int64 (n,); what is below -1 has no label."""
    rows = max(1, int((labels >= NOISE).sum()))
    sizes = np.bincount(labels[labels >= 0], minlength=1 + max(c.cluster for c in clusters))
    clusters = sorted(clusters, key=lambda cluster: -int(sizes[cluster.cluster]))
    room = max(LEAST, terminal.width() - BESIDE)
    lines = [
        [
            _cut(cluster.title, room),
            f"{int(sizes[cluster.cluster]):,}",
            share(int(sizes[cluster.cluster]) / rows),
        ]
        for cluster in clusters[:SHOWN]
    ]
    terminal.result()
    terminal.grid([_cut(title, room), "rows", "share"], lines)
    if len(clusters) > SHOWN:
        terminal.result(f"and {len(clusters) - SHOWN} smaller ones")


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 1].rstrip() + "…"
