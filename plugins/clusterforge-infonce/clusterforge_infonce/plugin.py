"""Parameters and spec of the loss ``infonce``."""

from __future__ import annotations

from clusterforge.hookspecs import hookimpl
from clusterforge.params import Field, Params
from clusterforge.specs import LossSpec

CONTRACTS = 1  # the version of clusterforge's contracts that this is written for


class InfonceParams(Params):
    """Parameters of ``infonce``."""

    temperature: float = Field(
        0.5,
        ge=0.001,
        le=100,
        description="Divisor of the cosines; at low values the nearest negatives count most.",
    )
    symmetric: bool = Field(
        True,
        description="Both views of a row must identify each other among all views of the batch "
        "(NT-Xent); otherwise only the first identifies the second, among the second "
        "views.",
    )


@hookimpl
def clusterforge_losses() -> tuple[LossSpec, ...]:
    """Return the loss of this package."""
    return (
        LossSpec(
            "infonce",
            "Identifies a row's other view among those of all rows of the batch (NT-Xent).",
            InfonceParams,
            "clusterforge_infonce.infonce:InfonceLoss",
            source="van den Oord, Li and Vinyals 2018, arXiv:1807.03748; Chen, Kornblith, Norouzi "
            "and Hinton 2020, arXiv:2002.05709",
            batch="views",
        ),
    )
