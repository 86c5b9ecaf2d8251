"""What the page needs to write edits: the clusters of each clustering and rows that stand for them."""

from __future__ import annotations

from dataclasses import dataclass

from clusterforge.numerics.standing import standing_rows
from clusterforge.report.groups import group_name
from clusterforge.report.source import Source


@dataclass(frozen=True)
class EditedCluster:
    """A cluster: number, name, those of its groups, rows of train, colour, ids of rows that stand for it."""

    number: int
    name: str
    groups: tuple[str, ...]
    rows: int
    colour: str
    standing: tuple[str, ...]


@dataclass(frozen=True)
class EditedClustering:
    """A clustering: id, the option that names it in the command, and its clusters, the largest first."""

    name: str
    option: str
    clusters: tuple[EditedCluster, ...]


def editing(source: Source) -> list[EditedClustering]:
    """Return the clusterings, the page's best first."""
    table = source.assignments
    start = table.rows("train").start
    embedding = source.folder.embedding("train", mapped=True)
    listed = []
    for name in sorted(source.clusters, key=lambda name: name != source.best):
        labels = table.clusters[name][table.rows("train")]
        groups: dict[int, list[str]] = {}
        for layer in source.explanations.clusterings[name].layers:
            for group in layer.groups:
                for number in layer.members[group.cluster]:
                    groups.setdefault(number, []).append(group_name(group))
        clusters = [
            EditedCluster(
                number=number,
                name=source.about(name, number),
                groups=tuple(groups.get(number, ())),
                rows=int((labels == number).sum()),
                colour=source.colour(name, number),
                standing=tuple(table.ids_of(start + standing_rows(embedding, labels, number))),
            )
            for number in sorted(set(labels[labels >= 0].tolist()))
        ]
        clusters.sort(key=lambda cluster: -cluster.rows)
        option = "" if name == source.best else f" --clusterer {name}"
        listed.append(EditedClustering(name, option, tuple(clusters)))
    return listed
