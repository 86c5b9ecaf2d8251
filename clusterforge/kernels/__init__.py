"""Numeric kernels: pure functions on NumPy arrays, computed by torch in blocks of bounded memory.

The functions `kmeans` and `contingency` are not re-exported: here those names are their modules.
"""

from clusterforge.kernels.contingency import ari, hungarian, nmi, purity
from clusterforge.kernels.indices import calinski_harabasz, davies_bouldin
from clusterforge.kernels.kmeans import KMeansResult, assign
from clusterforge.kernels.neighbors import knee, knn, kth_distance, mutual_knn
from clusterforge.kernels.precision import has_bf16
from clusterforge.kernels.silhouette import (
    silhouette_sampled,
    silhouette_samples,
    silhouette_with_noise,
)

__all__ = [
    "KMeansResult",
    "ari",
    "assign",
    "calinski_harabasz",
    "davies_bouldin",
    "has_bf16",
    "hungarian",
    "knee",
    "knn",
    "kth_distance",
    "mutual_knn",
    "nmi",
    "purity",
    "silhouette_sampled",
    "silhouette_samples",
    "silhouette_with_noise",
]
