"""Specs of the built-in clusterers."""

from __future__ import annotations

from typing import Annotated, Literal

from clusterforge.builtin import clusterer_costs as cost
from clusterforge.builtin.fields import Sample, Steps, Thousand
from clusterforge.builtin.plugin import plugin
from clusterforge.params import DerivedParams, Field, LocalPath, NClusters, Params, Unit
from clusterforge.specs import Always, Baseline, ClustererSpec, Dial, Proposal, Role, Setting, Step

ChooseBy = Literal[
    "held-out",
    "silhouette",
    "elbow",
    "gap",
    "stability",
    "prediction-strength",
    "eigengap",
    "bic",
]
LargestK = Annotated[int, Field(ge=2, le=1000)]
K_MAX = Field(
    None,
    description='Largest number tried with n_clusters = "auto"; none: 20 for silhouette, elbow and gap, for '
    "the other criteria an eighth of the rows, at least 10 and at most 250.",
)
BY = (
    'Criterion of n_clusters = "auto": silhouette of rows that k-means was not fitted on, less a price of '
    "more clusters (held-out), largest mean silhouette of k-means, elbow of its inertia (on a logarithmic "
    "axis), smallest k whose gap statistic is within three standard errors of the largest, largest k whose "
    "fits on halves of the rows agree (stability) or predict each other (prediction-strength), largest gap "
    "between eigenvalues of a neighbour graph, Bayesian information criterion of k-means"
)


class CountParams(Params):
    """How many clusters there are."""

    n_clusters: NClusters = Field(description="Number of clusters.")
    choose_by: ChooseBy = Field("held-out", description=f"{BY}.")
    k_max: LargestK | None = K_MAX


class KmeansParams(CountParams):
    """Lloyd's k-means from k-means++, of many clusters also from Ward's tree; best of several starts.

    Lloyd 1982, doi:10.1109/TIT.1982.1056489; Arthur & Vassilvitskii 2007 (k-means++)
    """

    restarts: Thousand = Field(10, description="Runs from new centroids; the best one is used.")
    start: Literal["auto", "k-means++"] = Field(
        "auto",
        description="Where centroids begin: drawn by k-means++; auto: so, and with 20 to 512 clusters in two "
        "more runs at the means of Ward's tree of 4,096 rows.",
    )
    max_iter: Steps = 300
    tol: float = Field(
        1e-4,
        ge=0,
        le=1,
        description="A run stops when the centroids' squared movement is at most this share of the "
        "mean variance of the columns.",
    )
    method: Literal["auto", "lloyd", "blocks", "mini-batch"] = Field(
        "auto",
        description="How centroids move: all restarts over all rows in memory (lloyd); restarts on a "
        "sample of 16,384 rows or more, then passes over all rows, block by block, from the best of them "
        "(blocks); the same start, then batches of 8,192 rows (mini-batch). auto: lloyd up to 100,000 rows.",
    )
    batches: int = Field(500, ge=1, le=1_000_000, description='Batches of method = "mini-batch".')


class KPrototypesParams(CountParams):
    """Means of numbers and modes of categories, on the rows of a table itself.

    Huang 1998, doi:10.1023/A:1009769707641
    """

    gamma: float = Field(
        0.5,
        ge=0,
        le=1000,
        description="Cost of a category that is not the prototype's, next to the squared distance of "
        "numbers of variance 1; Huang's is half their standard deviation.",
    )
    restarts: Thousand = Field(5, description="Runs from new prototypes; the best one is used.")
    max_iter: Steps = 100


class DbscanParams(Params):
    """Dense regions of any shape; sparse rows are noise.

    Ester et al. 1996 (KDD-96); Schubert et al. 2017, doi:10.1145/3068335
    """

    eps: Annotated[float, Field(gt=0, le=1e15)] | Literal["auto"] = Field(
        "auto",
        description="Radius of a neighbourhood, in the unit of the metric; auto: the knee of the "
        "k-distance graph, moved into the range where clusters are most stable.",
    )
    min_samples: Annotated[int, Field(ge=1)] | Literal["auto"] = Field(
        "auto",
        description="Rows, itself included, within eps of a core point; auto: twice the "
        "dimensions, at least 10 and at most 20.",
    )
    metric: Literal["euclidean", "cosine"] = Field("euclidean", description="Distance.")


