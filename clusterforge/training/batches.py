"""The batches of an epoch: which rows, with which partners, and how a loss sees them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from clusterforge.contracts import IntArray
from clusterforge.contracts.training import (
    Augmentation,
    Batch,
    Encoded,
    Network,
    PairSource,
    Sample,
)
from clusterforge.phases import Phase
from clusterforge.specs import LossSpec
from clusterforge.training.inputs import SplitScope, autocast, prefetched
from clusterforge.training.parts import Part
from clusterforge.training.ranks import Ranks, sharing

ALIKE = 8  # batches whose rows are sorted by length together
Role = Literal["positive", "negative", "partner"]


@dataclass(frozen=True)
class Job:
    """What one step works on.

    Parameters
    ----------
    rows
        int64 (b,), on the device where the inputs are in memory, else on the CPU; so are the others.
    others
        Rows that go with them, by their role: int64 (b,) each.
    copies
        Further random views of the rows themselves to draw, each a positive.
    same
        float32 (b,): 1 where a pair is of one kind, 0 where not.
    """

    rows: Tensor
    others: tuple[tuple[Role, Tensor], ...]
    copies: int
    same: Tensor

    @property
    def needed(self) -> Tensor:
        """All rows to take, the batch's own first: int64 (m·b,)."""
        return torch.cat([self.rows, *(rows for _, rows in self.others)])


@dataclass
class SeenBatch(Batch):
    """A batch whose decoder runs in the precision of training, on this process's share of the rows.

    Parameters
    ----------
    seen
        The embedding of these rows: (m, d).
    """

    precision: str = "float32"
    ranks: Ranks | None = None
    seen: Tensor | None = None

    @cached_property
    def reconstruction(self) -> Tensor:
        """``decode(z)`` as float32, computed once however many losses ask for it."""
        ranks, z = self.ranks, self.z if self.seen is None else self.seen
        with autocast(z.device, self.precision), sharing(ranks, len(self.z), z.device):
            made = self.network.decode(z).float()
        return ranks.gathered(made, len(self.z)) if ranks else made


