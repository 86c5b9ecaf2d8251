"""The groups of clusters of a clustering, from the coarsest layer down to the clusters."""

from __future__ import annotations

from dataclasses import dataclass

from clusterforge.report.clusters import ClusteringView, ClusterView
from clusterforge.report.palette import colour
from clusterforge.report.source import NAME, Source
from clusterforge.report.text import short
from clusterforge.runs.records import ClusterExplanation, LayerExplanation


@dataclass(frozen=True)
class GroupView:
    """A group of clusters.

    Parameters
    ----------
    group
        Its number in its layer.
    about
        What it is called.
    rows, share, splits
        Its rows: in all, as a share of all rows, and split by split.
    clusters
        Its clusters, the largest first.
    children
        Its groups in the next, finer layer; empty where that is the clusters.
    explanation
        What it is, and its members; None where it has no row of train.
    """

    group: int
    about: str
    colour: str
    rows: int
    share: float
    splits: tuple[int, ...]
    clusters: tuple[ClusterView, ...]
    children: tuple[GroupView, ...]
    explanation: ClusterExplanation | None

    @property
    def members(self) -> str:
        """The numbers of its clusters, with blanks between them."""
        return " ".join(str(cluster.cluster) for cluster in self.clusters)

    @property
    def alone(self) -> ClusterView | None:
        """Its cluster, where it has but one."""
        return self.clusters[0] if len(self.clusters) == 1 else None


def groups(source: Source, view: ClusteringView) -> tuple[GroupView, ...]:
    """Return the groups of the coarsest layer, the largest first; none without layers."""
    below: dict[int, GroupView] = {}
    layers = source.explanations.clusterings[view.name].layers
    for i, layer in enumerate(layers):
        finer = layers[i - 1] if i else None
        below = {group.group: group for group in _layer(view, layer, finer, below)}
    return tuple(below.values())


def group_colours(layer: LayerExplanation) -> dict[int, str]:
    """Return the colour of each group of a layer: by size, the largest first."""
    return {group.cluster: colour(i) for i, group in enumerate(layer.groups)}


def group_name(group: ClusterExplanation) -> str:
    """Return what a group is called: its name, or the first of its words."""
    words = ", ".join(word.word for word in (group.words or ())[:3])
    return short(group.name if group.named or not words else words, NAME)


def _layer(
    view: ClusteringView,
    layer: LayerExplanation,
    finer: LayerExplanation | None,
    below: dict[int, GroupView],
) -> list[GroupView]:
    explained = {group.cluster: group for group in layer.groups}
    colours = group_colours(layer)
    made = []
    for number in range(len(layer.members)):
        clusters = tuple(c for c in view.clusters if layer.of_cluster.get(c.cluster) == number)
        parts = [cluster.splits for cluster in clusters]
        explanation = explained.get(number)
        children = [
            child for child in below.values() if finer and finer.parents[child.group] == number
        ]
        made.append(
            GroupView(
                group=number,
                about=group_name(explanation) if explanation else f"group {number}",
                colour=colours.get(number, colour(-1)),
                rows=sum(cluster.rows for cluster in clusters),
                share=sum(cluster.share for cluster in clusters),
                splits=tuple(map(sum, zip(*parts, strict=True))),
                clusters=clusters,
                children=tuple(children),
                explanation=explanation,
            )
        )
    return sorted(made, key=lambda group: (-group.rows, group.group))