class HierarchicalParams(Params):
    """Agglomerative clustering: nearest clusters merge until n_clusters are left.

    Ward 1963, doi:10.1080/01621459.1963.10500845; Müllner 2011, arXiv:1109.2378
    """

    n_clusters: NClusters = Field(description="Number of clusters.")
    choose_by: ChooseBy | Literal["heights"] = Field(
        "held-out", description=f"{BY}, or the largest step between the heights of two merges."
    )
    k_max: LargestK | None = K_MAX
    linkage: Literal["ward", "complete", "average", "single"] = Field(
        "ward", description="Distance between two clusters."
    )
    connectivity: Literal["auto", "full", "knn", "microclusters"] = Field(
        "auto",
        description="Which merges are considered: all (full), those along a k-NN graph (knn), or, of ward, "
        "all of 5,000 to 10,000 micro-clusters (microclusters), which k-means finds first; auto: full up to "
        "max_rows_full rows; above, knn for ward and single, and microclusters for ward above 50,000 rows, "
        "while the others need a sample.",
    )
    neighbors: Thousand = Field(10, description="Neighbours of a row in the k-NN graph.")
    sample: Sample = Field(
        None,
        description="Cluster a sample of this many rows; the others are assigned to the nearest "
        "centroid (ward) or the nearest clustered row.",
    )
    max_rows_full: int = Field(
        20_000,
        ge=2,
        description="Maximum rows for full connectivity, which stores n(n-1)/2 distances of 8 bytes.",
        json_schema_extra=Unit("rows"),
    )


class SpectralParams(CountParams):
    """k-means on the eigenvectors of a k-NN graph's normalised Laplacian.

    Shi & Malik 2000, doi:10.1109/34.868688; von Luxburg 2007, arXiv:0711.0189
    """

    neighbors: Thousand = Field(
        10, description="Neighbours of a row in the k-NN graph that defines the affinity."
    )
    components: Thousand | None = Field(
        None, description="Number of eigenvectors; none: the number of clusters."
    )
    restarts: Thousand = Field(10, description="Runs of k-means on the eigenvectors.")
    nodes: Literal["auto", "rows", "microclusters"] = Field(
        "auto",
        description="Nodes of the graph: the rows, or the rows of each of 5,000 to 10,000 micro-clusters "
        "merged into one, so that they share a label; auto: rows up to 50,000 of them.",
    )
    sample: Sample = Field(
        None,
        description="Cluster a sample of this many rows; the others take the majority label of "
        "their nearest clustered rows.",
    )


class GaussianMixtureParams(CountParams):
    """Mixture of Gaussians by expectation-maximisation from k-means.

    Dempster, Laird & Rubin 1977, doi:10.1111/j.2517-6161.1977.tb01600.x
    """

    n_clusters: NClusters = Field(description="Number of components.")
    covariance: Literal["full", "tied", "diag", "spherical"] = Field(
        "full",
        description="Shape of the components: one each (full), shared (tied), axis-parallel (diag) "
        "or round (spherical).",
    )
    restarts: Thousand = Field(1, description="Runs from new k-means fits; the best one is used.")
    reg: float = Field(
        1e-6,
        ge=0,
        description="Added to the variances, as a share of the columns' mean variance, so that no "
        "component collapses.",
    )
    max_iter: Steps = 200
    tol: float = Field(
        1e-3,
        ge=0,
        description="A run stops when the mean log-likelihood increases by less than this.",
    )
    method: Literal["auto", "whole", "blocks"] = Field(
        "auto",
        description="How it is fitted: to all rows at once in memory (whole); to a sample of 16,384 rows "
        "or more, then in passes over all rows, block by block, from there (blocks); auto: whole up to "
        "50,000 rows.",
    )


class EditedParams(DerivedParams):
    """Another clustering with the edits of a file applied."""

    edits: LocalPath = Field(description="The file of edits.")
    hold_out: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Share of the pins and pairs that are not applied: the report says how many of "
        "them are satisfied anyway.",
    )


class ReassignedParams(DerivedParams):
    """Another clustering whose noise is given back to clusters by a policy."""

    policy: Literal["nearest", "membership", "neighbors", "words", "recluster"] = Field(
        "nearest",
        description="Where noise goes: to the cluster with the nearest mean, the largest membership, "
        "most of the nearest members, the words most like the text's, or to clusters among the noise alone.",
    )
    threshold: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Rows of which the policy is less sure stay noise; how sure it is, from 0 to 1, depends "
        "on the policy.",
    )
    neighbors: int = Field(
        15, ge=1, le=1000, description="Members that vote.", json_schema_extra=Unit("rows")
    )


class ConsensusParams(DerivedParams):
    """Evidence accumulation: the clusters that many fits of other clusterers agree on.

    Fred & Jain 2005, doi:10.1109/TPAMI.2005.113
    """

    n_clusters: NClusters = Field(
        description="Number of clusters; auto: where the tree of the consensus has its largest step, up to "
        "the largest number that a fit has."
    )
    restarts: Thousand = Field(20, description="Fits of each clusterer in of.")
    share: float = Field(
        0.8,
        gt=0,
        le=1,
        description="Share of the rows that a fit sees; the others are labelled by its rule.",
    )


class HeadParams(Params):
    """The encoder's own assignment: DEC's largest q, a classifier's class.

    Xie, Girshick & Farhadi 2016, arXiv:1511.06335 (DEC)
    """


