"""Parameters and spec of the encoder ``efficientnet-lite0``."""

from __future__ import annotations

from clusterforge.costs import Cost, Size
from clusterforge.hookspecs import hookimpl
from clusterforge.params import Field, Params, Unit
from clusterforge.specs import EncoderSpec, Proposal

CONTRACTS = 1  # the version of clusterforge's contracts that this is written for


class EfficientnetLite0Params(Params):
    """Parameters of ``efficientnet-lite0``."""

    side: int = Field(
        112,
        ge=32,
        le=1024,
        description="Height and width that every image is scaled to. The weights were trained on 224, "
        "which costs four times as much.",
        json_schema_extra=Unit("pixels"),
    )
    batch: int = Field(
        16, ge=1, le=65_536, description="Images per step.", json_schema_extra=Unit("rows")
    )
    normalize: bool = Field(False, description="Scale rows to length 1.")


def cost(params: EfficientnetLite0Params, size: Size) -> Cost:
    """Return the cost of 0.8 billion operations for an image of 224 by 224 pixels."""
    each = 0.8e9 * (params.side / 224) ** 2
    # Depthwise convolutions reach a small part of the speed of matrix products.
    return Cost(network=4 * size.every * each, memory=300e6, width=1280, start=1.0)


@hookimpl
def clusterforge_encoders() -> tuple[EncoderSpec, ...]:
    """Return the encoder of this package."""
    return (
        EncoderSpec(
            "efficientnet-lite0",
            "Image embeddings by EfficientNet-Lite0, 1,280 dimensions; needs no network.",
            EfficientnetLite0Params,
            "clusterforge_efficientnet.efficientnet_lite0:EfficientnetLite0",
            costs=cost,
            source="Tan and Le, EfficientNet, ICML 2019; EfficientNet-Lite, 2020",
            takes=frozenset({"image"}),
            proposals=(Proposal("image", 30, "embeds what is in photographs; needs no network"),),
            weights="ImageNet-1k: 1.28 million photographs with labels of 1,000 classes",
        ),
    )
