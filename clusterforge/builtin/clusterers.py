"""Specs of the built-in clusterers."""

from __future__ import annotations

from typing import Annotated, Literal

from clusterforge.params import DerivedParams, Field, LocalPath, NClusters, Params, Unit
from clusterforge.specs import ClustererSpec

ChooseBy = Literal["silhouette", "elbow", "gap"]
K_MAX = Field(20, ge=2, le=1000, description='Largest number tried where n_clusters = "auto".')
BY = (
    'Whose suggestion n_clusters = "auto" follows: largest mean silhouette of k-means, elbow of its '
    "inertia (on a logarithmic axis), least k whose gap statistic is within three standard "
    "errors of the largest"
)


class KmeansParams(Params):
    """Parameters of ``kmeans``."""

    n_clusters: NClusters = Field(description="Number of clusters.")
    choose_by: ChooseBy = Field("silhouette", description=f"{BY}.")
    k_max: int = K_MAX
    restarts: int = Field(10, ge=1, le=1000, description="Runs from fresh centroids; best wins.")
    max_iter: int = Field(300, ge=1, le=100_000, description="Most iterations of one run.")
    tol: float = Field(
        1e-4,
        ge=0,
        le=1,
        description="A run ends when the centroids' squared movement is at most this share of the "
        "mean variance of the columns.",
    )


class DbscanParams(Params):
    """Parameters of ``dbscan``."""

    eps: Annotated[float, Field(gt=0, le=1e15)] | Literal["auto"] = Field(
        "auto",
        description="Radius of a neighbourhood, in the unit of the metric; auto: the knee of the "
        "k-distance graph, moved to where clusters last longest if it lies outside.",
    )
    min_samples: Annotated[int, Field(ge=1)] | Literal["auto"] = Field(
        "auto",
        description="Rows, itself included, within eps of a core point; auto: twice the "
        "dimensions, at least 10 and at most 20.",
    )
    metric: Literal["euclidean", "cosine"] = Field("euclidean", description="Distance.")


class HierarchicalParams(Params):
    """Parameters of ``hierarchical``."""

    n_clusters: NClusters = Field(description="Number of clusters.")
    choose_by: ChooseBy | Literal["heights"] = Field(
        "silhouette", description=f"{BY}, or the largest step between the heights of two merges."
    )
    k_max: int = K_MAX
    linkage: Literal["ward", "complete", "average", "single"] = Field(
        "ward", description="Distance between two clusters."
    )
    connectivity: Literal["auto", "full", "knn"] = Field(
        "auto",
        description="Which merges are looked at: all (full), or those along a k-NN graph (knn); "
        "auto: full up to max_rows_full rows; above, knn for ward and single, while the others "
        "need a sample.",
    )
    neighbors: int = Field(10, ge=1, le=1000, description="Neighbours of a row in the k-NN graph.")
    sample: int | None = Field(
        None,
        ge=2,
        description="Cluster a sample of so many rows; the others go to the nearest centroid "
        "(ward) or the nearest clustered row.",
        json_schema_extra=Unit("rows"),
    )
    max_rows_full: int = Field(
        20_000,
        ge=2,
        description="Most rows for full connectivity, which holds n(n-1)/2 distances of 8 bytes.",
        json_schema_extra=Unit("rows"),
    )


class SpectralParams(Params):
    """Parameters of ``spectral``."""

    n_clusters: NClusters = Field(description="Number of clusters.")
    choose_by: ChooseBy = Field("silhouette", description=f"{BY}.")
    k_max: int = K_MAX
    neighbors: int = Field(
        10, ge=1, le=1000, description="Neighbours of a row in the k-NN graph that is the affinity."
    )
    components: int | None = Field(
        None, ge=1, le=1000, description="Eigenvectors used; none: as many as clusters."
    )
    restarts: int = Field(10, ge=1, le=1000, description="Runs of k-means on the eigenvectors.")
    sample: int | None = Field(
        None,
        ge=2,
        description="Cluster a sample of so many rows; the others take the majority of their "
        "nearest clustered rows.",
        json_schema_extra=Unit("rows"),
    )


