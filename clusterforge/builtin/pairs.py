"""Specs of the built-in sources of pairs, and of the built-in augmentation."""

from __future__ import annotations

from clusterforge.builtin.fields import Share, Thousand
from clusterforge.builtin.plugin import plugin
from clusterforge.params import Field, NClusters, Params, Unit
from clusterforge.specs import AugmentationSpec, PairSourceSpec


class LabelPairs(Params):
    """Rows with the same true label are positives (supervised)."""


class NeighborPairs(Params):
    """Mutual nearest neighbours in the incoming embedding are positives."""

    k: Thousand = Field(15, description="Number of neighbours of each row.")
    mutual: bool = Field(
        True, description="Keep a pair only if each row is among the other's k nearest."
    )


class AugmentPairs(Params):
    """Two random views of one row are positives."""


class PseudoPairs(Params):
    """Rows of one k-means cluster of the current embedding are positives; refreshed."""

    n_clusters: NClusters = Field("auto", description="Clusters of the pseudo-labelling.")
    refresh: int = Field(
        1,
        ge=1,
        description="Cluster again after this many epochs.",
        json_schema_extra=Unit("epochs"),
    )


class RandomParams(Params):
    """Images are shifted, rotated and scaled; texts lose tokens; other rows get noise and dropout."""

    noise: float = Field(
        0.1, ge=0, le=10, description="Noise, in standard deviations of each feature."
    )
    dropout: Share = Field(
        0.1, description="Share of features set to zero; of the tokens of texts that are hidden."
    )
    shift: float = Field(0.1, ge=0, le=0.5, description="Largest shift, as a share of the side.")
    rotate: float = Field(
        10.0, ge=0, le=180, description="Largest rotation.", json_schema_extra=Unit("degrees")
    )
    scale: Share = Field(0.1, description="Largest change of scale.")


SOURCES: tuple[PairSourceSpec, ...] = (
    PairSourceSpec(*plugin("pairs.sources", "labels", LabelPairs), needs_labels=True),
    PairSourceSpec(*plugin("pairs.sources", "neighbors", NeighborPairs), needs_points=True),
    PairSourceSpec(*plugin("pairs.sources", "augment", AugmentPairs)),
    PairSourceSpec(*plugin("pairs.sources", "pseudo-labels", PseudoPairs)),
)
AUGMENTATIONS: tuple[AugmentationSpec, ...] = (
    AugmentationSpec(*plugin("augmentations", "random", RandomParams), replayable=True),
)
