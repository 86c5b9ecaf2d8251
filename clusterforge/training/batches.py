"""The batches of an epoch: which rows, with which partners, and how a loss sees them."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from clusterforge.contracts.training import Batch, Network
from clusterforge.phases import AugmentPairs, Pairs, Phase
from clusterforge.training.augment import Views
from clusterforge.training.examples import Examples
from clusterforge.training.forward import autocast
from clusterforge.training.inputs import ahead
from clusterforge.training.pairs import same_or_different


@dataclass(frozen=True)
class Job:
    """What one step works on.

    Parameters
    ----------
    rows
        int64 (b,) on the CPU.
    needed
        What has to be taken: the rows, then the rows that go with them.
    same
        float32 (b,): 1 where the pair is of one kind, 0 where not.
    """

    rows: Tensor
    needed: Tensor
    same: Tensor | None = None


@dataclass
class SeenBatch(Batch):
    """A batch whose decoder runs in the precision of training."""

    precision: str = "float32"

    @cached_property
    def reconstruction(self) -> Tensor:
        """``decode(z)`` as float32, computed once however many losses ask for it."""
        with autocast(self.z.device, self.precision):
            return self.network.decode(self.z).float()


class Batches:
    """Draws the batches of an epoch.

    Parameters
    ----------
    examples
        The rows.
    phase
        Its batch size.
    kinds
        What the losses want besides rows: ``"pairs"``, ``"triplets"``, or both.
    pairs
        Where those come from; None where no loss wants any.
    needs_labels
        Whether a loss reads labels.
    noise
        Share of input values set to zero.
    held_out
        Whether the rows are there to validate, and so have no place in the split.
    """

    def __init__(
        self,
        examples: Examples,
        phase: Phase,
        *,
        kinds: AbstractSet[str],
        pairs: Pairs | None,
        needs_labels: bool,
        device: torch.device,
        precision: str,
        seed: int,
        noise: float = 0.0,
        held_out: bool = False,
    ) -> None:
        self.examples, self.kinds, self.held_out = examples, kinds, held_out
        self.device, self.precision = device, precision
        self.size, self.noise = phase.batch, noise
        self.source = examples.source(pairs, str(device), seed) if pairs else None
        self.views = Views(pairs, examples.inputs) if isinstance(pairs, AugmentPairs) else None
        self.augment: Views | None = None
        if phase.augment is not None and not held_out:
            self.augment = Views(phase.augment, examples.inputs)
        self.labels: Tensor | None = None
        if needs_labels and examples.labels is not None:
            self.labels = torch.from_numpy(examples.labels).to(device)

    @property
    def rows(self) -> int:
        """Rows of one epoch."""
        anchors = self.source.anchors() if self.source else None
        return len(self.examples) if anchors is None else len(anchors)

    def steps(self) -> int:
        """Return the number of batches of one epoch."""
        return len(slices(self.rows, self.size))

    def jobs(self, rng: np.random.Generator) -> Iterator[Job]:
        """Yield the steps of an epoch, in an order drawn from ``rng``."""
        anchors = self.source.anchors() if self.source else None
        order = rng.permutation(len(self.examples) if anchors is None else anchors)
        rows = torch.from_numpy(order)
        if self.source is None or self.views:
            same = torch.from_numpy(same_or_different(len(order))) if self.views else None
            for part in slices(len(order), self.size):
                yield Job(rows[part], rows[part], None if same is None else same[part])
            return
        positive, negative = self.source.positive(order, rng), self.source.negative(order, rng)
        like = same_or_different(len(order))
        others = [torch.from_numpy(o) for o in (positive, negative)]
        if self.kinds == {"pairs"}:
            others = [torch.from_numpy(np.where(like > 0, positive, negative))]
        for part in slices(len(order), self.size):
            needed = torch.cat([rows[part], *(other[part] for other in others)])
            yield Job(rows[part], needed, torch.from_numpy(like)[part])

    def taken(self, rng: np.random.Generator) -> Iterator[tuple[Job, Any]]:
        """Yield each job with its inputs on the device; read ahead where rows are streamed."""
        inputs = self.examples.inputs
        if getattr(inputs, "in_memory", False):
            return ((job, inputs.take(job.needed)) for job in self.jobs(rng))
        return ahead(self.jobs(rng), lambda job: inputs.take(job.needed))

    def see(self, network: Network, job: Job, x: Any) -> Batch:
        """Return a batch, seen through the network."""
        b, clean = len(job.rows), None
        if self.augment:
            x = self.augment(x)
        if self.views:
            clean = x
            x = joined(self.views(x), self.views(x))
        if self.noise:
            clean = first(x, b) if clean is None else clean
            x = x * (torch.rand_like(x) >= self.noise)
        with autocast(self.device, self.precision):
            z = network.encode(x).float()
        own, *others = torch.split(z, b)
        rows = torch.full_like(job.rows, -1) if self.held_out else job.rows
        batch = SeenBatch(
            rows.to(self.device),
            first(x, b),
            own,
            network,
            clean,
            None if self.labels is None else self.labels[job.rows.to(self.device)],
            precision=self.precision,
        )
        if not others:
            return batch
        batch.same = None if job.same is None else job.same.to(self.device)
        if self.views:  # another row of the batch is the negative
            others.append(others[0].roll(1, 0))
        if len(others) == 2:
            batch.positive, batch.negative = others
            if "pairs" in self.kinds and batch.same is not None:
                batch.partner = torch.where(batch.same[:, None] > 0, others[0], others[1])
        else:
            batch.partner = others[0]
        return batch


def slices(n: int, size: int) -> list[slice]:
    """Cut n rows into batches; a last batch of one row joins the one before.

    Batch normalisation can't do with one row.
    """
    cuts = list(range(0, n, size))
    if size > 1 and len(cuts) > 1 and n - cuts[-1] == 1:
        cuts.pop()
    return [slice(a, b) for a, b in zip(cuts, [*cuts[1:], n], strict=True)]


def first(x: Any, b: int) -> Any:
    """Return the first b rows of a network's input; the input itself where it has no more."""
    if isinstance(x, Tensor):
        return x if len(x) == b else x[:b]
    return x if all(len(v) == b for v in x.values()) else {k: v[:b] for k, v in x.items()}


def joined(a: Any, b: Any) -> Any:
    """Return two inputs as one batch."""
    if isinstance(a, Tensor):
        return torch.cat([a, b])
    return {name: torch.cat([a[name], b[name]]) for name in a}
