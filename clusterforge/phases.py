"""The parameters of training that a recipe states: phases, losses, pairs and the backbone.

Light: a trained encoder's parameter model builds on :class:`TrainedParams` without importing torch.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, ConfigDict

from clusterforge.params import Field, LocalPath, NClusters, Params, Unit


class LossUse(Params):
    """One loss of a phase: the plugin's name, its weight, and the plugin's own parameters."""

    model_config = ConfigDict(extra="allow")

    use: str = Field(min_length=1, description="Name of the loss plugin.")
    weight: float = Field(1.0, ge=0, description="Factor of this loss in the sum.")

    @property
    def own(self) -> dict[str, Any]:
        """The parameters that belong to the loss plugin itself."""
        return dict(self.model_extra or {})


class LabelPairs(Params):
    """Rows with the same true label are positives (supervised)."""

    use: Literal["labels"] = "labels"


class NeighborPairs(Params):
    """Mutual nearest neighbours in the incoming embedding are positives."""

    use: Literal["neighbors"] = "neighbors"
    k: int = Field(15, ge=1, le=1000, description="Neighbours looked at on each side.")
    mutual: bool = Field(True, description="Keep a pair only if each is among the other's k.")


class Augment(Params):
    """Random views: images are shifted, rotated and scaled; other rows get noise and dropout."""

    noise: float = Field(
        0.1, ge=0, le=10, description="Noise, in standard deviations of each feature."
    )
    dropout: float = Field(0.1, ge=0, lt=1, description="Share of features set to zero.")
    shift: float = Field(0.1, ge=0, le=0.5, description="Largest shift, as a share of the side.")
    rotate: float = Field(
        10.0, ge=0, le=180, description="Largest rotation.", json_schema_extra=Unit("degrees")
    )
    scale: float = Field(0.1, ge=0, lt=1, description="Largest change of scale.")


class AugmentPairs(Augment):
    """Two random views of one row are positives.

    Images are shifted, rotated and scaled; other inputs get Gaussian noise and feature dropout.
    """

    use: Literal["augment"] = "augment"


class PseudoPairs(Params):
    """Rows of one k-means cluster of the current embedding are positives; refreshed."""

    use: Literal["pseudo-labels"] = "pseudo-labels"
    n_clusters: NClusters = Field("auto", description="Clusters of the pseudo-labelling.")
    refresh: int = Field(1, ge=1, description="Cluster again after so many epochs.")


def _named(value: Any) -> Any:
    return {"use": value} if isinstance(value, str) else value


Pairs = Annotated[
    Annotated[LabelPairs | NeighborPairs | AugmentPairs | PseudoPairs, Field(discriminator="use")],
    BeforeValidator(_named, json_schema_input_type=str | dict[str, Any]),
]
"""Where pairs and triplets come from: a name, or a table with ``use`` and its parameters."""


def _losses(value: Any) -> Any:
    return [_named(item) for item in value] if isinstance(value, list | tuple) else [_named(value)]


class Phase(Params):
    """One phase of training: its losses, optimiser, schedule and stop rule."""

    name: str | None = Field(None, description="Name in the history; default: the losses' names.")
    loss: Annotated[
        tuple[LossUse, ...],
        Field(min_length=1, strict=False),
        BeforeValidator(_losses, json_schema_input_type=str | list[str | dict[str, Any]]),
    ] = Field(description="A loss, or a list of tables with use, weight and parameters.")
    epochs: int = Field(10, ge=0, le=100_000, description="Passes over the training rows.")
    lr: float = Field(1e-3, gt=0, le=100, description="Learning rate at the start.")
    batch: int = Field(256, ge=1, description="Rows a step.", json_schema_extra=Unit("rows"))
    optimizer: Literal["adam", "adamw", "sgd"] = Field("adam", description="Optimiser.")
    momentum: float = Field(0.9, ge=0, lt=1, description="Momentum (sgd only).")
    weight_decay: float = Field(0.0, ge=0, le=10, description="L2 penalty of the optimiser.")
    schedule: Literal["constant", "cosine", "linear", "step", "plateau"] = Field(
        "constant", description="How the learning rate moves over the phase."
    )
    step_every: int = Field(
        20,
        ge=1,
        description="schedule = step: epochs between drops; plateau: epochs without a better "
        "validation loss before one.",
        json_schema_extra=Unit("epochs"),
    )
    step_factor: float = Field(
        0.1, gt=0, lt=1, description="schedule = step or plateau: factor of a drop."
    )
    warmup: float = Field(
        0.0, ge=0, description="Linear warm-up from zero.", json_schema_extra=Unit("epochs")
    )
    clip: float | None = Field(None, gt=0, description="Largest gradient norm; none: no clipping.")
    patience: int | None = Field(
        None,
        ge=1,
        description="Stop after so many epochs without a better validation loss, keep the best weights.",
        json_schema_extra=Unit("epochs"),
    )
    validation: float = Field(
        0.1,
        gt=0,
        lt=1,
        description="Share of training rows held out for patience and plateau where the data set "
        "has no validation split.",
    )
    pairs: Pairs | None = Field(None, description="Where pairs and triplets come from.")
    noise: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="Denoising: share of input values set to zero while reconstructing the clean input.",
    )
    augment: Augment | None = Field(
        None,
        description="Train on random views of the rows, drawn anew at each step; a view is what its "
        "reconstruction has to equal. {}: the defaults; none: the rows as they are.",
    )
    train: Literal["all", "encoder", "losses"] = Field(
        "all",
        description="What learns: all, the encoder without its decoder, or the losses' own parameters.",
    )

    @property
    def title(self) -> str:
        """The phase's name in the history and in figures."""
        return self.name or "+".join(loss.use for loss in self.loss)


class Backbone(Params):
    """An encoder below the network that is trained with it, end to end."""

    model_config = ConfigDict(extra="allow")

    use: str = Field(min_length=1, description="Name of an encoder that can be trained.")
    trainable: bool = Field(True, description="False: its output is fixed, as if it came before.")
    lr_factor: float = Field(
        0.05, gt=0, le=1, description="Learning rate of the backbone, as a share of the phase's."
    )

    @property
    def own(self) -> dict[str, Any]:
        """The parameters that belong to the encoder plugin itself."""
        return dict(self.model_extra or {})


class TrainedParams(Params):
    """Base of the parameters of every trained encoder.

    ``only_in_phases`` names the parameters that reach the training through the phases, or the
    structure of the network, alone. A phase that an earlier run has trained is taken up again only
    where all others are the same.
    """

    only_in_phases: ClassVar[frozenset[str]] = frozenset({"phase", "pairs"})

    phase: Annotated[tuple[Phase, ...], Field(strict=False, min_length=1)] | None = Field(
        None, description="Phases of training, in order; given here, they replace the plugin's own."
    )
    pairs: Pairs | None = Field(
        None,
        description="Where pairs and triplets come from, for every phase that says nothing else.",
    )
    backbone: Backbone | None = Field(
        None, description="An encoder trained together with this one: {use = …, trainable = true}."
    )
    weights: LocalPath | None = Field(
        None, description="Warm start: a weights file of an earlier run, or its encoder's folder."
    )

    @property
    def uses_labels(self) -> bool:
        """True where a phase takes its pairs from labels; losses that read labels count too."""
        phases = self.phase or ()
        return any(
            isinstance(phase.pairs or self.pairs, LabelPairs) for phase in phases
        ) or isinstance(self.pairs, LabelPairs)
