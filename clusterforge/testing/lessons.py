"""A small network and batches for losses. Imports torch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from clusterforge.contracts import Context, FloatArray, IntArray
from clusterforge.contracts.training import Batch, Encoded, Loss, Network, Sample
from clusterforge.specs import LossSpec
from clusterforge.testing.check import require
from clusterforge.testing.samples import GROUPS, WIDTH, sample
from clusterforge.testing.subject import Arrays, Subject, same
from clusterforge.training.inputs import Examples, SplitScope, TensorInputs
from clusterforge.training.seeds import seeded

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

    def later(self, made: Loss[Any], context: Context) -> Arrays:
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
        scope = self.scope(given, context)
        with seeded(CPU, context.seed, "setup"):
            made.setup(scope)
            made.on_epoch(0, scope)
            made.before_step(0, scope)

    def scope(self, given: Lesson, context: Context) -> SplitScope:
        """Return the training split as the loop shows it."""
        return SplitScope(
            given.network,
            Examples(
                TensorInputs(torch.from_numpy(given.rows)),
                given.groups if self.spec.needs_labels else None,
                lambda: given.rows,
                incoming=True,
            ),
            GROUPS if self.spec.needs_labels else None,
            seed=context.seed,
            device=CPU,
            precision="float32",
            rows=ROWS,
        )

    def batch(self, given: Lesson) -> Batch:
        """Return a batch with all that a loss may ask for."""
        net, at, spec = given.network, torch.from_numpy(given.batch), self.spec
        x, groups = torch.from_numpy(given.rows), torch.from_numpy(given.groups)
        double = next(net.parameters()).dtype == torch.float64
        x = x.double() if double else x
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
            before = {name: tensor.detach().clone() for name, tensor in tensors(batch).items()}
            value = made(batch)
            given.kept = given.kept and same(before, tensors(batch))
            require(isinstance(value, Tensor), f"it returns {type(value).__name__}, no tensor")
            if not value.requires_grad:
                return value, {}
            found = torch.autograd.grad(value.sum(), list(named.values()), allow_unused=True)
            with torch.no_grad():
                made.on_step(0, batch, self.scope(given, context))
            given.kept = given.kept and same(before, tensors(batch))
        gradients = zip(named, found, strict=True)
        return value, {name: gradient for name, gradient in gradients if gradient is not None}

    def ready(self, given: Lesson | None = None) -> tuple[Loss[Any], Lesson]:
        """Return a loss that is set up, and its lesson."""
        made, given = self.make(), given or self.inputs()
        self.set_up(made, given, self.context)
        return made, given


def lesson(network: type[Encoding], outputs: Iterable[str] = ()) -> Lesson:
    """Return the rows of the kit and a network with the same weights each time."""
    rows = sample("embedding")
    with seeded(CPU, 0, "network"):
        made = network(outputs)
    return Lesson(made, rows.matrix(), rows.groups, np.arange(ROWS))


def tensors(batch: Batch) -> dict[str, Tensor]:
    """Return the tensors of a batch, those of its samples included, by where they stand."""
    return dict(_tensors(batch, ""))


def _tensors(value: Any, place: str) -> Iterator[tuple[str, Tensor]]:
    if isinstance(value, Tensor):
        yield place, value
    elif isinstance(value, Batch | Sample):
        for each in fields(value):
            yield from _tensors(getattr(value, each.name), f"{place}.{each.name}")
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _tensors(item, f"{place}.{name}")
    elif isinstance(value, tuple):
        for number, item in enumerate(value):
            yield from _tensors(item, f"{place}.{number}")


def reordered(value: Any, order: IntArray) -> Any:
    """Return a batch, or a part of one, with its rows in another order."""
    if isinstance(value, Tensor):
        return value[order]
    if isinstance(value, Batch | Sample):
        parts = {each.name: getattr(value, each.name) for each in fields(value)}
        return replace(value, **{name: reordered(part, order) for name, part in parts.items()})
    if isinstance(value, dict):
        return {name: reordered(item, order) for name, item in value.items()}
    return tuple(reordered(v, order) for v in value) if isinstance(value, tuple) else value


def number(value: Tensor) -> float:
    """Return a loss as a number; that it has no other shape is a check of its own."""
    return float(value.sum().item())


def called(made: Loss[Any], batch: Batch) -> float:
    """Return the loss of a batch as a number."""
    with seeded(CPU, 0, "step"):
        return number(made(batch))
