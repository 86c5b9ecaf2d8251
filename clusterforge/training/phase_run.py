"""One phase while it runs: its losses, its optimiser, and what it needs to go on later."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from clusterforge.contracts import State
from clusterforge.contracts.training import Augmentation, Batch, Loss, Network, PairSource
from clusterforge.formats import count
from clusterforge.phases import AugmentUse, PairsUse, Plateau
from clusterforge.specs import AugmentationSpec, LossSpec, PairSourceSpec
from clusterforge.training import inputs, tensors
from clusterforge.training.backbone import WithBackbone, groups
from clusterforge.training.batches import Batches, Job
from clusterforge.training.course import Course
from clusterforge.training.meter import Meter
from clusterforge.training.parts import Part
from clusterforge.training.phase_checks import check, loss_spec
from clusterforge.training.seeds import derive, generator, generators, restore_generators, seeded
from clusterforge.training.steps import Recorder, Step, Steps

T = TypeVar("T")
EXPLODED = 1000.0  # times the loss of the first batch


class PhaseRun:
    """A phase in training: the one at a place of a course.

    Without rows to validate with, some are held out where the phase needs them.
    """

    def __init__(self, course: Course, index: int) -> None:
        phase, network, make = course.phases[index], course.network, course.make
        train, validation, context = course.train, course.validation, course.context
        self.course, self.phase, self.index, self.network = course, phase, index, network
        self.device, self.seed = torch.device(context.device), derive(context.seed, "phase", index)
        self.losses: list[Part[Loss[Any]]] = [make("loss", use) for use in phase.loss]
        specs = [loss_spec(loss) for loss in self.losses]
        self.heads = [spec.gives_head for spec in specs]
        self.weights = [use.weight for use in phase.loss]
        self.terms = _distinct([use.use for use in phase.loss])
        self.factor = course.backbone_factor
        below = isinstance(network, WithBackbone)
        check(phase, specs, network, train)
        if isinstance(network, WithBackbone):
            network.noise, network.dropout = phase.noise, phase.augment is None
        kinds = {spec.batch for spec in specs} - {"items"}
        default = "neighbors" if train.incoming and kinds != {"views"} else "augment"
        self.pairs = (phase.pairs or PairsUse(use=default)) if kinds else None

        def batches(rows: inputs.Examples, held_out: bool) -> Batches:
            scope = inputs.SplitScope(
                network,
                rows,
                course.n_classes,
                seed=self.seed & 0x7FFFFFFF,  # what every library takes
                device=self.device,
                precision=context.precision,
                rows=phase.batch if below else inputs.ROWS,
                ranks=course.ranks,
            )

            def augmentation() -> Part[Augmentation[Any]] | None:
                if phase.augment or isinstance(rows.inputs.take(torch.arange(1)), Tensor):
                    return _ready(make("augmentation", phase.augment or AugmentUse()), rows.inputs)
                return None  # a backbone's own dropout makes the views

            return Batches(
                scope,
                phase,
                specs,
                source=_ready(make("pairs", self.pairs), scope) if self.pairs else None,
                augmentation=augmentation,
                noise=0.0 if held_out or below else phase.noise,
                held_out=held_out,
            )

        reads_labels = any(spec.needs_labels for spec in specs)
        if self.pairs:
            spec = make("pairs", self.pairs).plugin.spec
            reads_labels |= isinstance(spec, PairSourceSpec) and spec.needs_labels
        self.labels_used = reads_labels and train.labels is not None
        if validation is not None and reads_labels and not validation.labelled:
            validation = None  # it could not tell one epoch from another
        if phase.validated and validation is None:
            train, validation = train.split(phase.validation, context.seed)
        self.meter, self.batch = Meter(len(self.losses), self.device), 0
        self._before, self._within = State(), State()
        self.batches = batches(train, False)
        self.held_out = batches(validation, True) if phase.validated and validation else None
        self.epoch = self.step = 0
        self.reason: str | None = None
        self.lr_scale = 1.0
        self.first_loss: float | None = None
        self.best_value: float | None = None
        self.bad_epochs = self.since_drop = 0
        self.best: State | None = None
        self.recorder: Recorder | None = None
        self.refused: str | None = None

    @property
    def steps(self) -> int:
        """Steps of an epoch."""
        return self.batches.steps()

    @property
    def place(self) -> str:
        """How far the phase is, in words."""
        of = f"of phase {self.phase.title}"
        if not self.batch:
            return f"epoch {self.epoch} {of}"
        return f"batch {self.batch:,} of {self.steps:,} in epoch {self.epoch + 1} {of}"

    # beginning, and going on

    def setup(self) -> None:
        """Begin: let the losses prepare, then choose what learns."""
        with seeded(self.device, self.seed, "setup"):
            self.each(lambda loss: loss.setup(self.batches.scope))
        self._choose_what_learns()
        self.good = self.snapshot()

    def each(self, ask: Callable[[Loss[Any]], T]) -> list[T]:
        """Return what is asked of every loss; an error bears the name of its plugin."""
        answers = []
        for part in self.losses:
            with part as loss:
                answers.append(ask(loss))
        return answers

    def restore(self, state: State) -> None:
        """Go on where :meth:`state` was taken; the network is already as it was.

        An epoch under way begins again as it began, from the weights of then; what its first batches
        have changed follows in :meth:`begin_epoch`.
        """
        for name, value in state.meta["counters"].items():
            setattr(self, name, value)
        if state.meta["best"]:
            self.best = state.part("best")
        if not self.batch:
            self._take_up(state)
            self.good = self.snapshot()
            return
        self._within = state | tensors.module_state(self.network).within("now")
        self._restore_sources(state.part("before"))
        self.good = state.part("good")
        self.put(self.good)

    def _take_up(self, state: State) -> None:
        self._restore_losses(state)
        self._choose_what_learns()
        if self.optimiser:
            tensors.load_optimiser(self.optimiser, state.part("tensors.optimiser"))
        self._restore_sources(state)

    def state(self) -> State:
        """Return all that :meth:`restore` needs besides the network, between two batches or two epochs."""
        values = {name: getattr(self, name) for name in _COUNTERS}
        # As JSON has them, without infinity and NaN.
        counters = {
            n: v if not isinstance(v, float) or math.isfinite(v) else None
            for n, v in values.items()
        }
        state = self._loss_states()
        if self.optimiser:
            state |= tensors.optimiser_state(self.optimiser).within("tensors.optimiser")
        state |= self._source_states()
        if self.best:
            state |= self.best.within("best")
        if self.batch:
            state |= self.good.within("good") | self._before.within("before")
            state |= self.meter.state().within("meter")
            state |= generators(self.device).within("generators")
        return state | State(meta={"counters": counters, "best": self.best is not None})

    def _choose_what_learns(self) -> None:
        own = [
            parameter for of in self.each(lambda loss: list(loss.parameters())) for parameter in of
        ]
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
        self.recorder = self.course.recorder if self._replayable() else None
        self.optimiser = tensors.optimiser(
            self.phase, [*chosen, (own, 1.0)], replayed=self.recorder is not None
        )

    def _replayable(self) -> bool:
        """Return whether all that a step calls may be recorded and replayed."""
        inputs, make = self.batches.examples.inputs, self.course.make
        if not inputs.in_memory or not isinstance(inputs.take(torch.arange(1)), Tensor):
            return False
        drawn = []
        if self.pairs or self.phase.augment:
            drawn.append(make("augmentation", self.phase.augment or AugmentUse()))
        specs = [part.plugin.spec for part in (*self.losses, *drawn)]
        said = all(isinstance(s, LossSpec | AugmentationSpec) and s.replayable for s in specs)
        # What a class says of itself: one that is derived from it may call what can't be replayed.
        return bool(vars(type(self.network)).get("replayable")) and said

    # an epoch

    def begin_epoch(self) -> Iterator[tuple[Job, Any]]:
        """Prepare losses and pairs, and return the batches of this epoch that are still to do."""
        self._before = self._source_states()
        for _, scope, part in self._sources():
            with part as source:
                source.refresh(self.epoch, scope)
        self.each(lambda loss: loss.on_epoch(self.epoch, self.batches.scope))
        # What does not learn should not drift by batch statistics or draw dropout either.
        self.network.train(self.phase.train != "losses")
        self.meter = Meter(len(self.losses), self.device)
        if self.batch:
            state, self._within = self._within, State()
            tensors.load_module(self.network, state.part("now").arrays)
            self._take_up(state)
            self.meter.restore(state.part("meter"))
            restore_generators(self.device, state.part("generators"))
        self._steps = Steps(self._step, self.recorder, self.steps)
        return self.batches.taken(generator(self.seed, "epoch", self.epoch), self.batch)

    def begin_step(self) -> None:
        """Let the losses prepare, and set the learning rate."""
        if self.course.ranks:
            self.course.ranks.drawn = self.step << 16
        self.each(lambda loss: loss.before_step(self.step, self.batches.scope))
        if self.optimiser:
            tensors.set_lr(self.optimiser, self.lr(self.step))

    def end_step(self, batch: Batch) -> None:
        """Let the losses move what the optimiser does not."""
        with torch.no_grad():
            self.each(lambda loss: loss.on_step(self.step, batch, self.batches.scope))
        self.step += 1
        self.batch += 1

    def take_step(self, job: Job, x: Any) -> Step:
        """Judge a batch and move the weights, by its Python or by what was recorded."""
        made = self._steps(job, x)
        if self.recorder and self._steps.refused:
            self.recorder, self.refused = None, self._steps.refused
        return made

    def _step(self, job: Job, x: Any) -> Step:
        batch = self.batches.see(job, x)
        total, terms = self.judge(batch)
        if self.optimiser and total.requires_grad:
            self.optimiser.zero_grad(set_to_none=True)
            total.backward()  # type: ignore[no-untyped-call]
            if self.course.ranks:
                self.course.ranks.average(self.learning)
            if self.phase.clip:
                nn.utils.clip_grad_norm_(self.learning, self.phase.clip)
            self.optimiser.step()
        return Step(batch, total, terms)

    def lr(self, step: int) -> float:
        """Return the learning rate of a step."""
        return self.phase.lr * self.lr_scale * tensors.lr_factor(self.phase, step, self.steps)

    def judge(self, batch: Batch) -> tuple[Tensor, list[Tensor]]:
        """Return the sum of the losses by their weights, and each."""
        terms = self.each(lambda loss: loss(batch))
        total = self.weights[0] * terms[0]
        for weight, term in zip(self.weights[1:], terms[1:], strict=True):
            total = total + weight * term
        return total, terms

    def should_stop(self) -> bool:
        """Ask the losses whether the phase may end."""
        self.reason = next(filter(None, self.each(lambda loss: loss.should_stop())), None)
        return self.reason is not None

    def end_epoch(self) -> dict[str, float]:
        """Judge the epoch, and return its values.

        Where the loss is not finite, or a thousand times that of the phase's first batch, the
        weights of the last good epoch come back and the phase ends.
        """
        means = self.meter.means()
        if self.first_loss is None:
            self.first_loss = self.meter.first_value()
        values = dict(zip(["loss", *self.terms], means, strict=True))
        for own in self.each(lambda loss: loss.values()):
            values |= own
        values["lr"] = self.lr(max(self.step - 1, 0))
        self.epoch, self.batch = self.epoch + 1, 0
        limit = EXPLODED * max(abs(self.first_loss), 1.0)
        if not (abs(means[0]) <= limit and finite(self.network)):
            self.reason = f"diverged in epoch {self.epoch}"
            self.put(self.good)
        else:
            self.should_stop()
            if self.held_out:
                values["validation"] = self._validate(self.held_out)
                self._judge(values["validation"])
            self.good = self.snapshot()
        values["seconds"] = self.meter.seconds()
        return {name: value for name, value in values.items() if math.isfinite(value)}

    def finish(self) -> None:
        """End the phase: with the best weights, where the phase asks for them."""
        if self.phase.patience and self.best:
            self.put(self.best)
        for parameter in self.network.parameters():
            parameter.requires_grad_(True)

    # validation and what is kept

    def _validate(self, batches: Batches) -> float:
        self.network.eval()
        total = torch.zeros((), dtype=torch.float64, device=self.device)
        rows = 0
        with torch.no_grad(), seeded(self.device, self.seed, "validation"):
            for job, x in batches.taken(generator(self.seed, "validation")):
                total += self.judge(batches.see(job, x))[0] * len(job.rows)
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
            self.reason = f"no better validation loss for {count(self.bad_epochs, 'epoch')}"

    def snapshot(self) -> State:
        """Return the network's weights and the losses' states."""
        return tensors.module_state(self.network).within("network") | self._loss_states()

    def put(self, state: State) -> None:
        """Take up a snapshot."""
        tensors.load_module(self.network, state.part("network").arrays)
        self._restore_losses(state)

    def _loss_states(self) -> State:
        state = State()
        for number, own in enumerate(self.each(lambda loss: loss.state())):
            state |= own.within(f"loss.{number}")
        return state

    def _restore_losses(self, state: State) -> None:
        for number, loss in enumerate(self.losses):
            with loss as made:
                made.restore(state.part(f"loss.{number}"))
                for parameter in made.parameters():
                    parameter.data = parameter.data.to(self.device)

    def _source_states(self) -> State:
        state = State()
        for name, _, part in self._sources():
            with part as source:
                state |= source.state().within(name)
        return state

    def _restore_sources(self, state: State) -> None:
        for name, _, part in self._sources():
            with part as source:
                source.restore(state.part(name))

    def _sources(self) -> Iterator[tuple[str, inputs.SplitScope, Part[PairSource[Any]]]]:
        """Yield the sources of pairs, the name of each in a state and its rows."""
        sides = {"pairs": self.batches, "held_out_pairs": self.held_out}
        for name, batches in sides.items():
            if batches and batches.source:
                yield name, batches.scope, batches.source


_VALIDATION = ("best_value", "bad_epochs", "since_drop")
_COUNTERS = ("epoch", "step", "batch", "reason", "lr_scale", "first_loss", *_VALIDATION)


def _ready(part: Part[Any], rows: object) -> Part[Any]:
    """Return a part once it has seen the rows."""
    with part as made:
        made.setup(rows)
    return part


def finite(network: Network) -> bool:
    """Return whether every weight is a number."""
    values = [v for v in network.state_dict().values() if v.is_floating_point() and v.numel()]
    if not values:
        return True
    return bool(torch.stack([v.abs().amax().float() for v in values]).isfinite().all())


def _distinct(names: list[str]) -> list[str]:
    """Return names with ``.2``, ``.3``, … behind those that came before."""
    counts = [names[: place + 1].count(name) for place, name in enumerate(names)]
    return [name if n == 1 else f"{name}.{n}" for name, n in zip(names, counts, strict=True)]