class Batches:
    """Draws the batches of an epoch.

    Parameters
    ----------
    scope
        The network and the rows.
    phase
        Its batch size.
    specs
        The losses' specs: what a batch has to hold for them.
    source
        Where positives and negatives come from; None where no loss wants any.
    augmentation
        Gives what draws random views, once it is needed; None where nothing can.
    noise
        Share of input values set to zero.
    held_out
        Whether the rows are there to validate, and so have no place in the split.
    """

    def __init__(
        self,
        scope: SplitScope,
        phase: Phase,
        specs: Sequence[LossSpec],
        *,
        source: Part[PairSource[Any]] | None,
        augmentation: Callable[[], Part[Augmentation[Any]] | None],
        noise: float = 0.0,
        held_out: bool = False,
    ) -> None:
        self.scope, self.source, self.held_out = scope, source, held_out
        self.examples, self.device = scope.examples, scope.device
        self.size, self.noise, self.augmentation = phase.batch, noise, augmentation
        self.augmented = phase.augment is not None and not held_out
        kinds = {spec.batch for spec in specs}
        self.pairs, self.triplets = "pairs" in kinds, "triplets" in kinds
        self.n_views = max((spec.n_views for spec in specs if spec.batch == "views"), default=1)
        self._steps: int | None = None
        self.labels: Tensor | None = None
        if any(spec.needs_labels for spec in specs):
            self.labels = scope.labels

    @property
    def rows(self) -> int:
        """Rows of one epoch."""
        anchors = self._anchors()
        return len(self.examples) if anchors is None else len(anchors)

    def _anchors(self) -> IntArray | None:
        if self.source is None:
            return None
        with self.source as source:
            return source.anchors()

    def steps(self) -> int:
        """Return the number of batches of the epoch under way, or of the first."""
        if self._steps is None:
            self._steps = len(slices(self.rows, self.size))
        return self._steps

    def jobs(self, rng: np.random.Generator) -> Iterator[Job]:
        """Yield the steps of an epoch, in an order drawn from ``rng``."""
        anchors = self._anchors()
        order = rng.permutation(len(self.examples) if anchors is None else anchors)
        # Rows in memory are taken on the device: no step waits for a copy.
        at = self.device if self.examples.inputs.in_memory else torch.device("cpu")
        if self.examples.inputs.lengths is not None:
            order = alike(order, self.examples.inputs.lengths, self.size, rng)
        rows = torch.from_numpy(order).to(at)
        same = (
            1.0 - torch.arange(len(order), device=at) % 2
        )  # half of every batch same, half different
        others, copies = self._others(order, rng, same)
        parts = slices(len(order), self.size)
        self._steps = len(parts)
        for part in parts:
            yield Job(rows[part], tuple((r, o[part]) for r, o in others), copies, same[part])

    def _others(
        self, order: IntArray, rng: np.random.Generator, same: Tensor
    ) -> tuple[list[tuple[Role, Tensor]], int]:
        """Return the rows that go with those of an epoch, and the copies to draw of each."""
        if self.source is None:
            return [], 0
        paired = self.pairs or self.triplets
        wanted = max(self.n_views - 1, int(paired))
        with self.source as source:
            positives = [source.positive(order, rng) for _ in range(wanted)]
            negative = source.negative(order, rng) if paired else None
        found = [torch.from_numpy(rows).to(same.device) for rows in positives if rows is not None]
        others: list[tuple[Role, Tensor]] = [("positive", rows) for rows in found]
        if negative is not None:
            others.append(("negative", torch.from_numpy(negative).to(same.device)))
            if found and not self.triplets and self.n_views == 1:  # one row to encode, not two
                others = [("partner", torch.where(same > 0, found[0], others[1][1]))]
        return others, wanted - len(found)

    def taken(self, rng: np.random.Generator, done: int = 0) -> Iterator[tuple[Job, Any]]:
        """Yield each job that is not done with its inputs on the device; streamed rows are read ahead."""
        inputs, jobs = self.examples.inputs, islice(self.jobs(rng), done, None)
        return prefetched(jobs, lambda job: inputs.take(job.needed), inputs)

    @cached_property
    def _augment(self) -> Part[Augmentation[Any]] | None:
        return self.augmentation()

    def _views(self, x: Any, b: int, copies: int) -> Any:
        """Return a random view of all inputs, and some more of the first b."""
        if self._augment is None:  # the network's own dropout makes the views
            return joined(x, *[first(x, b)] * copies)
        with self._augment as view:
            return joined(view(x), *(view(first(x, b)) for _ in range(copies)))

    def see(self, job: Job, x: Any) -> Batch:
        """Return a batch, seen through the network."""
        network, b, clean = self.scope.network, len(job.rows), None
        if job.copies or self.augmented:
            clean = first(x, b) if job.copies else None
            x = self._views(x, b, job.copies)
        if self.noise:
            clean = first(x, b) if clean is None else clean
            x = x * (torch.rand_like(x) >= self.noise)
        ranks = self.scope.ranks
        with autocast(self.device, self.scope.precision), sharing(ranks, b, self.device):
            (own, *others), seen = samples(network, x, b, ranks)
        rows = torch.full_like(job.rows, -1) if self.held_out else job.rows
        batch = SeenBatch(
            rows.to(self.device),
            own.x,
            own.z,
            network,
            clean,
            None if self.labels is None else self.labels[job.rows.to(self.device)],
            own.outputs,
            precision=self.scope.precision,
            ranks=ranks,
            seen=seen,
        )
        roles = [*(role for role, _ in job.others), *["positive"] * job.copies]
        positives = [s for role, s in zip(roles, others, strict=True) if role != "negative"]
        if self.n_views > 1:
            batch.views = (own, *positives[: self.n_views - 1])
        if self.pairs:
            batch.same = job.same.to(self.device)
        if roles == ["partner"]:
            batch.partner = positives[0]
        elif self.pairs or self.triplets:
            # Without a source of negatives, that of a row is the positive of another row of the batch.
            negative = others[roles.index("negative")] if "negative" in roles else None
            batch.positive = positives[0]
            batch.negative = negative or picked(
                [batch.positive], torch.arange(b, device=self.device).roll(1)
            )
            if batch.same is not None:
                place = torch.arange(b, device=self.device) + (batch.same == 0) * b
                batch.partner = picked([batch.positive, batch.negative], place)
        return batch


