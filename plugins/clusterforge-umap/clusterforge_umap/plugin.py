"""Parameters and spec of the encoder ``umap``."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from platformdirs import user_cache_path

from clusterforge.costs import Cost, Size
from clusterforge.hookspecs import hookimpl
from clusterforge.params import Field, Params, Unit
from clusterforge.specs import Always, Baseline, EncoderSpec, Proposal, Setting, Step

CONTRACTS = 1  # the version of clusterforge's contracts that this is written for


class UmapParams(Params):
    """Parameters of ``umap``."""

    dim: int = Field(2, ge=1, le=256, description="Dimensions of the embedding.")
    neighbors: int = Field(
        15,
        ge=2,
        le=1000,
        description="Neighbours of a row; few show local detail, many the global shape.",
        json_schema_extra=Unit("rows"),
    )
    min_dist: float = Field(
        0.1, ge=0, le=1, description="Minimum distance between rows; 0 gives compact clusters."
    )
    metric: Literal["euclidean", "cosine", "manhattan"] = Field(
        "euclidean", description="Distance between the incoming rows."
    )
    epochs: int | None = Field(
        None,
        ge=1,
        le=10_000,
        description="Passes of the optimisation; none: 500 up to 10,000 rows, 200 above.",
        json_schema_extra=Unit("epochs"),
    )


def compiled_before() -> bool:
    """Return whether numba has kept what an earlier process compiled of umap-learn.

    It does so in ``NUMBA_CACHE_DIR`` or, without it, beside the library or among the user's caches.
    """
    kept = "umap_.smooth_knn*.nbi"
    if own := os.environ.get("NUMBA_CACHE_DIR"):
        return any(Path(own).glob(f"*/{kept}"))
    found = find_spec("umap")
    folders = found.submodule_search_locations if found else None
    beside = (Path(folder, "__pycache__") for folder in folders or ())
    return any(any(folder.glob(kept)) for folder in beside) or any(
        user_cache_path("numba", appauthor=False).glob(f"*/{kept}")
    )


def cost(params: UmapParams, size: Size) -> Cost:
    """Return the cost of compiling, of the graph, and of its optimisation, on one thread.

    Beyond 4,096 rows each process compiles the search for neighbours anew.
    """
    epochs = params.epochs or (500 if size.rows <= 10_000 else 200)
    neighbors = size.rows * (2e-4 + size.width * params.neighbors * 5e-8) + size.others * 2e-4
    steps = size.rows * epochs * params.neighbors * (4e-7 + params.dim * 1e-8)
    start = (3.0 if compiled_before() else 15.0) + (20.0 if size.rows > 4_096 else 0.0)
    memory = 150e6 + size.rows * (12.0 * size.width + 400 * params.neighbors)
    return Cost(neighbors + steps, memory=memory, width=params.dim, start=start)


def _places(rows: int, columns: int) -> tuple[Step, ...]:
    settings = (
        Setting("dim", max(1, min(10, columns))),
        Setting("neighbors", max(2, min(20, rows - 1))),
    )
    return (Step("umap", (*settings, Setting("min_dist", 0.0))),)


@hookimpl
def clusterforge_encoders() -> tuple[EncoderSpec, ...]:
    """Return the encoder of this package."""
    return (
        EncoderSpec(
            "umap",
            "Neighbours kept together in few dimensions; new rows by their neighbours.",
            UmapParams,
            "clusterforge_umap.umap:Umap",
            costs=cost,
            source="McInnes, Healy and Melville, UMAP, 2018, arXiv:1802.03426",
            takes=frozenset({"embedding", "table", "image"}),
            stochastic=True,
            keeps="neighbors",
            baselines=(Baseline("UMAP + Gaussian mixture", 40, Step("gaussian-mixture"), _places),),
            proposals=(
                Proposal(
                    "reduction",
                    20,
                    "few dimensions in which near rows stay near: density means something there",
                    Always((Setting("dim", 5), Setting("min_dist", 0.0))),
                    fewest=100,
                ),
            ),
        ),
    )
