"""Specs of the built-in sources of pairs, and of the built-in augmentation."""

from __future__ import annotations

from clusterforge.params import Field, NClusters, Params, Unit
from clusterforge.specs import AugmentationSpec, PairSourceSpec


class LabelPairs(Params):
    """``labels`` has no parameters."""


class NeighborPairs(Params):
    """Parameters of ``neighbors``."""

    k: int = Field(15, ge=1, le=1000, description="Neighbours looked at on each side.")
    mutual: bool = Field(True, description="Keep a pair only if each is among the other's k.")


class AugmentPairs(Params):
    """``augment`` has no parameters; how views are drawn is the phase's ``augment``."""


class PseudoPairs(Params):
    """Parameters of ``pseudo-labels``."""

    n_clusters: NClusters = Field("auto", description="Clusters of the pseudo-labelling.")
    refresh: int = Field(
        1, ge=1, description="Cluster again after so many epochs.", json_schema_extra=Unit("epochs")
    )


class RandomParams(Params):
    """Parameters of the augmentation ``random``."""

    noise: float = Field(
        0.1, ge=0, le=10, description="Noise, in standard deviations of each feature."
    )
    dropout: float = Field(0.1, ge=0, lt=1, description="Share of features set to zero.")
    shift: float = Field(0.1, ge=0, le=0.5, description="Largest shift, as a share of the side.")
    rotate: float = Field(
        10.0, ge=0, le=180, description="Largest rotation.", json_schema_extra=Unit("degrees")
    )
    scale: float = Field(0.1, ge=0, lt=1, description="Largest change of scale.")


SOURCES: tuple[PairSourceSpec, ...] = (
    PairSourceSpec(
        "labels",
        "Rows with the same true label are positives (supervised).",
        LabelPairs,
        "clusterforge.pairs.labels:LabelsSource",
        needs_labels=True,
    ),
    PairSourceSpec(
        "neighbors",
        "Mutual nearest neighbours in the incoming embedding are positives.",
        NeighborPairs,
        "clusterforge.pairs.neighbors:NeighborsSource",
        needs_points=True,
    ),
    PairSourceSpec(
        "augment",
        "Two random views of one row are positives.",
        AugmentPairs,
        "clusterforge.pairs.augment:AugmentSource",
    ),
    PairSourceSpec(
        "pseudo-labels",
        "Rows of one k-means cluster of the current embedding are positives; refreshed.",
        PseudoPairs,
        "clusterforge.pairs.pseudo_labels:PseudoLabelsSource",
    ),
)
AUGMENTATIONS: tuple[AugmentationSpec, ...] = (
    AugmentationSpec(
        "random",
        "Images are shifted, rotated and scaled; other rows get noise and dropout.",
        RandomParams,
        "clusterforge.augmentations.random:RandomAugmentation",
    ),
)