def samples(
    network: Network, x: Any, b: int, ranks: Ranks | None = None
) -> tuple[list[Sample], Tensor]:
    """Return rows seen through the network, b at a time: the batch's own, then what goes with them.

    Behind them comes the embedding of those of the batch's own that this process has seen.
    """
    share, whole = ranks.share(b) if ranks else slice(0, b), x
    if ranks:
        x = each([x], lambda t: torch.cat([part[share] for part in torch.split(t, b)]))
    encoded = network(x)
    if isinstance(encoded, Tensor):
        encoded = Encoded(encoded, {})

    def parts(made: Tensor) -> Sequence[Tensor]:
        return torch.split(made.float(), share.stop - share.start)

    def all_rows(part: Tensor) -> Tensor:
        return ranks.gathered(part, b) if ranks else part

    z = parts(encoded.z)
    outputs = {name: parts(value) for name, value in encoded.outputs.items()}
    found = [
        Sample(
            each([whole], lambda t, i=i: t[i * b : (i + 1) * b]),
            all_rows(part),
            {n: all_rows(v[i]) for n, v in outputs.items()},
        )
        for i, part in enumerate(z)
    ]
    return found, z[0]


def picked(several: list[Sample], place: Tensor) -> Sample:
    """Return the rows at some places of samples, one after the other."""

    def pick(*parts: Tensor) -> Tensor:
        return torch.cat(parts).index_select(0, place.to(parts[0].device))

    x = each([sample.x for sample in several], pick)
    outputs = {name: pick(*(s.outputs[name] for s in several)) for name in several[0].outputs}
    return Sample(x, pick(*(sample.z for sample in several)), outputs)


def slices(n: int, size: int) -> list[slice]:
    """Cut n rows into batches; a last batch of one row joins the one before.

    Batch normalisation can't do with one row.
    """
    cuts = list(range(0, n, size))
    if size > 1 and len(cuts) > 1 and n - cuts[-1] == 1:
        cuts.pop()
    return [slice(a, b) for a, b in zip(cuts, [*cuts[1:], n], strict=True)]


def alike(order: IntArray, lengths: IntArray, size: int, rng: np.random.Generator) -> IntArray:
    """Return the rows of an epoch so that those of a batch are of like length.

    Within every eight batches, rows are sorted by length, and then the batches are shuffled.

    Parameters
    ----------
    order
        The rows, shuffled: int64 (n,).
    lengths
        Of all rows: int64.
    size
        Rows of a batch.
    """
    parts = []
    for start in range(0, len(order), ALIKE * size):
        part = order[start : start + ALIKE * size]
        part = part[np.argsort(lengths[part], kind="stable")]
        whole = len(part) // size * size
        parts += [rng.permutation(part[:whole].reshape(-1, size)).ravel(), part[whole:]]
    return np.concatenate(parts) if parts else order


def first(x: Any, b: int) -> Any:
    """Return the first b rows of a network's input; the input itself where it has no more."""
    return each([x], lambda t: t if len(t) == b else t[:b])


def joined(*inputs: Any) -> Any:
    """Return inputs as one batch."""
    return inputs[0] if len(inputs) == 1 else each(inputs, lambda *parts: torch.cat(parts))


def each(inputs: Sequence[Any], change: Callable[..., Tensor]) -> Any:
    """Return a network's input, a tensor or a dict of them, made from the tensors of some others."""
    if isinstance(inputs[0], Tensor):
        return change(*inputs)
    return {name: change(*(x[name] for x in inputs)) for name in inputs[0]}
