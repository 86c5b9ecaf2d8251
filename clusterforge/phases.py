"""The parameters of training that a recipe states: phases, losses, optimisation, pairs, the backbone.

Light: a trained encoder's parameter model builds on :class:`TrainedParams` without importing torch.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, ConfigDict

from clusterforge.params import Field, LocalPath, Params, Unit
from clusterforge.specs import Kind


class Use(Params):
    """A plugin by name, with its own parameters next to it."""

    model_config = ConfigDict(extra="allow")

    use: str = Field(min_length=1, description="Name of the plugin, or python:module:Class.")

    @property
    def own(self) -> dict[str, Any]:
        """The parameters that belong to the plugin itself."""
        return dict(self.model_extra or {})


def _named(value: Any) -> Any:
    return {"use": value} if isinstance(value, str) else value


_BY_NAME = BeforeValidator(_named, json_schema_input_type=str | dict[str, Any])


class LossUse(Use):
    """One loss of a phase: the plugin's name, its weight, and the plugin's own parameters."""

    use: str = Field(min_length=1, description="Name of the loss plugin.")
    weight: float = Field(1.0, ge=0, description="Factor of this loss in the sum.")


class PairsUse(Use):
    """Where pairs, triplets and views come from: a source and its own parameters."""

    use: str = Field(min_length=1, description="Name of the source, or python:module:Class.")


class AugmentUse(Use):
    """How random views are drawn: an augmentation and its own parameters."""

    use: str = Field(
        "random", min_length=1, description="The augmentation, or python:module:Class."
    )


class Adam(Params):
    """Adam (Kingma and Ba, ICLR 2015)."""

    use: Literal["adam"] = "adam"


class AdamW(Params):
    """Adam with decoupled weight decay (Loshchilov and Hutter, ICLR 2019)."""

    use: Literal["adamw"] = "adamw"


class Sgd(Params):
    """Stochastic gradient descent."""

    use: Literal["sgd"] = "sgd"
    momentum: float = Field(0.9, ge=0, lt=1, description="Momentum.")


Optimizer = Annotated[Annotated[Adam | AdamW | Sgd, Field(discriminator="use")], _BY_NAME]
"""A name, or a table with ``use`` and the optimiser's own keys."""


class Schedule(Params):
    """How the learning rate moves over a phase."""

    def at(self, done: float, epoch: int) -> float:
        """Return the factor of the learning rate.

        Parameters
        ----------
        done
            Share of the steps after the warm-up that are done, 0 to 1.
        epoch
            Number of the epoch, from 0.
        """
        return 1.0


class Constant(Schedule):
    """The same rate throughout."""

    use: Literal["constant"] = "constant"


class Cosine(Schedule):
    """(1 + cos πt)/2 (Loshchilov and Hutter 2017, eq. 5, without restarts)."""

    use: Literal["cosine"] = "cosine"

    def at(self, done: float, epoch: int) -> float:
        """Return the factor of the learning rate."""
        return 0.5 * (1 + math.cos(math.pi * done))


class Linear(Schedule):
    """1 - t."""

    use: Literal["linear"] = "linear"

    def at(self, done: float, epoch: int) -> float:
        """Return the factor of the learning rate."""
        return 1 - done


