"""The tree over the clusters of a fit: the clusterer's own, or Ward's over their centroids."""

from __future__ import annotations

from typing import Any

from clusterforge.contracts import (
    Clusterer,
    Context,
    Details,
    IntArray,
    Points,
    RowTree,
)
from clusterforge.contracts.trees import centroid_tree
from clusterforge.models import guard


def row_tree(
    clusterer: Clusterer[Any], points: Points, labels: IntArray, context: Context
) -> RowTree | None:
    """Return the tree of a fit, with the leaf of each of its rows; None where there is no cluster.

    Parameters
    ----------
    clusterer
        As it is right after the fit.
    points, labels, context
        What it has fitted, and its answer.

    Raises
    ------
    WrongAnswer
        Where its details, tree or leaves are not as agreed.
    """
    return tree_of(clusterer, guard.details(clusterer.details()), points, labels, context)


def tree_of(
    clusterer: Clusterer[Any],
    details: Details,
    points: Points,
    labels: IntArray,
    context: Context,
) -> RowTree | None:
    """Return the tree of a fit, as :func:`row_tree`, where its details are known."""
    space = points.space
    if details.tree is None:
        return centroid_tree(space, labels)
    own = guard.tree(details.tree, clusterer.leaves(points, context), labels)
    top = None if details.tree.joins else centroid_tree(space, labels)
    return own if top is None else RowTree(own.tree.under(top.tree), own.leaves)
