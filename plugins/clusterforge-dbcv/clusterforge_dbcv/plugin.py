"""Parameters and spec of the metric ``dbcv``."""

from __future__ import annotations

from typing import Annotated, Literal

from clusterforge.costs import Alternative, Cost, Size
from clusterforge.hookspecs import hookimpl
from clusterforge.params import Field, Params, Unit
from clusterforge.specs import MetricSpec

CONTRACTS = 1  # the version of clusterforge's contracts that this is written for
WIDE, HELD = (
    64,
    4096,
)  # columns from which on products of matrices measure; rows whose pairs are held
MOST, SAMPLE = 20_000, 5_000  # rows that auto takes at most; rows of a sample


class DbcvParams(Params):
    """Parameters of ``dbcv``."""

    rows: Annotated[int, Field(ge=2)] | Literal["auto", "all"] = Field(
        "auto",
        description="Rows to draw for an estimate, or all; auto: all up to 20,000, and no score "
        "above. Time grows with their square.",
        json_schema_extra=Unit("rows"),
    )
    sample_seed: int = Field(0, ge=0, description="Seed of the sample.")


def cost(params: DbcvParams, size: Size) -> Cost:
    """Return the cost of the distances within clusters."""

    def measured(rows: int) -> int:
        if isinstance(params.rows, int):
            return min(rows, params.rows)
        return rows if params.rows == "all" or rows <= MOST else 0

    largest = measured(size.rows)
    pairs = float(largest) ** 2 + float(measured(size.others)) ** 2
    held = 24.0 * min(largest, HELD) ** 2 if size.width >= WIDE else 0.0
    return Cost(0.02 + pairs * (6e-9 + size.width * 1e-10), memory=64e6 + held)


def less(params: DbcvParams, size: Size) -> tuple[Alternative, ...]:
    """Return a sample of the rows."""
    if size.rows <= SAMPLE or (isinstance(params.rows, int) and params.rows <= SAMPLE):
        return ()
    return (Alternative({"rows": SAMPLE}, f"of a sample of {SAMPLE:,} rows"),)


@hookimpl
def clusterforge_metrics() -> tuple[MetricSpec, ...]:
    """Return the metric of this package."""
    return (
        MetricSpec(
            "dbcv",
            "Density between clusters against density within; clusters of any shape, noise counts.",
            DbcvParams,
            "clusterforge_dbcv.dbcv:Dbcv",
            costs=cost,
            alternatives=less,
            source="Moulavi, Jaskowiak, Campello, Zimek and Sander, Density-based clustering "
            "validation, SDM 2014, doi:10.1137/1.9781611973440.96",
            title="DBCV",
            direction="higher",
            low=-1.0,
            high=1.0,
            noise="raw",
        ),
    )
