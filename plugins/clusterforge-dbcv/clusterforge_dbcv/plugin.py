"""Parameters and spec of the metric ``dbcv``."""

from __future__ import annotations

from typing import Annotated, Literal

from clusterforge.hookspecs import hookimpl
from clusterforge.params import Field, Params, Unit
from clusterforge.specs import MetricSpec

CONTRACTS = 1  # the version of clusterforge's contracts that this is written for


class DbcvParams(Params):
    """Parameters of ``dbcv``."""

    rows: Annotated[int, Field(ge=2)] | Literal["auto", "all"] = Field(
        "auto",
        description="Rows to draw for an estimate, or all; auto: all up to 20,000, and no score "
        "above. Time grows with their square.",
        json_schema_extra=Unit("rows"),
    )
    sample_seed: int = Field(0, ge=0, description="Seed of the sample.")


@hookimpl
def clusterforge_metrics() -> tuple[MetricSpec, ...]:
    """Return the metric of this package."""
    return (
        MetricSpec(
            "dbcv",
            "Density between clusters against density within; clusters of any shape, noise counts.",
            DbcvParams,
            "clusterforge_dbcv.dbcv:Dbcv",
            source="Moulavi, Jaskowiak, Campello, Zimek and Sander, Density-based clustering "
            "validation, SDM 2014, doi:10.1137/1.9781611973440.96",
            title="DBCV",
            direction="higher",
            low=-1.0,
            high=1.0,
            noise="raw",
        ),
    )
