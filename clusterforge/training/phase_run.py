"""One phase while it runs: its losses, its optimiser, and what it needs to go on later."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.nn.modules.batchnorm import _BatchNorm

from clusterforge.contracts import Context, State
from clusterforge.contracts.training import Augmentation, Batch, Loss, Network, PairSource
from clusterforge.errors import InputError
from clusterforge.phases import AugmentUse, PairsUse, Phase, Plateau
from clusterforge.specs import LossSpec, PairSourceSpec
from clusterforge.training.backbone import WithBackbone, can_decode, groups
from clusterforge.training.batches import Batches, Job
from clusterforge.training.examples import Examples
from clusterforge.training.forward import ROWS, SplitScope, side_outputs
from clusterforge.training.inputs import Subset
from clusterforge.training.optimisers import lr_factor, optimiser, set_lr
from clusterforge.training.parts import MakePart, Part
from clusterforge.training.seeds import derive, generator, seeded
from clusterforge.training.tensors import (
    load_module,
    load_optimiser,
    module_state,
    optimiser_state,
)

EXPLODED = 1000.0  # times the loss of the first batch


class PhaseRun:
    """A phase in training.

    Parameters
    ----------
    phase, index
        The phase and its place in the course.
    network
        What is trained, on the context's device.
    make
        Gives what the phase names.
    train, validation
        Rows; without rows to validate, some are held out where the phase needs them.
    backbone_factor
        Learning rate of a backbone, as a share of the phase's.
    """

    def __init__(
        self,
        phase: Phase,
        index: int,
        network: Network,
        make: MakePart,
        train: Examples,
        validation: Examples | None,
        n_classes: int | None,
        context: Context,
        backbone_factor: float,
    ) -> None:
        self.phase, self.index, self.network = phase, index, network
        self.device, self.seed = torch.device(context.device), derive(context.seed, "phase", index)
        self.losses: list[Part[Loss[Any]]] = [make("loss", use) for use in phase.loss]
        specs = [_loss_spec(loss) for loss in self.losses]
        self.heads = [spec.gives_head for spec in specs]
        self.weights = [use.weight for use in phase.loss]
        self.terms = _distinct([use.use for use in phase.loss])
        self.factor = backbone_factor
        below = isinstance(network, WithBackbone)
        _check(phase, specs, network, train)
        if isinstance(network, WithBackbone):
            network.noise = phase.noise
        kinds = {spec.batch for spec in specs} - {"items"}
        default = "neighbors" if train.incoming and kinds != {"views"} else "augment"
        self.pairs = (phase.pairs or PairsUse(use=default)) if kinds else None

        def source(rows: SplitScope) -> Part[PairSource[Any]] | None:
            if self.pairs is None:
                return None
            part: Part[PairSource[Any]] = make("pairs", self.pairs)
            with part as made:
                made.setup(rows)
            return part

        def augmentation(rows: Examples) -> Part[Augmentation[Any]] | None:
            ready = isinstance(rows.inputs.take(torch.arange(1)), Tensor)
            if phase.augment is None and not ready:
                return None  # a backbone's own dropout makes the views
            part: Part[Augmentation[Any]] = make("augmentation", phase.augment or AugmentUse())
            with part as made:
                made.setup(rows.inputs)
            return part

        def side(rows: Examples, held_out: bool) -> tuple[Batches, SplitScope]:
            scope = SplitScope(
                network,
                rows,
                n_classes,
                seed=self.seed & 0x7FFFFFFF,  # what every library takes
                device=self.device,
                precision=context.precision,
                rows=phase.batch if below else ROWS,
            )
            batches = Batches(
                rows,
                phase,
                specs,
                source=source(scope),
                augmentation=lambda: augmentation(rows),
                device=self.device,
                precision=context.precision,
                noise=0.0 if held_out or below else phase.noise,
                held_out=held_out,
            )
            return batches, scope

        reads_labels = any(spec.needs_labels for spec in specs)
        if self.pairs:
            spec = make("pairs", self.pairs).plugin.spec
            reads_labels |= isinstance(spec, PairSourceSpec) and spec.needs_labels
        self.labels_used = reads_labels and train.labels is not None
        if validation is not None and reads_labels and not validation.labelled:
            validation = None  # it could not tell one epoch from another
        if phase.validated and validation is None:
            train, validation = train.split(phase.validation, context.seed)
        self.batches, self.scope = side(train, False)
        self.held_out = side(validation, True) if phase.validated and validation else None
        self.epoch = self.step = 0
        self.reason: str | None = None
        self.lr_scale = 1.0
        self.first_loss: float | None = None
        self.best_value: float | None = None
        self.bad_epochs = self.since_drop = 0
        self.best: State | None = None

    @property
    def steps(self) -> int:
        """Steps of an epoch."""
        return self.batches.steps()

    # beginning, and going on

    def setup(self) -> None:
        """Begin: let the losses prepare, then choose what learns."""
        with seeded(self.device, self.seed, "setup"):
            for loss in self.losses:
                with loss as made:
                    made.setup(self.scope)
        self._choose_what_learns()

    def restore(self, state: State) -> None:
        """Go on where :meth:`state` was taken; the network is already as it was."""
        self._restore_losses(state)
        self._choose_what_learns()
        if self.optimiser:
            load_optimiser(self.optimiser, state.part("optimiser"))
        for name, (batches, _) in self._sides():
            if batches.source:
                with batches.source as made:
                    made.restore(state.part(name))
        for name, value in state.meta["counters"].items():
            setattr(self, name, value)
        if state.meta["best"]:
            self.best = state.part("best")

    def state(self) -> State:
        """Return all that :meth:`restore` needs besides the network, at the end of an epoch."""
        counters = {name: _json(getattr(self, name)) for name in _COUNTERS}
        state = self._loss_states()
        if self.optimiser:
            state |= optimiser_state(self.optimiser).within("optimiser")
        for name, (batches, _) in self._sides():
            if batches.source:
                with batches.source as source:
                    state |= source.state().within(name)
        if self.best:
            state |= self.best.within("best")
        return state | State(meta={"counters": counters, "best": self.best is not None})

    def _choose_what_learns(self) -> None:
        own = []
        for loss in self.losses:
            with loss as made:
                own += list(made.parameters())
        parameters = list(self.network.parameters())
        if self.phase.train == "losses":
            parameters = []
        elif self.phase.train == "encoder":
            parameters = list(self.network.encoder_parameters())
        learning = set(map(id, parameters))
        for parameter in self.network.parameters():
            parameter.requires_grad_(id(parameter) in learning)
        self.learning = [*parameters, *own]
        chosen = groups(self.network, parameters, self.factor)
        self.optimiser = optimiser(self.phase, [*chosen, (own, 1.0)])
        self.good = self.snapshot()

    # an epoch

    def begin_epoch(self) -> Iterator[tuple[Job, Any]]:
        """Prepare losses and pairs, and return the batches of this epoch."""
        for _, (batches, scope) in self._sides():
            if batches.source:
                with batches.source as source:
                    source.refresh(self.epoch, scope)
        for loss in self.losses:
            with loss as made:
                made.on_epoch(self.epoch, self.scope)
        # What does not learn should not drift by batch statistics or draw dropout either.
        self.network.train(self.phase.train != "losses")
        return self.batches.taken(generator(self.seed, "epoch", self.epoch))

    def begin_step(self) -> None:
        """Let the losses prepare, and set the learning rate."""
        for loss in self.losses:
            with loss as made:
                made.before_step(self.step, self.scope)
        if self.optimiser:
            set_lr(self.optimiser, self.lr(self.step))

    def end_step(self, batch: Batch) -> None:
        """Let the losses move what the optimiser does not."""
        with torch.no_grad():
            for loss in self.losses:
                with loss as made:
                    made.on_step(self.step, batch, self.scope)
        self.step += 1

    def lr(self, step: int) -> float:
        """Return the learning rate of a step."""
        return self.phase.lr * self.lr_scale * lr_factor(self.phase, step, self.steps)

    def judge(self, batch: Batch) -> tuple[Tensor, list[Tensor]]:
        """Return the sum of the losses by their weights, and each."""
        terms = []
        for loss in self.losses:
            with loss as made:
                terms.append(made(batch))
        total = self.weights[0] * terms[0]
        for weight, term in zip(self.weights[1:], terms[1:], strict=True):
            total = total + weight * term
        return total, terms

    def should_stop(self) -> bool:
        """Ask the losses whether the phase may end."""
        for loss in self.losses:
            with loss as made:
                self.reason = made.should_stop()
            if self.reason:
                return True
        return False

    def end_epoch(self, means: list[float], first: float) -> dict[str, float]:
        """Judge the epoch, and return its values.

        Where the loss is not finite, or a thousand times that of the phase's first batch, the
        weights of the last good epoch come back and the phase ends.
        """
        self.first_loss = first if self.first_loss is None else self.first_loss
        values = dict(zip(["loss", *self.terms], means, strict=True))
        for loss in self.losses:
            with loss as made:
                values.update(made.values())
        values["lr"] = self.lr(max(self.step - 1, 0))
        self.epoch += 1
        limit = EXPLODED * max(abs(self.first_loss), 1.0)
        if not (abs(means[0]) <= limit and finite(self.network)):
            self.reason = f"diverged in epoch {self.epoch}"
            self.put(self.good)
        else:
            self.should_stop()
            if self.held_out:
                values["validation"] = self._validate(*self.held_out)
                self._judge(values["validation"])
            self.good = self.snapshot()
        return {name: value for name, value in values.items() if math.isfinite(value)}

    def finish(self) -> None:
        """End the phase: with the best weights, where the phase asks for them."""
        if self.phase.patience and self.best:
            self.put(self.best)
        for parameter in self.network.parameters():
            parameter.requires_grad_(True)

    # validation and what is kept

    def _validate(self, batches: Batches, scope: SplitScope) -> float:
        self.network.eval()
        total = torch.zeros((), dtype=torch.float64, device=self.device)
        rows = 0
        with torch.no_grad(), seeded(self.device, self.seed, "validation"):
            for job, x in batches.taken(generator(self.seed, "validation")):
                total += self.judge(batches.see(self.network, job, x))[0] * len(job.rows)
                rows += len(job.rows)
        return float(total) / rows

    def _judge(self, value: float) -> None:
        if math.isfinite(value) and (self.best_value is None or value < self.best_value):
            self.best_value, self.bad_epochs, self.since_drop = value, 0, 0
            self.best = self.snapshot() if self.phase.patience else None
            return
        self.bad_epochs += 1
        self.since_drop += 1
        schedule = self.phase.schedule
        if isinstance(schedule, Plateau) and self.since_drop >= schedule.patience:
            self.lr_scale, self.since_drop = self.lr_scale * schedule.factor, 0
        if self.phase.patience and self.bad_epochs >= self.phase.patience:
            self.reason = f"no better validation loss for {self.bad_epochs} epochs"

    def snapshot(self) -> State:
        """Return the network's weights and the losses' states."""
        return module_state(self.network).within("network") | self._loss_states()

    def put(self, state: State) -> None:
        """Take up a snapshot."""
        load_module(self.network, state.part("network").arrays)
        self._restore_losses(state)

    def see(self, job: Job, x: Any) -> Batch:
        """Return a batch, seen through the network."""
        return self.batches.see(self.network, job, x)

    def _loss_states(self) -> State:
        state = State()
        for number, loss in enumerate(self.losses):
            with loss as made:
                state |= made.state().within(f"loss.{number}")
        return state

    def _restore_losses(self, state: State) -> None:
        for number, loss in enumerate(self.losses):
            with loss as made:
                made.restore(state.part(f"loss.{number}"))
                for parameter in made.parameters():
                    parameter.data = parameter.data.to(self.device)

    def _sides(self) -> Iterator[tuple[str, tuple[Batches, SplitScope]]]:
        yield "pairs", (self.batches, self.scope)
        if self.held_out:
            yield "held_out_pairs", self.held_out


_COUNTERS = (
    "epoch",
    "step",
    "reason",
    "lr_scale",
    "first_loss",
    "best_value",
    "bad_epochs",
    "since_drop",
)


def _json(value: Any) -> Any:
    """Return a counter as JSON has it, without infinity and NaN."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def finite(network: Network) -> bool:
    """Return whether every weight is a number."""
    values = [v for v in network.state_dict().values() if v.is_floating_point() and v.numel()]
    if not values:
        return True
    return bool(torch.stack([v.abs().amax().float() for v in values]).isfinite().all())


