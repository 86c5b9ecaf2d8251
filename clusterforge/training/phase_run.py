"""One phase while it runs: its losses, its optimiser, and what it needs to go on later."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor
from torch.nn.modules.batchnorm import _BatchNorm

from clusterforge.contracts import Context, State
from clusterforge.contracts.training import Batch, Loss, Network
from clusterforge.errors import InputError
from clusterforge.phases import AugmentPairs, LabelPairs, LossUse, Phase
from clusterforge.specs import LossSpec
from clusterforge.training.augment import Views
from clusterforge.training.backbone import WithBackbone, can_decode, groups
from clusterforge.training.batches import Batches, Job
from clusterforge.training.examples import Examples
from clusterforge.training.forward import SplitScope, side_outputs
from clusterforge.training.inputs import Subset
from clusterforge.training.optimisers import lr_factor, optimiser, set_lr
from clusterforge.training.seeds import derive, generator, seeded
from clusterforge.training.tensors import (
    load_module,
    load_optimiser,
    module_state,
    optimiser_state,
)

MakeLoss = Callable[[LossUse], tuple[LossSpec, "Loss[Any]"]]
EMBED_ROWS = 2048
EXPLODED = 1000.0  # times the loss of the first batch


class PhaseRun:
    """A phase in training.

    Parameters
    ----------
    phase, index
        The phase and its place in the course.
    network
        What is trained, on the context's device.
    make_loss
        Gives a loss's spec and a fresh loss.
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
        make_loss: MakeLoss,
        train: Examples,
        validation: Examples | None,
        n_classes: int | None,
        context: Context,
        backbone_factor: float,
    ) -> None:
        self.phase, self.index, self.network = phase, index, network
        self.device, self.seed = torch.device(context.device), derive(context.seed, "phase", index)
        made = [make_loss(use) for use in phase.loss]
        self.losses, specs = [loss for _, loss in made], [spec for spec, _ in made]
        self.heads = [loss for spec, loss in made if spec.gives_head]
        self.weights = [use.weight for use in phase.loss]
        self.terms = _distinct([use.use for use in phase.loss])
        self.factor = backbone_factor
        _check(phase, specs, network, train)
        if isinstance(network, WithBackbone):
            network.noise = phase.noise
        validated = phase.patience is not None or phase.schedule == "plateau"
        reads_labels = any(spec.needs_labels for spec in specs)
        kinds = {spec.batch for spec in specs} - {"items"}
        by_labels = reads_labels or bool(kinds and isinstance(phase.pairs, LabelPairs))
        if validation is not None and by_labels and not validation.labelled:
            validation = None  # it could not tell one epoch from another
        if validated and validation is None:
            train, validation = train.split(phase.validation, context.seed)
        views_alone = AugmentPairs() if kinds == {"views"} else train.default_pairs()
        self.pairs = (phase.pairs or views_alone) if kinds else None
        if phase.augment is not None and isinstance(network, WithBackbone):
            raise InputError(
                "what a backbone reads has no random views",
                key="augment",
                remedy="leave it out; the backbone's own dropout makes views",
            )
        if phase.augment is not None and isinstance(self.pairs, AugmentPairs):
            raise InputError(
                'pairs = "augment" draws views of its own',
                key="augment",
                remedy="give its shift, rotate and so on to pairs instead",
            )

        def batches(rows: Examples, held_out: bool) -> Batches:
            own = self.pairs if isinstance(self.pairs, AugmentPairs) else phase.augment
            return Batches(
                rows,
                phase,
                specs,
                source=rows.source(self.pairs, context.device, self.seed) if self.pairs else None,
                augment=Views(own, rows.inputs) if own else None,
                device=self.device,
                precision=context.precision,
                noise=0.0 if held_out or isinstance(network, WithBackbone) else phase.noise,
                held_out=held_out,
            )

        def scope(rows: Examples) -> SplitScope:
            return SplitScope(
                network,
                rows.inputs,
                rows.labels,
                n_classes,
                seed=self.seed & 0x7FFFFFFF,  # what every library takes
                device=self.device,
                precision=context.precision,
                rows=phase.batch if isinstance(network, WithBackbone) else EMBED_ROWS,
            )

        self.batches, self.scope = batches(train, False), scope(train)
        self.held_out: tuple[Batches, SplitScope] | None = None
        if validated and validation is not None:
            self.held_out = batches(validation, True), scope(validation)
        self.epoch = self.step = 0
        self.reason: str | None = None
        self.lr_scale = 1.0
        self.first_loss: float | None = None
        self.best_value: float | None = None
        self.bad_epochs = self.since_drop = 0
        self.best: State | None = None

    @property
    def labels_used(self) -> bool:
        """Whether labels make the pairs or enter a loss."""
        return self.batches.labels is not None or bool(self.pairs and self.pairs.use == "labels")

    @property
    def steps(self) -> int:
        """Steps of an epoch."""
        return self.batches.steps()

    # beginning, and going on

    def setup(self) -> None:
        """Begin: let the losses prepare, then choose what learns."""
        with seeded(self.device, self.seed, "setup"):
            for loss in self.losses:
                loss.setup(self.scope)
        self._choose_what_learns()

    def restore(self, state: State) -> None:
        """Go on where :meth:`state` was taken; the network is already as it was."""
        self._restore_losses(state)
        self._choose_what_learns()
        if self.optimiser:
            load_optimiser(self.optimiser, state.part("optimiser"))
        if self.batches.source:
            self.batches.source.restore(state.part("pairs"))
        if self.held_out and self.held_out[0].source:
            self.held_out[0].source.restore(state.part("held_out_pairs"))
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
        if self.batches.source:
            state |= self.batches.source.state().within("pairs")
        if self.held_out and self.held_out[0].source:
            state |= self.held_out[0].source.state().within("held_out_pairs")
        if self.best:
            state |= self.best.within("best")
        return state | State(meta={"counters": counters, "best": self.best is not None})

    def _choose_what_learns(self) -> None:
        own = [p for loss in self.losses for p in loss.parameters()]
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
        for batches, scope in self._sides():
            if batches.source:
                batches.source.refresh(self.epoch, scope)
        for loss in self.losses:
            loss.on_epoch(self.epoch, self.scope)
        # What does not learn should not drift by batch statistics or draw dropout either.
        self.network.train(self.phase.train != "losses")
        return self.batches.taken(generator(self.seed, "epoch", self.epoch))

    def begin_step(self) -> None:
        """Let the losses prepare, and set the learning rate."""
        for loss in self.losses:
            loss.before_step(self.step, self.scope)
        if self.optimiser:
            set_lr(self.optimiser, self.lr(self.step))

    def end_step(self, batch: Batch) -> None:
        """Let the losses move what the optimiser does not."""
        with torch.no_grad():
            for loss in self.losses:
                loss.on_step(self.step, batch, self.scope)
        self.step += 1

    def lr(self, step: int) -> float:
        """Return the learning rate of a step."""
        return self.phase.lr * self.lr_scale * lr_factor(self.phase, step, self.steps)

    def weighted(self, terms: list[Tensor]) -> Tensor:
        """Return the sum of the losses by their weights."""
        total = self.weights[0] * terms[0]
        for weight, term in zip(self.weights[1:], terms[1:], strict=True):
            total = total + weight * term
        return total

    def should_stop(self) -> bool:
        """Ask the losses whether the phase may end."""
        self.reason = next((why for loss in self.losses if (why := loss.should_stop())), None)
        return self.reason is not None

    def end_epoch(self, means: list[float], first: float) -> dict[str, float]:
        """Judge the epoch, and return its values.

        Where the loss is not finite, or a thousand times that of the phase's first batch, the
        weights of the last good epoch come back and the phase ends.
        """
        self.first_loss = first if self.first_loss is None else self.first_loss
        values = dict(zip(["loss", *self.terms], means, strict=True))
        for loss in self.losses:
            values.update(loss.values())
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
                batch = batches.see(self.network, job, x)
                total += self.weighted([loss(batch) for loss in self.losses]) * len(job.rows)
                rows += len(job.rows)
        return float(total) / rows

    def _judge(self, value: float) -> None:
        if math.isfinite(value) and (self.best_value is None or value < self.best_value):
            self.best_value, self.bad_epochs, self.since_drop = value, 0, 0
            self.best = self.snapshot() if self.phase.patience else None
            return
        self.bad_epochs += 1
        self.since_drop += 1
        if self.phase.schedule == "plateau" and self.since_drop >= self.phase.step_every:
            self.lr_scale, self.since_drop = self.lr_scale * self.phase.step_factor, 0
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
            state |= loss.state().within(f"loss.{number}")
        return state

    def _restore_losses(self, state: State) -> None:
        for number, loss in enumerate(self.losses):
            loss.restore(state.part(f"loss.{number}"))
            for parameter in loss.parameters():
                parameter.data = parameter.data.to(self.device)

    def _sides(self) -> list[tuple[Batches, SplitScope]]:
        return [(self.batches, self.scope), *([self.held_out] if self.held_out else [])]


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
            "batch normalisation can't do with one row a step",
            key="batch",
            remedy='make it at least 2, or set batch_norm = "none"',
        )


def _distinct(names: list[str]) -> list[str]:
    seen: Counter[str] = Counter()
    out = []
    for name in names:
        seen[name] += 1
        out.append(name if seen[name] == 1 else f"{name}.{seen[name]}")
    return out
