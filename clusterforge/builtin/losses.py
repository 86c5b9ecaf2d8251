"""Specs of the built-in losses."""

from __future__ import annotations

from typing import Annotated, Literal

from clusterforge.params import Field, NClusters, Params, Unit
from clusterforge.specs import LossSpec


class ReconstructionParams(Params):
    """Parameters of ``reconstruction``."""

    kind: Literal["mse", "l1", "bce"] = Field(
        "mse",
        description="Squared error, absolute error, or binary cross-entropy (values in [0, 1]).",
    )


class DecParams(Params):
    """Parameters of the loss ``dec``."""

    n_clusters: NClusters = Field(description="Number of centroids.")
    alpha: float = Field(1.0, ge=1e-3, le=1000, description="Degrees of freedom of Student's t.")
    update_interval: Annotated[int, Field(ge=1)] | Literal["epoch"] = Field(
        140,
        description="Steps between refreshes of the target distribution; epoch: before each epoch.",
        json_schema_extra=Unit("steps"),
    )
    tolerance: float = Field(
        0.001,
        ge=0,
        le=1,
        description="Stop when at most this share of the rows changes its cluster between refreshes.",
    )
    restarts: int = Field(
        20, ge=1, le=1000, description="Runs of the k-means that starts the centroids."
    )
    diffusion: int = Field(
        0,
        ge=0,
        le=10_000,
        description="Average each row so many times over itself and its nine nearest rows before the "
        "k-means that starts the centroids. It then finds groups of unequal width; 10 to 100, more for "
        "more rows.",
        json_schema_extra=Unit("steps"),
    )


class ContrastiveParams(Params):
    """Parameters of ``contrastive``."""

    margin: float = Field(
        1.0, gt=0, le=1e6, description="Distance beyond which different rows are left alone."
    )


class TripletLossParams(Params):
    """Parameters of the loss ``triplet``."""

    margin: float = Field(
        0.2,
        gt=0,
        le=1e6,
        description="How much further, in squared distance, a negative has to be than a positive.",
    )


class CrossEntropyParams(Params):
    """Parameters of ``cross-entropy``."""

    label_smoothing: float = Field(
        0.0, ge=0, lt=1, description="Share of the target spread evenly over all classes."
    )


SPECS: tuple[LossSpec, ...] = (
    LossSpec(
        "reconstruction",
        "What the decoder makes of the embedding against the input.",
        ReconstructionParams,
        "clusterforge.losses.reconstruction:ReconstructionLoss",
        source="Hinton and Salakhutdinov, Science 313, 2006",
        needs_decoder=True,
    ),
    LossSpec(
        "dec",
        "Soft assignment to centroids, pulled towards a sharpened target.",
        DecParams,
        "clusterforge.losses.dec:DecLoss",
        source="Xie, Girshick and Farhadi, ICML 2016",
        gives_head=True,
    ),
    LossSpec(
        "contrastive",
        "Same rows together, different rows at least a margin apart.",
        ContrastiveParams,
        "clusterforge.losses.contrastive:ContrastiveLoss",
        source="Hadsell, Chopra and LeCun, CVPR 2006",
        batch="pairs",
    ),
    LossSpec(
        "triplet",
        "An anchor nearer to its positive than to its negative, by a margin.",
        TripletLossParams,
        "clusterforge.losses.triplet:TripletLoss",
        source="Schroff, Kalenichenko and Philbin, CVPR 2015",
        batch="triplets",
    ),
    LossSpec(
        "cross-entropy",
        "A linear head that learns the true classes.",
        CrossEntropyParams,
        "clusterforge.losses.cross_entropy:CrossEntropyLoss",
        source="Bishop, Pattern Recognition and Machine Learning, 2006, section 4.3.4",
        needs_labels=True,
        gives_head=True,
    ),
)
