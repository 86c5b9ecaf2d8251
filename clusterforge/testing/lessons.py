"""Losses, sources of pairs and augmentations on a small network, and checks of the latter. Imports torch."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from clusterforge.contracts import Context, FloatArray, IntArray
from clusterforge.contracts.training import (
    Augmentation,
    Batch,
    Encoded,
    Loss,
    Network,
    PairSource,
    Sample,
)
from clusterforge.specs import AugmentationSpec, LossSpec, PairSourceSpec
from clusterforge.testing.check import check, failing, require, skip_if
from clusterforge.testing.samples import GROUPS, WIDTH, sample
from clusterforge.testing.subject import Arrays, Subject, same
from clusterforge.testing.tape import three_times
from clusterforge.training.inputs import Examples, SplitScope, TensorInputs
from clusterforge.training.seeds import generator, seeded

CPU = torch.device("cpu")
DIM, HIDDEN = 4, 12
ROWS = 24


class Encoding(Network):
    """A small network that can't decode: x (b, 8) → z (b, 4), and side outputs (b, 4)."""

    def __init__(self, outputs: Iterable[str] = ()) -> None:
        super().__init__()
        self.down = nn.Sequential(nn.Linear(WIDTH, HIDDEN), nn.Tanh(), nn.Linear(HIDDEN, DIM))
        self.side = nn.ModuleDict({name: nn.Linear(DIM, DIM) for name in sorted(outputs)})

    def encode(self, x: Tensor) -> Tensor:
        """Return the embedding."""
        z: Tensor = self.down(x)
        return z

    def forward(self, x: Tensor) -> Encoded:
        """Return the embedding with the side outputs."""
        z = self.encode(x)
        return Encoded(z, {name: layer(z) for name, layer in self.side.items()})


class Autoencoding(Encoding):
    """The same with a decoder: z (b, 4) → x (b, 8), values in (0, 1)."""

    def __init__(self, outputs: Iterable[str] = ()) -> None:
        super().__init__(outputs)
        self.up = nn.Sequential(nn.Linear(DIM, WIDTH), nn.Sigmoid())

    def decode(self, z: Tensor) -> Tensor:
        """Return the reconstruction."""
        x: Tensor = self.up(z)
        return x


@dataclass
class Lesson:
    """A network and the training split that a loss sees.

    Parameters
    ----------
    batch
        The rows that make the batch.
    kept
        Whether every batch was as before after the loss had seen it.
    """

    network: Encoding
    rows: FloatArray
    groups: IntArray
    batch: IntArray
    kept: bool = True