def _radius(params: DbscanParams, rows: int) -> tuple[Dial, ...]:
    eps = Dial("eps", more="lower", covers="higher", step=1.25, auto=True)
    largest = max(2, rows // 10)
    if params.min_samples != "auto" and params.min_samples > largest:
        return (Dial("min_samples", covers="lower", most=largest), eps)
    return (eps,)


KINDS: tuple[Role, ...] = ("text", "table", "vectors")
"""The rows of which it finds more classes, their number not given, than density behind UMAP does."""
AUTO = Always(
    (
        Setting(
            "n_clusters",
            "auto",
            "to change first: the number, if you know it; auto tries up to one for each 8 rows",
        ),
    )
)

SPECS: tuple[ClustererSpec, ...] = (
    ClustererSpec(
        *plugin("clusterers", "kmeans", KmeansParams),
        costs=cost.kmeans,
        in_blocks=True,
        predicts="exact",
        rule="nearest centroid",
        complexity="time n·d·k per iteration, memory n·k in blocks",
        stochastic=True,
        baselines=(Baseline("features + k-means", 5, Step("kmeans")),),
        proposals=(
            Proposal("clusters", 10, "gives every row to a cluster", AUTO),
            *(
                Proposal("clusters", 40, "every row has a cluster", AUTO, after=role)
                for role in KINDS
            ),
        ),
    ),
    ClustererSpec(
        *plugin("clusterers", "dbscan", DbscanParams),
        costs=cost.dbscan,
        predicts="approximate",
        rule="label of the nearest core point if it is within eps, otherwise noise",
        dials=_radius,
        complexity="time n²·d for any eps, memory n·d and blocks of 16 MB",
    ),
    ClustererSpec(
        *plugin("clusterers", "hierarchical", HierarchicalParams),
        costs=cost.hierarchical,
        alternatives=cost.less_hierarchical,
        predicts="approximate",
        rule="nearest centroid (ward), label of the nearest clustered row (other linkages)",
        complexity="full: time n²·d, memory 4·n² bytes; knn: time n²·d for the graph, memory n·neighbors; "
        "microclusters: time n·m·d and m² for m of them, memory 16·m² bytes",
        stochastic=True,
    ),
    ClustererSpec(
        *plugin("clusterers", "spectral", SpectralParams),
        costs=cost.spectral,
        alternatives=cost.less_spectral,
        predicts="approximate",
        rule="majority of the nearest clustered rows",
        complexity="time n²·d for the graph (n·√n·d above 50,000 rows), n·neighbors per eigensolver step; "
        "memory n·(neighbors + k); above 50,000 rows of at most 10,000 micro-clusters in place of n",
        stochastic=True,
        baselines=(Baseline("spectral clustering", 50, Step("spectral"), most=20_000),),
    ),
    ClustererSpec(
        *plugin("clusterers", "gaussian-mixture", GaussianMixtureParams),
        costs=cost.gaussian_mixture,
        alternatives=cost.less_gaussian_mixture,
        in_blocks=True,
        predicts="exact",
        rule="component with the largest posterior probability",
        complexity="time n·k·d² per iteration (full, tied), n·k·d (diag, spherical), memory n·(d + k), "
        "above 50,000 rows that of a block",
        stochastic=True,
    ),
    ClustererSpec(
        *plugin("clusterers", "head", HeadParams),
        costs=cost.head,
        predicts="exact",
        rule="largest soft assignment",
        complexity="time n·k",
        needs_head=True,
    ),
    ClustererSpec(
        *plugin("clusterers", "k-prototypes", KPrototypesParams),
        costs=cost.k_prototypes,
        predicts="exact",
        rule="the nearest prototype: squared distance of numbers plus gamma per other category",
        complexity="time n·k·(numbers + categories)·iterations, memory n·k",
        stochastic=True,
        reads_rows=True,
    ),
    ClustererSpec(
        *plugin("clusterers", "edited", EditedParams),
        costs=cost.by_rows,
        predicts="approximate",
        rule="the rule of the underlying clustering, then the edits: a part of a split "
        "takes the rows nearest to it",
        complexity="time n·(edits + d·parts)",
        stochastic=True,
        reads_rows=True,
        by_hand=True,
    ),
    ClustererSpec(
        *plugin("clusterers", "consensus", ConsensusParams),
        costs=cost.consensus,
        predicts="approximate",
        rule="every fit labels the row; the cluster that they name most, or noise where more than half of "
        "those do that know noise",
        complexity="restarts times that of each clusterer in of; then time and memory n·restarts, and g² "
        "for the g distinct votes, at most 2,000; its state holds every fit",
        stochastic=True,
    ),
    ClustererSpec(
        *plugin("clusterers", "reassigned", ReassignedParams),
        costs=cost.by_rows,
        predicts="approximate",
        rule="that of the clustering below; its noise by the policy: nearest, membership or neighbors",
        complexity="time n·k·d (nearest), n·rows in clusters·d (neighbors), n·words (words)",
        reads_rows=True,
    ),
)