class GaussianMixtureParams(Params):
    """Parameters of ``gaussian-mixture``."""

    n_clusters: NClusters = Field(description="Number of components.")
    choose_by: ChooseBy = Field("silhouette", description=f"{BY}.")
    k_max: int = K_MAX
    covariance: Literal["full", "tied", "diag", "spherical"] = Field(
        "full", description="Shape of the components: own, shared, axis-parallel or round."
    )
    restarts: int = Field(1, ge=1, le=1000, description="Runs from fresh k-means; best wins.")
    reg: float = Field(
        1e-6,
        ge=0,
        description="Added to the variances, as a share of the columns' mean variance, so that no "
        "component collapses.",
    )
    max_iter: int = Field(200, ge=1, le=100_000, description="Most iterations of one run.")
    tol: float = Field(
        1e-3, ge=0, description="A run ends when the mean log-likelihood gains less than this."
    )


class EditedParams(DerivedParams):
    """Parameters of ``edited``."""

    edits: LocalPath = Field(description="The file of edits.")
    hold_out: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Share of the pins and pairs that are not applied: the report says how many of them "
        "hold all the same.",
    )


class HeadParams(Params):
    """``head`` has no parameters."""


SPECS: tuple[ClustererSpec, ...] = (
    ClustererSpec(
        "kmeans",
        "Lloyd's k-means from k-means++, best of several starts.",
        KmeansParams,
        "clusterforge.clusterers.kmeans:Kmeans",
        "Lloyd 1982, doi:10.1109/TIT.1982.1056489; Arthur & Vassilvitskii 2007 (k-means++)",
        predicts="exact",
        rule="nearest centroid",
        cost="time n·d·k an iteration, memory n·k in blocks",
        stochastic=True,
    ),
    ClustererSpec(
        "dbscan",
        "Dense regions of any shape; sparse rows are noise.",
        DbscanParams,
        "clusterforge.clusterers.dbscan:Dbscan",
        "Ester et al. 1996 (KDD-96); Schubert et al. 2017, doi:10.1145/3068335",
        predicts="approximate",
        rule="label of the nearest core point if it is within eps, else noise",
        cost="time n²·d whatever eps, memory n·d and blocks of 16 MB",
    ),
    ClustererSpec(
        "hierarchical",
        "Agglomerative clustering: nearest clusters merge until n_clusters are left.",
        HierarchicalParams,
        "clusterforge.clusterers.hierarchical:Hierarchical",
        "Ward 1963, doi:10.1080/01621459.1963.10500845; Müllner 2011, arXiv:1109.2378",
        predicts="approximate",
        rule="nearest centroid (ward), label of the nearest clustered row (other linkages)",
        cost="full: time n²·d, memory 4·n² bytes; knn: time n²·d for the graph, memory n·neighbors",
        stochastic=True,
    ),
    ClustererSpec(
        "spectral",
        "k-means on the eigenvectors of a k-NN graph's normalised Laplacian.",
        SpectralParams,
        "clusterforge.clusterers.spectral:Spectral",
        "Shi & Malik 2000, doi:10.1109/34.868688; von Luxburg 2007, arXiv:0711.0189",
        predicts="approximate",
        rule="majority of the nearest clustered rows",
        cost="time n²·d for the graph, n·neighbors an eigensolver step; memory n·(neighbors + k)",
        stochastic=True,
    ),
    ClustererSpec(
        "gaussian-mixture",
        "Mixture of Gaussians by expectation-maximisation from k-means.",
        GaussianMixtureParams,
        "clusterforge.clusterers.gaussian_mixture:GaussianMixture",
        "Dempster, Laird & Rubin 1977, doi:10.1111/j.2517-6161.1977.tb01600.x",
        predicts="exact",
        rule="component with the largest posterior probability",
        cost="time n·k·d² an iteration (full, tied), n·k·d (diag, spherical), memory n·(d + k)",
        stochastic=True,
    ),
    ClustererSpec(
        "head",
        "The encoder's own assignment: DEC's largest q, a classifier's class.",
        HeadParams,
        "clusterforge.clusterers.head:Head",
        "Xie, Girshick & Farhadi 2016, arXiv:1511.06335 (DEC)",
        predicts="exact",
        rule="largest soft assignment",
        cost="time n·k",
        needs_head=True,
    ),
    ClustererSpec(
        "edited",
        "Another clustering with the edits of a file applied.",
        EditedParams,
        "clusterforge.clusterers.edited:Edited",
        predicts="approximate",
        rule="that of the clustering below, then the edits: a part of a split takes the rows nearest to it",
        cost="time n·(edits + d·parts)",
        stochastic=True,
        reads_rows=True,
    ),
)
