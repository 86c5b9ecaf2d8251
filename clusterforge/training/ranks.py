"""Processes that train one network together, started by ``torchrun``: each sees a share of every batch."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from clusterforge.contracts.training import Network
from clusterforge.errors import EnvironmentProblem, out_of_memory

T = TypeVar("T")


@dataclass
class Ranks:
    """One of several processes that train a network together.

    All draw the same batches. Each lets the network see its share of the rows; what the network makes
    of them is gathered, so that every process judges the whole batch, whatever a loss compares in it.
    The gradients are those of one process but for rounding.

    Parameters
    ----------
    rank
        Of this process, from 0.
    size
        Number of processes.
    drawn
        How often the network has drawn random numbers, counted from the step under way.
    """

    rank: int
    size: int
    drawn: int = 0

    def share(self, n: int) -> slice:
        """Return the rows of n that this process sees: all of them where there are fewer than processes."""
        return slice(0, n) if n < self.size else self._shares(n)[self.rank]

    def gathered(self, own: Tensor, n: int) -> Tensor:
        """Return what all processes made of n rows, each of its share, in order: (n, …).

        Backwards, a share gets its part of the gradient times the number of processes, over which
        :meth:`average` takes the mean: a parameter that a loss uses by itself comes out right as well.
        """
        if n < self.size:
            return own
        found: Tensor = _Gathered.apply(own, self._shares(n), self.rank)  # type: ignore[no-untyped-call]
        return found

    def average(self, parameters: Iterable[nn.Parameter]) -> None:
        """Put the mean over the processes in place of each gradient."""
        gradients = [p.grad for p in parameters if p.grad is not None]
        for dtype in dict.fromkeys(gradient.dtype for gradient in gradients):
            same = [gradient for gradient in gradients if gradient.dtype == dtype]
            flat = torch.cat([gradient.flatten() for gradient in same])
            with _talking():
                dist.all_reduce(flat)
            flat /= self.size
            parts = torch.split(flat, [gradient.numel() for gradient in same])
            for gradient, part in zip(same, parts, strict=True):
                gradient.copy_(part.view_as(gradient))

    def told(self, value: T) -> T:
        """Return what the first process gives, which may be any object."""
        given: list[Any] = [value]
        with _talking():
            dist.broadcast_object_list(given)
        kept: T = given[0]
        return kept

    def answers(self, own: T) -> list[T]:
        """Return what each process says, by rank."""
        found: list[Any] = [None] * self.size
        with _talking():
            dist.all_gather_object(found, own)
        return found

    @contextmanager
    def own_draws(self, device: torch.device) -> Iterator[None]:
        """Draw random numbers within that are this process's own; afterwards all draw the same again."""
        self.drawn += 1
        with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
            seed = int(torch.randint(2**62, ()))
            torch.manual_seed(seed + self.drawn * self.size + self.rank)
            yield

    def _shares(self, n: int) -> list[slice]:
        cuts = [n * rank // self.size for rank in range(self.size + 1)]
        return [slice(a, b) for a, b in pairwise(cuts)]


class _Gathered(torch.autograd.Function):
    """The rows of all processes; the gradient of one's own."""

    @staticmethod
    def forward(ctx: Any, own: Tensor, shares: list[slice], rank: int) -> Tensor:
        ctx.share, ctx.size = shares[rank], len(shares)
        most = max(share.stop - share.start for share in shares)
        sent = own.new_zeros((most, *own.shape[1:]))  # all have to be of one shape
        sent[: len(own)] = own
        parts = [torch.empty_like(sent) for _ in shares]
        with _talking():
            dist.all_gather(parts, sent)
        rows = [part[: share.stop - share.start] for part, share in zip(parts, shares, strict=True)]
        return torch.cat(rows)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        return gradients[0][ctx.share] * ctx.size, None, None


@contextmanager
def _talking() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        if out_of_memory(error):
            raise
        raise EnvironmentProblem(
            "another process of torchrun has ended: it says why, or was killed"
        ) from error


def drawing(ranks: Ranks | None, n: int, device: torch.device) -> AbstractContextManager[None]:
    """Return the context in which a network that sees its share of n rows draws random numbers."""
    return ranks.own_draws(device) if ranks and n >= ranks.size else nullcontext()


@dataclass
class _Process:
    """The group that this process has joined, and the same while it trains together."""

    group: Ranks | None = None
    training: Ranks | None = None


_THIS = _Process()


@contextmanager
def joined(backend: str) -> Iterator[Ranks]:
    """Join the processes that were started with this one."""
    dist.init_process_group(backend)
    _THIS.group = Ranks(dist.get_rank(), dist.get_world_size())
    yield _THIS.group  # after an error the others are not there to part from
    _THIS.group = None
    gc.collect()  # what holds tensors of the group, before it goes
    dist.destroy_process_group()


@contextmanager
def together() -> Iterator[None]:
    """Train networks within by all processes, each of which is to do so at the same time."""
    _THIS.training = _THIS.group
    try:
        yield
    finally:
        _THIS.training = None


def group() -> Ranks | None:
    """Return this process's place among those that it has joined; None where it is alone.

    Processes that the caller's own program has joined are none of these.
    """
    return _THIS.group


def training() -> Ranks | None:
    """Return the same while they train a network together; None otherwise."""
    return _THIS.training


@contextmanager
def normalised_together(network: Network, ranks: Ranks | None) -> Iterator[None]:
    """Let batch normalisation take means and variances over the rows of all processes.

    torch's own layer that does so, ``SyncBatchNorm``, works on GPUs alone.
    """
    layers = [m for m in network.modules() if isinstance(m, _BatchNorm)] if ranks else []
    for layer in layers:
        layer.forward = partial(_normalised, layer)  # type: ignore[method-assign]
    try:
        yield
    finally:
        for layer in layers:
            del layer.forward


def _normalised(layer: _BatchNorm, x: Tensor) -> Tensor:
    """Return what a layer makes of this process's rows of a batch: shaped like x, (m, channels, …)."""
    if not layer.training and layer.running_mean is not None:
        made: Tensor = type(layer).forward(layer, x)
        return made
    values, over = x.float(), [0, *range(2, x.ndim)]
    count = values.new_full((1, values.shape[1]), values.numel() / values.shape[1])
    sums = torch.cat([count, values.sum(over)[None], values.square().sum(over)[None]])
    count, total, squared = _Summed.apply(sums)  # type: ignore[no-untyped-call]
    mean = total / count
    variance = (squared / count - mean.square()).clamp(min=0)
    if layer.running_mean is not None and layer.running_var is not None:
        assert layer.num_batches_tracked is not None
        layer.num_batches_tracked += 1
        weight = layer.momentum or 1.0 / float(layer.num_batches_tracked)
        unbiased = variance.detach() * count / (count - 1)
        layer.running_mean.lerp_(mean.detach(), weight)
        layer.running_var.lerp_(unbiased, weight)
    shape = [1, -1, *[1] * (x.ndim - 2)]
    normal = (values - mean.view(shape)) * (variance + layer.eps).rsqrt().view(shape)
    if layer.affine:
        normal = normal * layer.weight.view(shape) + layer.bias.view(shape)
    cast: Tensor = normal.to(x.dtype)
    return cast


class _Summed(torch.autograd.Function):
    """The sum over all processes; so is its gradient."""

    @staticmethod
    def forward(ctx: Any, own: Tensor) -> Tensor:
        found = own.clone()
        with _talking():
            dist.all_reduce(found)
        return found

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        found = gradients[0].clone()
        with _talking():
            dist.all_reduce(found)
        return found