class Step(Schedule):
    """A drop every so many epochs."""

    use: Literal["step"] = "step"
    every: int = Field(
        20, ge=1, description="Epochs between drops.", json_schema_extra=Unit("epochs")
    )
    factor: float = Field(0.1, gt=0, lt=1, description="Factor of a drop.")

    def at(self, done: float, epoch: int) -> float:
        """Return the factor of the learning rate."""
        return self.factor ** (epoch // self.every)


class Plateau(Schedule):
    """A drop where the validation loss has stopped falling."""

    use: Literal["plateau"] = "plateau"
    patience: int = Field(
        20,
        ge=1,
        description="Epochs without a better validation loss before a drop.",
        json_schema_extra=Unit("epochs"),
    )
    factor: float = Field(0.1, gt=0, lt=1, description="Factor of a drop.")


Schedules = Annotated[
    Annotated[Constant | Cosine | Linear | Step | Plateau, Field(discriminator="use")], _BY_NAME
]
"""A name, or a table with ``use`` and the schedule's own keys."""

Augment = Annotated[AugmentUse, _BY_NAME] | None
Epochs = Annotated[int, Field(ge=0, le=100_000, description="Passes over the training rows.")]
Rate = Annotated[float, Field(gt=0, le=100, description="Initial learning rate.")]
Rows = Annotated[int, Field(ge=1, description="Rows per step.", json_schema_extra=Unit("rows"))]
Decay = Annotated[float, Field(ge=0, le=10, description="L2 penalty of the optimiser.")]
Corruption = Annotated[
    float,
    Field(
        ge=0,
        lt=1,
        description="Share of input values set to zero during training; the target of a "
        "reconstruction is the clean input (denoising).",
    ),
]


class Optimisation(Params):
    """How a network is optimised. On an encoder's table, these are the defaults of its phases."""

    epochs: Epochs = 10
    lr: Rate = 1e-3
    batch: Rows = 256
    optimizer: Optimizer = Field(Adam(), description="Optimiser: a name, or a table with its keys.")
    weight_decay: Decay = 0.0
    schedule: Schedules = Field(
        Constant(),
        description="How the learning rate changes over the phase: a name, or a table with its keys.",
    )
    warmup: float = Field(
        0.0, ge=0, description="Linear warm-up from zero.", json_schema_extra=Unit("epochs")
    )
    clip: float | None = Field(None, gt=0, description="Largest gradient norm; none: no clipping.")
    patience: int | None = Field(
        None,
        ge=1,
        description="Stop after this many epochs without a better validation loss, and keep the "
        "best weights.",
        json_schema_extra=Unit("epochs"),
    )
    validation: float = Field(
        0.1,
        gt=0,
        lt=1,
        description="Share of training rows held out for patience and plateau if the data set has "
        "no validation split.",
    )
    noise: Corruption = 0.0
    augment: Augment = Field(
        None,
        description="Train on random views of the rows, new ones at each step; the target of a "
        "reconstruction is the view itself. {}: the defaults; none: the unchanged "
        "rows, except if pairs or views of one row are needed.",
    )
    pairs: Annotated[PairsUse, _BY_NAME] | None = Field(
        None,
        description="Where pairs, triplets and views come from. None: neighbors after another "
        "encoder, otherwise augment; for views always augment.",
    )

    @property
    def validated(self) -> bool:
        """Whether a validation loss is needed."""
        return self.patience is not None or isinstance(self.schedule, Plateau)


def _losses(value: Any) -> Any:
    return [_named(item) for item in value] if isinstance(value, list | tuple) else [_named(value)]


class Phase(Optimisation):
    """One phase of training. What it does not say, it takes from the encoder's table."""

    name: str | None = Field(None, description="Name in the history; default: the losses' names.")
    loss: Annotated[
        tuple[LossUse, ...],
        Field(min_length=1, strict=False),
        BeforeValidator(_losses, json_schema_input_type=str | list[str | dict[str, Any]]),
    ] = Field(description="A loss, or a list of tables with use, weight and parameters.")
    train: Literal["all", "encoder", "losses"] = Field(
        "all",
        description="What is trained: all, the encoder without its decoder, or the losses' own "
        "parameters.",
    )

    @property
    def title(self) -> str:
        """The phase's name in the history and in figures."""
        return self.name or "+".join(loss.use for loss in self.loss)

    def plugins(self) -> Iterator[tuple[Kind, Use]]:
        """Yield what the phase names: its losses, its source of pairs, its augmentation."""
        for loss in self.loss:
            yield "loss", loss
        if self.pairs:
            yield "pairs", self.pairs
        if self.augment:
            yield "augmentation", self.augment


class Backbone(Use):
    """An encoder below the network that is trained with it, end to end."""

    use: str = Field(min_length=1, description="Name of an encoder that can be trained.")
    trainable: bool = Field(
        True,
        description="False: its weights are fixed, as in a separate encoder before this one.",
    )
    last_layers: int | None = Field(
        None,
        ge=1,
        description="How many of the last layers of a text model are trained; what the layers below make "
        "of a text is computed once, so that a step takes little time. None: all of them.",
        json_schema_extra=Unit("layers"),
    )
    lr_factor: float = Field(
        0.05, gt=0, le=1, description="Learning rate of the backbone, as a share of the phase's."
    )


class TrainedParams(Optimisation):
    """Base of the parameters of every trained encoder.

    The smallest complete model::

        class LinearParams(TrainedParams):
            dim: int = Field(10, ge=1, description="Width of the embedding.")

            def own_phases(self):
                return (Phase(loss="reconstruction"),)

    ``only_in_own_phases`` names the parameters that nothing but ``own_phases`` reads: next to phases of
    the recipe they are an error. ``only_in_structure`` names those that the network's structure shows. A
    phase that an earlier run has trained is taken up again where all other parameters are the same.
    """

    only_in_own_phases: ClassVar[frozenset[str]] = frozenset()
    only_in_structure: ClassVar[frozenset[str]] = frozenset()

    phase: Annotated[tuple[Phase, ...], Field(strict=False, min_length=1)] | None = Field(
        None, description="Phases of training, in order; they replace the plugin's default phases."
    )
    backbone: Backbone | None = Field(
        None, description="An encoder trained together with this one: {use = …, trainable = true}."
    )
    weights: LocalPath | None = Field(
        None, description="Warm start: a weights file of an earlier run, or its encoder's folder."
    )

    def own_phases(self) -> tuple[Phase, ...]:
        """Return the plugin's own phases; those of the recipe replace them.

        Raises
        ------
        InputError
            Where a parameter that they need is missing.
        """
        raise NotImplementedError(f"{type(self).__name__} has no phases of its own")

    @property
    def stated_phases(self) -> tuple[Phase, ...]:
        """The phases as they are written, by the recipe or the plugin."""
        return self.phase or self.own_phases()

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The phases to train, with what they take from this table."""
        return tuple(
            phase.model_copy(
                update={
                    name: getattr(self, name)
                    for name in Optimisation.model_fields.keys() - phase.model_fields_set
                }
            )
            for phase in self.stated_phases
        )

    @property
    def only_in_phases(self) -> frozenset[str]:
        """The parameters that reach the training through the phases or the structure alone."""
        phases = {"phase", *Optimisation.model_fields}
        return self.only_in_own_phases | self.only_in_structure | phases
