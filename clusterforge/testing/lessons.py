"""A small network and batches for losses. Imports torch."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from clusterforge.contracts import Context, FloatArray, IntArray
from clusterforge.contracts.training import Batch, Loss, Network
from clusterforge.specs import LossSpec
from clusterforge.testing.check import require
from clusterforge.testing.samples import GROUPS, WIDTH, sample
from clusterforge.testing.subject import Arrays, Subject, same
from clusterforge.training.forward import SplitScope
from clusterforge.training.inputs import TensorInputs
from clusterforge.training.seeds import seeded

CPU = torch.device("cpu")
DIM, HIDDEN = 4, 12
ROWS = 24


class Encoding(Network):
    """A small network that can't decode: x (b, 8) → z (b, 4)."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.Sequential(nn.Linear(WIDTH, HIDDEN), nn.Tanh(), nn.Linear(HIDDEN, DIM))

    def encode(self, x: Tensor) -> Tensor:
        """Return the embedding."""
        found: Tensor = self.down(x)
        return found


class Autoencoding(Encoding):
    """The same with a decoder: z (b, 4) → x (b, 8), values in (0, 1)."""

    def __init__(self) -> None:
        super().__init__()
        self.up = nn.Sequential(nn.Linear(DIM, WIDTH), nn.Sigmoid())

    def decode(self, z: Tensor) -> Tensor:
        """Return the reconstruction."""
        found: Tensor = self.up(z)
        return found


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

    network: Network
    rows: FloatArray
    groups: IntArray
    batch: IntArray
    kept: bool = True


class LossSubject(Subject[LossSpec]):
    """A loss on one batch of three groups of rows."""

    def inputs(self) -> Lesson:
        """Return a lesson whose network can decode."""
        return lesson(Autoencoding)

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
            made.on_step(0, scope)

    def scope(self, given: Lesson, context: Context) -> SplitScope:
        """Return the training split as the loop shows it."""
        return SplitScope(
            given.network,
            TensorInputs(torch.from_numpy(given.rows)),
            given.groups if self.spec.needs_labels else None,
            GROUPS if self.spec.needs_labels else None,
            seed=context.seed,
            device=CPU,
            precision="float32",
            rows=ROWS,
        )

    def batch(self, given: Lesson) -> Batch:
        """Return a batch with all that a loss may ask for."""
        net, at = given.network, torch.from_numpy(given.batch)
        x, groups = torch.from_numpy(given.rows), torch.from_numpy(given.groups)
        double = next(net.parameters()).dtype == torch.float64
        x = x.double() if double else x
        like, unlike = (at + GROUPS) % len(x), (at + 1) % len(x)
        alike = (torch.arange(len(at)) // GROUPS % 2).to(x.dtype)
        positive, negative = net.encode(x[like]), net.encode(x[unlike])
        return Batch(
            rows=at.clone(),
            x=x[at],
            z=net.encode(x[at]),
            network=net,
            clean=x[at],
            labels=groups[at],
            partner=torch.where(alike[:, None] > 0, positive, negative),
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
        gradients = zip(named, found, strict=True)
        return value, {name: gradient for name, gradient in gradients if gradient is not None}

    def ready(self, given: Lesson | None = None) -> tuple[Loss[Any], Lesson]:
        """Return a loss that is set up, and its lesson."""
        made, given = self.make(), given or self.inputs()
        self.set_up(made, given, self.context)
        return made, given


def lesson(network: type[Network]) -> Lesson:
    """Return the rows of the kit and a network with weights that are known."""
    found = sample("embedding")
    with seeded(CPU, 0, "network"):
        made = network()
    rows = np.arange(ROWS)
    return Lesson(made, found.matrix(), found.groups, rows)


def tensors(batch: Batch) -> dict[str, Tensor]:
    """Return the tensors of a batch by the names of its fields."""
    named = {field.name: getattr(batch, field.name) for field in fields(batch)}
    return {name: value for name, value in named.items() if isinstance(value, Tensor)}


def number(value: Tensor) -> float:
    """Return a loss as a number; that it has no other shape is a check of its own."""
    return float(value.sum().item())


def called(made: Loss[Any], batch: Batch) -> float:
    """Return the loss of a batch as a number."""
    with seeded(CPU, 0, "step"):
        return number(made(batch))
