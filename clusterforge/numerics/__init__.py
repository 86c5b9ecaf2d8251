"""Numeric kernels: pure functions on NumPy arrays, computed by torch in blocks of bounded memory.

The functions `kmeans` and `contingency` are not re-exported: here those names are their modules.
What is named here is imported when it is first used: a reader of contingency tables needs no torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clusterforge.numerics.contingency import ari, hungarian, nmi, purity
    from clusterforge.numerics.indices import (
        Geometry,
        calinski_harabasz,
        cluster_geometry,
        davies_bouldin,
    )
    from clusterforge.numerics.kmeans import KMeansResult, assign
    from clusterforge.numerics.neighbors import knee, knn, kth_distance, mutual_knn
    from clusterforge.numerics.precision import has_bf16
    from clusterforge.numerics.silhouette import (
        rows_to_measure,
        silhouette_drawn,
        silhouette_sampled,
        silhouette_samples,
        silhouette_with_noise,
        silhouettes_with_noise,
    )

_MODULES = {
    "contingency": ("ari", "hungarian", "nmi", "purity"),
    "indices": ("Geometry", "calinski_harabasz", "cluster_geometry", "davies_bouldin"),
    "kmeans": ("KMeansResult", "assign"),
    "neighbors": ("knee", "knn", "kth_distance", "mutual_knn"),
    "precision": ("has_bf16",),
    "silhouette": (
        "rows_to_measure",
        "silhouette_drawn",
        "silhouette_sampled",
        "silhouette_samples",
        "silhouette_with_noise",
        "silhouettes_with_noise",
    ),
}
_OWNERS = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "Geometry",
    "KMeansResult",
    "ari",
    "assign",
    "calinski_harabasz",
    "cluster_geometry",
    "davies_bouldin",
    "has_bf16",
    "hungarian",
    "knee",
    "knn",
    "kth_distance",
    "mutual_knn",
    "nmi",
    "purity",
    "rows_to_measure",
    "silhouette_drawn",
    "silhouette_sampled",
    "silhouette_samples",
    "silhouette_with_noise",
    "silhouettes_with_noise",
]


def __getattr__(name: str) -> Any:
    if name not in _OWNERS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_OWNERS[name]}"), name)
