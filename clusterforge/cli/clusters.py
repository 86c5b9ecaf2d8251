"""The end of a run: what its largest clusters are about."""

from __future__ import annotations

from collections.abc import Sequence

from clusterforge.cli import terminal
from clusterforge.formats import share
from clusterforge.runs import RunFolder
from clusterforge.runs.doubt import doubt
from clusterforge.runs.records import ClusterExplanation

SHOWN, BESIDE, LEAST = 10, 24, 20


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
    if layers := explained.layers:
        _named(folder, f"groups of clusters of {best}", layers[-1].groups)
    clusters = explained.clusters
    if any(cluster.named for cluster in clusters):
        _named(folder, f"clusters of {best}", clusters)
    if text := doubt(folder.evaluation.clusterings[best].chance):
        terminal.wrapped(text)


def _named(folder: RunFolder, title: str, clusters: Sequence[ClusterExplanation]) -> None:
    rows = folder.run.data.splits[folder.explanations.split].rows
    room = max(LEAST, terminal.width() - BESIDE)
    lines = [
        [
            _cut(cluster.title, room),
            f"{cluster.rows:,}",
            share(cluster.rows / rows),
        ]
        for cluster in clusters[:SHOWN]
    ]
    terminal.result()
    terminal.grid([_cut(title, room), "rows", "share"], lines)
    if len(clusters) > SHOWN:
        terminal.result(f"and {len(clusters) - SHOWN} smaller ones")


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 1].rstrip() + "…"