def _loss_spec(loss: Part[Loss[Any]]) -> LossSpec:
    assert isinstance(loss.plugin.spec, LossSpec)
    return loss.plugin.spec


def _check(phase: Phase, specs: list[LossSpec], network: Network, rows: Examples) -> None:
    outputs: frozenset[str] = frozenset()
    if any(spec.needs_outputs for spec in specs):
        outputs = side_outputs(network, Subset(rows.inputs, torch.arange(2)))
    for spec in specs:
        if missing := sorted(spec.needs_outputs - outputs):
            raise InputError(
                f"loss {spec.name!r} needs {' and '.join(missing)} next to the embedding, and "
                f"{type(network).__name__}, the network of this encoder, gives "
                f"{' and '.join(sorted(outputs)) or 'nothing'}",
                key="phase",
                remedy="use an encoder whose network gives them",
            )
        if spec.needs_decoder and not can_decode(network):
            raise InputError(
                f"loss {spec.name!r} needs a decoder, and this encoder has none",
                key="phase",
                remedy="use an autoencoder, or pretrain_epochs where there is one",
            )
    normed = any(isinstance(m, _BatchNorm) for m in network.modules())
    if phase.batch == 1 and normed:
        raise InputError(
            "batch normalisation can't do with one row per step",
            key="batch",
            remedy='make it at least 2, or set batch_norm = "none"',
        )


def _distinct(names: list[str]) -> list[str]:
    """Return names with ``.2``, ``.3``, … behind those that came before."""
    counts = [names[: place + 1].count(name) for place, name in enumerate(names)]
    return [name if n == 1 else f"{name}.{n}" for name, n in zip(names, counts, strict=True)]
