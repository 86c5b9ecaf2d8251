"""Specs of the built-in losses."""

from __future__ import annotations

from typing import Annotated, Literal

from clusterforge.builtin.fields import (
    Apart,
    ErrorKind,
    Margin,
    Share,
    Smoothing,
    Softness,
    Thousand,
)
from clusterforge.builtin.plugin import plugin
from clusterforge.params import Field, NClusters, Params, Unit
from clusterforge.specs import LossSpec


class ReconstructionParams(Params):
    """Difference between the decoder's output and the input.

    Hinton and Salakhutdinov, Science 313, 2006
    """

    kind: ErrorKind = Field(
        "mse",
        description="Squared error, absolute error, or binary cross-entropy (values in [0, 1]).",
    )


class DecParams(Params):
    """Soft assignment to centroids, pulled towards a sharpened target.

    Xie, Girshick and Farhadi, ICML 2016
    """

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
        description="Stop when at most this share of the rows changes cluster between refreshes.",
    )
    restarts: Thousand = Field(
        20, description="Runs of the k-means that initialises the centroids."
    )
    diffusion: int = Field(
        0,
        ge=0,
        le=10_000,
        description="How many times to average each row with its nine nearest rows before the "
        "k-means that initialises the centroids, so that it finds groups of unequal "
        "width; 10 to 100, more for more rows.",
        json_schema_extra=Unit("steps"),
    )


class ContrastiveParams(Params):
    """Same rows together, different rows at least a margin apart.

    Hadsell, Chopra and LeCun, CVPR 2006
    """

    margin: Apart = 1.0


class InfonceParams(Params):
    """Identifies a row's other view among those of all rows of the batch (NT-Xent).

    van den Oord, Li and Vinyals 2018, arXiv:1807.03748; Chen et al., ICML 2020
    """

    temperature: float = Field(
        0.5,
        ge=0.001,
        le=100,
        description="Divisor of the cosines; at low values the nearest negatives count most.",
    )
    symmetric: bool = Field(
        True,
        description="Both views of a row must identify each other among all views of the batch "
        "(NT-Xent); otherwise only the first identifies the second, among the second views.",
    )


class SelfLabelsParams(Params):
    """Tells which cluster a row is of, by labels that balanced transport gives to all rows.

    Asano, Rupprecht and Vedaldi, ICLR 2020; Caron et al., NeurIPS 2020
    """

    n_clusters: NClusters = Field(description="Number of prototypes.")
    temperature: float = Field(
        0.1, ge=0.001, le=100, description="Divisor of the cosines between rows and prototypes."
    )
    epsilon: float = Field(
        0.05,
        ge=0.001,
        le=100,
        description="Entropy of the transport: at low values each row belongs to one cluster.",
    )
    balance: float = Field(
        0.5,
        ge=0,
        le=1,
        description="How even the clusters are made: 1: all equally large, 0: as large as they are.",
    )
    confidence: Share = Field(
        0.5, description="Rows whose label is less certain than this teach nothing in an epoch."
    )
    restarts: Thousand = Field(
        10, description="Runs of the k-means that initialises the prototypes."
    )


class PseudoLabelsParams(Params):
    """A linear head that learns the clusters of the incoming rows, found by k-means.

    Lee, ICML 2013 workshop; Mahon and Lukasiewicz, KI 2021
    """

    n_clusters: NClusters = Field(description="Number of clusters.")
    softness: Softness = 0.0
    restarts: Thousand = Field(10, description="Runs of the k-means.")


class TripletLossParams(Params):
    """An anchor nearer to its positive than to its negative, by a margin.

    Schroff, Kalenichenko and Philbin, CVPR 2015
    """

    margin: Margin = 0.2


class CrossEntropyParams(Params):
    """A linear head that learns the true classes.

    Bishop, Pattern Recognition and Machine Learning, 2006, section 4.3.4
    """

    label_smoothing: Smoothing = 0.0


SPECS: tuple[LossSpec, ...] = (
    LossSpec(
        *plugin("losses", "reconstruction", ReconstructionParams),
        needs_decoder=True,
        replayable=True,
    ),
    LossSpec(*plugin("losses", "dec", DecParams), gives_head=True, replayable=True),
    LossSpec(
        *plugin("losses.pairs", "contrastive", ContrastiveParams), batch="pairs", replayable=True
    ),
    LossSpec(*plugin("losses", "infonce", InfonceParams), batch="views", replayable=True),
    LossSpec(*plugin("losses", "self-labels", SelfLabelsParams), gives_head=True, replayable=True),
    LossSpec(
        *plugin("losses.cross_entropy", "pseudo-labels", PseudoLabelsParams),
        gives_head=True,
        replayable=True,
    ),
    LossSpec(
        *plugin("losses.pairs", "triplet", TripletLossParams), batch="triplets", replayable=True
    ),
    LossSpec(
        *plugin("losses", "cross-entropy", CrossEntropyParams),
        needs_labels=True,
        gives_head=True,
        replayable=True,
    ),
)
