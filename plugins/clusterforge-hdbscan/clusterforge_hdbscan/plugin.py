"""Parameters and spec of the clusterer ``hdbscan``."""

from __future__ import annotations

from math import isqrt
from typing import Literal

from clusterforge.costs import Alternative, Cost, Size
from clusterforge.hookspecs import hookimpl
from clusterforge.params import Field, Params, Unit
from clusterforge.specs import ClustererSpec, Dial, Proposal, Setting

CONTRACTS = 1  # the version of clusterforge's contracts that this is written for


class HdbscanParams(Params):
    """Parameters of ``hdbscan``."""

    min_cluster_size: int = Field(
        5, ge=2, description="Smallest cluster.", json_schema_extra=Unit("rows")
    )
    min_samples: int | None = Field(
        None,
        ge=1,
        description="Rows that make a neighbourhood dense; a higher value gives more noise. None: "
        "min_cluster_size.",
        json_schema_extra=Unit("rows"),
    )
    metric: Literal["euclidean", "manhattan", "cosine"] = Field(
        "euclidean",
        description="Distance between rows; cosine is Euclidean on rows of length 1.",
    )
    selection: Literal["eom", "leaf"] = Field(
        "eom", description="Clusters taken from the tree: the most persistent, or its leaves."
    )
    epsilon: float = Field(0.0, ge=0, description="Clusters nearer than this are not split.")
    allow_single_cluster: bool = Field(False, description="Allow a single cluster.")
    hierarchy: Literal["centroids", "density"] = Field(
        "centroids",
        description="How clusters are joined into layers: by the distance of their centroids "
        "(Ward), or by the condensed tree. Below the clusters it is always the "
        "condensed tree.",
    )
    backend: Literal["auto", "hdbscan", "graph"] = Field(
        "auto",
        description="How the tree is built. hdbscan: from all pairs; graph: from each row's nearest rows, by "
        "an index; auto: graph above 50,000 rows, except for manhattan.",
    )


RULE = (
    "the label of the nearest row by mutual reachability, if it is nearer than its "
    "cluster reaches; otherwise noise"
)


def _settings(rows: int) -> tuple[Setting, ...]:
    reason = "to change first: larger for fewer and broader clusters"
    smallest = max(5, min(50, isqrt(rows)), rows // 400)
    return (Setting("min_cluster_size", smallest, reason),)


EXACT_ROWS = 50_000  # above which auto takes the graph


def cost(params: HdbscanParams, size: Size) -> Cost:
    """Return the cost of the tree over all pairs of rows, or over a graph of neighbours."""
    pairs = float(size.rows) * size.every
    if params.backend == "graph" or (
        params.backend == "auto" and size.rows > EXACT_ROWS and params.metric != "manhattan"
    ):
        found = 60 * size.every * size.rows**0.5 * (2 * size.width + 200)
        merges = size.rows * (params.min_samples or params.min_cluster_size) * 3e-6
        return Cost(1 + merges, found, memory=size.rows * (2e3 + 12.0 * size.width))
    seconds = 0.04 + pairs * (5e-9 + size.width * 1.5e-9) + size.rows * 3e-5
    return Cost(seconds, memory=64e6 + size.rows * (1e3 + 24.0 * size.width))


def less(params: HdbscanParams, size: Size) -> tuple[Alternative, ...]:
    """Return the graph, where it is not what is used."""
    if params.backend == "graph" or params.metric == "manhattan" or size.rows < 1_000:
        return ()
    return (Alternative({"backend": "graph"}, "the tree from each row's nearest rows"),)


def dials(params: HdbscanParams, rows: int) -> tuple[Dial, ...]:
    """Return the smallest cluster, and for less noise the larger of it and the neighbourhood."""
    largest = max(2, rows // 10)
    smallest = Dial("min_cluster_size", more="lower", covers="lower", most=largest)
    if (params.min_samples or 0) > params.min_cluster_size:
        return (Dial("min_samples", covers="lower", most=largest), smallest)
    return (smallest,)


@hookimpl
def clusterforge_clusterers() -> tuple[ClustererSpec, ...]:
    """Return the clusterer of this package."""
    return (
        ClustererSpec(
            "hdbscan",
            "Clusters of any density and shape, with noise; finds their number.",
            HdbscanParams,
            "clusterforge_hdbscan.hdbscan:Hdbscan",
            costs=cost,
            alternatives=less,
            source="Campello, Moulavi and Sander, Density-based clustering based on hierarchical "
            "density estimates, PAKDD 2013",
            predicts="approximate",
            rule=RULE,
            dials=dials,
            complexity="time n log n for small d, n² for large d, n·√n·d above 50,000 rows; "
            "memory n·(d + min_samples)",
            proposals=(
                Proposal(
                    "clusters",
                    30,
                    "finds how many clusters there are; rows between them are noise",
                    _settings,
                    fewest=100,
                    after="reduction",
                ),
            ),
        ),
    )
