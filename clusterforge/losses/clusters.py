"""What losses with prototypes or centroids share: how they start, and clusters that lost their rows."""

from __future__ import annotations

from torch import Tensor

from clusterforge.contracts import FloatArray
from clusterforge.contracts.training import Scope
from clusterforge.errors import InputError
from clusterforge.numerics.choosing import choose_k
from clusterforge.numerics.kmeans import KMeansResult, kmeans
from clusterforge.params import NClusters

LOST = 0.05  # of an even share of the rows


def started_by_kmeans(
    z: FloatArray, n_clusters: NClusters, restarts: int, scope: Scope
) -> KMeansResult:
    """Return k-means on an embedding (n, d), the number of clusters found where it is ``auto``.

    Raises
    ------
    InputError
        Where the number is that of unknown classes.
    ValueError
        Where the rows do not hold so many clusters.
    """
    if n_clusters == "classes":
        raise InputError('"classes" is not known here', key="n_clusters", remedy="give a number")
    device = str(scope.device)
    k = choose_k(z, seed=scope.seed, device=device) if n_clusters == "auto" else n_clusters
    return kmeans(z, k, seed=scope.seed, n_init=restarts, device=device)


def lost_clusters(sizes: Tensor) -> list[str]:
    """Return what the user should know where clusters, of these sizes (k,), have hardly any rows."""
    lost = int((sizes < LOST * sizes.sum() / len(sizes)).sum())
    if not lost:
        return []
    return [
        f"left {lost} of {len(sizes)} clusters with less than {LOST:.0%} of an even share of "
        "the rows: the data may hold fewer; lower n_clusters, or pre-train longer"
    ]
