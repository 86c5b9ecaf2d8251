"""A registry small enough to compare whole output with."""

from __future__ import annotations

from typing import Annotated, Literal

from clusterforge.params import Field, NClusters, Params, Unit
from clusterforge.phases import Optimizer
from clusterforge.registry import Distribution, Found, Problem, Registry
from clusterforge.specs import ClustererSpec, EncoderSpec, MetricSpec

OURS = Distribution("clusterforge", "0.1.0", "builtin", "clusterforge.builtin")
OTHER = Distribution("clusterforge-toy", "2.1", "toy", "toy.hooks")
HOSTILE = "\x1b[31mred\x1b[0m [bold]x[/bold] [/nope]\x07\x9b2J\u202eevil\r\nnext"


class CutParams(Params):
    """Parameters of ``cut``."""

    n_clusters: NClusters = Field(description="Number of clusters.")
    width: Annotated[float, Field(gt=0)] | Literal["auto"] = Field(
        "auto", description="Width of a slice.", json_schema_extra=Unit("metres")
    )
    sides: tuple[int, int] | None = Field(None, description="Left and right.")
    optimizer: Optimizer | None = Field(None, description="How it learns.")


class NoParams(Params):
    """None."""


def registry() -> Registry:
    cut = ClustererSpec(
        "cut",
        "Cuts the embedding into slices of equal width, from the left to the right, and counts.",
        CutParams,
        "toy.cut:Cut",
        "Knife 1999",
        predicts="exact",
        rule="the slice it falls into",
        complexity="time n",
        stochastic=True,
    )
    odd = ClustererSpec("odd", f"Odd: {HOSTILE}", NoParams, "toy.odd:Odd")
    found = [
        Found(cut, OURS),
        Found(EncoderSpec("flat", "Flat.", NoParams, "toy.flat:Flat", inductive=False), OURS),
        Found(MetricSpec("mean", "The mean.", NoParams, "toy.mean:Mean", low=0.0), OURS),
        Found(cut, OTHER),
        Found(odd, OTHER),
    ]
    problem = Problem(
        Distribution("clusterforge-ill", "0.3", "ill", "ill.hooks"),
        "broken",
        f"its import failed (RuntimeError: {HOSTILE})",
        "report it to its author, or uninstall it: pip uninstall clusterforge-ill",
    )
    return Registry(found, [problem])
