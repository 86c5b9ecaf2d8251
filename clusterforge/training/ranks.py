"""Processes that train one network together, started by ``torchrun``: each sees a share of every batch."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
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
WAIT = timedelta(days=365)  # others have nothing to say while the first reads, clusters, writes


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
    sharing
        Whether the network sees this process's share of a batch at the moment, and not all of it.
    """

    rank: int
    size: int
    drawn: int = 0
    sharing: bool = False

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
    def shared(self, device: torch.device) -> Iterator[None]:
        """Let the network see a share within, and draw random numbers that are this process's own."""
        self.drawn += 1
        self.sharing = True
        with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
            seed = int(torch.randint(2**62, ()))
            torch.manual_seed(seed + self.drawn * self.size + self.rank)
            try:
                yield
            finally:
                self.sharing = False

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


def sharing(ranks: Ranks | None, n: int, device: torch.device) -> AbstractContextManager[None]:
    """Return the context in which a network sees its share of n rows."""
    return ranks.shared(device) if ranks and n >= ranks.size else nullcontext()


@dataclass
class _Process:
    """The group that this process has joined, and the same while it trains together."""

    group: Ranks | None = None
    training: Ranks | None = None


_THIS = _Process()


@contextmanager
def joined(backend: str) -> Iterator[Ranks]:
    """Join the processes that were started with this one."""
    dist.init_process_group(backend, timeout=WAIT)
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

    torch's own layer that does so, ``SyncBatchNorm``, works on GPUs alone. A layer with a pass of its own
    keeps it, and normalises a process's own rows.
    """
    layers = {
        module: partial(_normalised, module, ranks)
        for module in network.modules()
        if ranks and isinstance(module, _BatchNorm) and type(module).forward is _BatchNorm.forward
    }
    for layer, forward in layers.items():
        layer.forward = forward  # type: ignore[method-assign]
    try:
        yield
    finally:
        for layer in layers:
            del layer.forward


def _normalised(layer: _BatchNorm, ranks: Ranks, x: Tensor) -> Tensor:
    """Return what a layer makes of this process's rows of a batch: shaped like x, (m, channels, …)."""
    if not ranks.sharing or not (layer.training or layer.running_mean is None):
        plain: Tensor = _BatchNorm.forward(layer, x)
        return plain
    values, over, shape = x.float(), [0, *range(2, x.ndim)], [1, -1, *[1] * (x.ndim - 2)]
    own = torch.full((1, values.shape[1]), values.numel() / values.shape[1], device=x.device)
    count, total = _summed(torch.cat([own, values.sum(over)[None]]))
    count = count.detach()
    mean = total / count
    centred = values - mean.view(shape)
    variance = _summed(centred.square().sum(over)) / count
    if layer.training and layer.running_mean is not None and layer.running_var is not None:
        assert layer.num_batches_tracked is not None
        layer.num_batches_tracked += 1
        weight = layer.momentum
        if weight is None:
            weight = 1.0 / float(layer.num_batches_tracked)
        layer.running_mean.lerp_(mean.detach(), weight)
        layer.running_var.lerp_(variance.detach() * count / (count - 1), weight)
    normal = centred * (variance + layer.eps).rsqrt().view(shape)
    if layer.affine:
        normal = normal * layer.weight.view(shape) + layer.bias.view(shape)
    cast: Tensor = normal.to(x.dtype)
    return cast


def _summed(own: Tensor) -> Tensor:
    found: Tensor = _Summed.apply(own)  # type: ignore[no-untyped-call]
    return found


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
