"""Parameters and spec of the clusterer ``leiden``."""

from __future__ import annotations

from typing import Annotated, Literal

from clusterforge.costs import Cost, Size
from clusterforge.hookspecs import hookimpl
from clusterforge.params import Field, Params, Unit
from clusterforge.specs import ClustererSpec, Dial

CONTRACTS = 1  # the version of clusterforge's contracts that this is written for


class LeidenParams(Params):
    """Parameters of ``leiden``."""

    neighbors: int = Field(
        15,
        ge=1,
        le=1000,
        description="Neighbours of a row in the graph, without itself; a higher value gives fewer, "
        "larger clusters.",
        json_schema_extra=Unit("rows"),
    )
    metric: Literal["euclidean", "cosine"] = Field(
        "euclidean",
        description="Distance between rows; cosine is Euclidean on rows of length 1.",
    )
    weights: Literal["fuzzy", "jaccard", "equal"] = Field(
        "fuzzy",
        description="Weight of an edge: its strength on the scale of the distances around each row "
        "(fuzzy), the share of neighbours that both rows have in common (jaccard), or "
        "1 (equal).",
    )
    objective: Literal["modularity", "cpm"] = Field(
        "modularity",
        description="What is maximised; the constant Potts model (cpm) has no resolution limit.",
    )
    resolution: float | None = Field(
        None,
        gt=0,
        le=1e6,
        description="A higher value gives more clusters; with n_clusters, the start of the search. "
        "None: 1 for modularity, the graph's own density for cpm.",
    )
    n_clusters: Annotated[int, Field(ge=1)] | Literal["classes"] | None = Field(
        None,
        description="Search for the resolution that gives this many clusters; none: their number "
        "follows from the resolution.",
    )
    min_cluster_size: int = Field(
        1,
        ge=1,
        description="Smaller communities are noise; 1: no noise.",
        json_schema_extra=Unit("rows"),
    )


def cost(params: LeidenParams, size: Size) -> Cost:
    """Return the cost of the graph, and of its communities."""
    pairs = float(size.rows) * size.every
    if size.rows > 50_000:
        pairs = 60 * size.every * size.rows**0.5
    edges = size.rows * params.neighbors
    tried = 15 if params.n_clusters is not None else 1
    return Cost(0.1 + edges * 4e-6 * tried, pairs * (2 * size.width + 200), memory=edges * 200.0)


def dials(params: LeidenParams, rows: int) -> tuple[Dial, ...]:
    """Return the resolution, and for less noise the smallest community."""
    smallest = Dial("min_cluster_size", covers="lower", most=max(1, rows // 10))
    return (Dial("resolution", more="higher"), smallest)


@hookimpl
def clusterforge_clusterers() -> tuple[ClustererSpec, ...]:
    """Return the clusterer of this package."""
    return (
        ClustererSpec(
            "leiden",
            "Communities of a nearest-neighbour graph; their number is optional.",
            LeidenParams,
            "clusterforge_leiden.leiden:Leiden",
            costs=cost,
            source="Traag, Waltman and van Eck 2019, doi:10.1038/s41598-019-41695-z; on graphs of "
            "neighbours: Levine et al. 2015, doi:10.1016/j.cell.2015.05.047",
            predicts="approximate",
            rule="majority of the nearest fitted rows, each with weight 1 / distance",
            dials=dials,
            complexity="time n²·d for the graph and about n·neighbors for each resolution tried (one, "
            "or at most 24 with n_clusters); memory n·(d + neighbors)",
            stochastic=True,
        ),
    )