class LossSubject(Subject[LossSpec]):
    """A loss on one batch of three groups of rows."""

    def inputs(self) -> Lesson:
        """Return a lesson whose network can decode."""
        return lesson(Autoencoding, self.spec.needs_outputs)

    def start(self, made: Loss[Any], inputs: Lesson, context: Context) -> Arrays:
        """Set up, take one step, and return the value and its gradients."""
        self.set_up(made, inputs, context)
        value, gradients = self.step(made, inputs, context)
        return {"value": value.detach().numpy()} | {
            f"gradient.{name}": gradient.numpy() for name, gradient in gradients.items()
        }

    def later(self, made: Any, context: Context, found: Any = None) -> Arrays:
        """Return the value of a second batch, and the head's assignment where there is one."""
        given = self.inputs()
        given.batch = given.batch + ROWS
        with seeded(CPU, context.seed, "later"), torch.no_grad():
            batch = self.batch(given)
            soft = made.assign(batch.z) if self.spec.gives_head else None
            answer = {"later value": made(batch).numpy()}
        return answer | ({} if soft is None else {"assignment": soft.numpy()})

    def set_up(self, made: Loss[Any], given: Lesson, context: Context) -> None:
        """Bring a loss to where the loop calls it for the first time."""
        scope = split_scope(given, context, labels=self.spec.needs_labels)
        with seeded(CPU, context.seed, "setup"):
            made.setup(scope)
            made.on_epoch(0, scope)
            made.before_step(0, scope)

    def batch(self, given: Lesson) -> Batch:
        """Return a batch with all that a loss may ask for."""
        net, at, spec = given.network, torch.from_numpy(given.batch), self.spec
        x, groups = torch.from_numpy(given.rows), torch.from_numpy(given.groups)
        x = x.to(next(net.parameters()).dtype)
        like, unlike = (at + GROUPS) % len(x), (at + 1) % len(x)
        alike = (torch.arange(len(at)) // GROUPS % 2).to(x.dtype)

        def sample_of(rows: Tensor) -> Sample:
            encoded = net(rows)
            return Sample(rows, encoded.z, encoded.outputs)

        own, positive, negative = sample_of(x[at]), sample_of(x[like]), sample_of(x[unlike])
        shifts = [0.05 * torch.sin(x[at] + number) for number in range(spec.n_views - 1)]
        pick = alike[:, None] > 0
        return Batch(
            rows=at.clone(),
            x=own.x,
            z=own.z,
            network=net,
            clean=x[at],
            labels=groups[at],
            outputs=own.outputs,
            views=(own, *(sample_of(x[at] + shift) for shift in shifts)),
            partner=Sample(
                torch.where(pick, positive.x, negative.x),
                torch.where(pick, positive.z, negative.z),
                {n: torch.where(pick, v, negative.outputs[n]) for n, v in positive.outputs.items()},
            ),
            same=alike,
            positive=positive,
            negative=negative,
        )

    def step(
        self, made: Loss[Any], given: Lesson, context: Context
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the value of the batch, and each parameter's gradient by its name."""
        named = dict(given.network.named_parameters())
        named |= {f"own.{i}": parameter for i, parameter in enumerate(made.parameters())}
        with seeded(CPU, context.seed, "step"):
            batch = self.batch(given)
            before = [tensor.detach().clone() for tensor in tensors(batch)]
            value = made(batch)
            given.kept = given.kept and same(before, tensors(batch))
            require(isinstance(value, Tensor), f"it returns {type(value).__name__}, no tensor")
            if not value.requires_grad:
                return value, {}
            found = torch.autograd.grad(value.sum(), list(named.values()), allow_unused=True)
            with torch.no_grad():
                made.on_step(0, batch, split_scope(given, context, labels=self.spec.needs_labels))
            given.kept = given.kept and same(before, tensors(batch))
        gradients = zip(named, found, strict=True)
        return value, {name: gradient for name, gradient in gradients if gradient is not None}

    def ready(self, given: Lesson | None = None) -> tuple[Loss[Any], Lesson]:
        """Return a loss that is set up, and its lesson."""
        made, given = self.make(), given or self.inputs()
        self.set_up(made, given, self.context)
        return made, given


def split_scope(given: Lesson, context: Context, *, labels: bool) -> SplitScope:
    """Return the training split of a lesson as the loop shows it."""
    return SplitScope(
        given.network,
        Examples(
            TensorInputs(torch.from_numpy(given.rows)),
            given.groups if labels else None,
            lambda: given.rows,
            incoming=True,
        ),
        GROUPS if labels else None,
        seed=context.seed,
        device=CPU,
        precision="float32",
        rows=ROWS,
    )


def lesson(network: type[Encoding], outputs: Iterable[str] = ()) -> Lesson:
    """Return the rows of the kit and a network with the same weights each time."""
    rows = sample("embedding")
    with seeded(CPU, 0, "network"):
        made = network(outputs)
    return Lesson(made, rows.matrix(), rows.groups, np.arange(ROWS))


def tensors(batch: Batch) -> list[Tensor]:
    """Return the tensors of a batch, those of its samples included."""
    found: list[Tensor] = []
    changed(batch, lambda tensor: found.append(tensor) or tensor)  # type: ignore[func-returns-value]
    return found


def changed(value: Any, change: Callable[[Tensor], Tensor]) -> Any:
    """Return a batch, or a part of one, with each of its tensors changed."""
    if isinstance(value, Tensor):
        return change(value)
    if isinstance(value, Batch | Sample):
        names = [each.name for each in fields(value)]
        return replace(value, **{name: changed(getattr(value, name), change) for name in names})
    if isinstance(value, dict):
        return {name: changed(item, change) for name, item in value.items()}
    return tuple(changed(v, change) for v in value) if isinstance(value, tuple) else value


def number(value: Tensor) -> float:
    """Return a loss as a number; that it has no other shape is a check of its own."""
    return float(value.sum().item())


def called(made: Loss[Any], batch: Batch) -> float:
    """Return the loss of a batch as a number."""
    with seeded(CPU, 0, "step"):
        return number(made(batch))


class PairsSubject(Subject[PairSourceSpec]):
    """A source of pairs on three groups of rows."""

    def inputs(self) -> Lesson:
        """Return a network and the training rows."""
        return lesson(Autoencoding)

    def start(self, made: PairSource[Any], inputs: Lesson, context: Context) -> Arrays:
        """Return the anchors and their partners; what the source leaves to the loop is left out."""
        scope = split_scope(inputs, context, labels=self.spec.needs_labels)
        with seeded(CPU, context.seed, "pairs"):
            made.setup(scope)
            made.refresh(0, scope)
            anchors = made.anchors()
            rows = np.arange(len(scope)) if anchors is None else anchors
            rng = generator(context.seed, "pairs")
            answer = {
                "anchors": anchors,
                "positive": made.positive(rows, rng),
                "negative": made.negative(rows, rng),
            }
        return {name: value for name, value in answer.items() if value is not None}


class AugmentationSubject(Subject[AugmentationSpec]):
    """An augmentation on a batch of vectors."""

    def inputs(self) -> FloatArray:
        """Return the training rows: float32 (n, d)."""
        return sample("embedding").matrix()

    def start(self, made: Augmentation[Any], inputs: FloatArray, context: Context) -> Arrays:
        """Return a view of the rows."""
        x = torch.from_numpy(inputs)
        with seeded(CPU, context.seed, "views"):
            made.setup(TensorInputs(x))
            view = made(x)
        require(isinstance(view, Tensor), f"it returns {type(view).__name__}, no tensor")
        return {"view": view.numpy()}


@check("pairs")
def partners_are_rows(subject: PairsSubject) -> None:
    """The loop takes anchors and partners from the training rows, by their positions."""
    n, answer = len(subject.inputs().rows), subject.base.answer
    skip_if(not answer, "it leaves every partner to the loop")
    anchors = answer.get("anchors", np.arange(n))
    for name, rows in answer.items():
        kind = getattr(rows, "dtype", type(rows).__name__)
        require(kind == np.int64, f"{name} is {kind}, not int64")
        require(rows.ndim == 1, f"{name} has {rows.ndim} dimensions, not 1")
        require(len(rows) == len(anchors), f"{name} has {len(rows)} rows for {len(anchors)}")
        outside = rows[(rows < 0) | (rows >= n)]
        require(not len(outside), f"{name} names row {outside[:1]} of {n}")


@check("augmentation")
def views_like_rows(subject: AugmentationSubject) -> None:
    """The network takes views as it takes rows: of their shape and type, and finite."""
    rows, view = subject.inputs(), subject.base.answer["view"]
    require(view.shape == rows.shape, f"rows of shape {rows.shape} become {view.shape}")
    require(view.dtype == rows.dtype, f"rows of {rows.dtype} become {view.dtype}")
    require(np.isfinite(view).all(), "a view is not finite")


@check("augmentation")
def replayed_views(subject: AugmentationSubject) -> None:
    """Views of an augmentation that says replayable are drawn without its Python, anew each time."""
    skip_if(not subject.spec.replayable, "it does not say replayable")

    def third(*, replayed: bool) -> Tensor:
        made, rows = subject.make(), torch.from_numpy(subject.inputs())
        made.setup(TensorInputs(rows.clone()))
        found: list[Tensor] = []

        def before(number: int) -> None:
            rows.copy_(torch.roll(rows, 1, dims=1))

        three_times(lambda: found.append(made(rows)), before, replayed=replayed)
        return found[-1]

    with failing("a view can't be recorded: {!r}"):
        alike = torch.equal(third(replayed=True), third(replayed=False))
    require(alike, "a replayed view is not what its Python draws")
