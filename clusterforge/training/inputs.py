"""Training rows as a network takes them: vectors, images, or what a backbone reads."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor

from clusterforge.contracts import FloatArray, IntArray, Items, View
from clusterforge.contracts.training import Inputs, Network
from clusterforge.errors import InputError
from clusterforge.training.backbone import WithBackbone
from clusterforge.training.ranks import Ranks
from clusterforge.training.seeds import generator

AHEAD = 2
T = TypeVar("T")


class TensorInputs(Inputs):
    """Rows in memory on the device: float32 vectors, or uint8 images that become floats.

    Parameters
    ----------
    rows : Tensor
        (n, …) float32 as they are, or uint8 pixels.
    image_range : (float, float), optional
        Range into which pixels are brought.
    image_shape : tuple of int, optional
        (channels, height, width), where the rows are images that were flattened.
    """

    in_memory = True

    def __init__(
        self,
        rows: Tensor,
        image_range: tuple[float, float] = (0.0, 1.0),
        image_shape: tuple[int, ...] | None = None,
    ) -> None:
        self.rows, self.image_range = rows, image_range
        self.image_shape = image_shape

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one row."""
        return tuple(self.rows.shape[1:])

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, rows: Tensor) -> Tensor:
        """Return rows as float32 (b, …)."""
        if rows.device != self.rows.device:
            rows = rows.to(self.rows.device, non_blocking=True)
        return as_floats(self.rows.index_select(0, rows), self.image_range)


class StreamedInputs(Inputs):
    """Rows read when they are needed.

    Parameters
    ----------
    make
        Gives the rows with these positions, int64 (b,), as a tensor, or a dict of them, on the CPU.
    lengths
        int64 (n,), where rows are filled up to the longest of their batch.
    """

    def __init__(
        self,
        make: Callable[[IntArray], Any],
        length: int,
        shape: tuple[int, ...],
        device: torch.device,
        image_range: tuple[float, float] = (0.0, 1.0),
        image_shape: tuple[int, ...] | None = None,
        lengths: IntArray | None = None,
    ) -> None:
        self.lengths = lengths
        self.make, self.length, self._shape, self.device = make, length, shape, device
        self.image_range, self.image_shape = image_range, image_shape
        # A tokeniser, or a reader, is not to be used by the prefetching thread and us at once.
        self._lock = threading.Lock()

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one row; empty for what a backbone reads."""
        return self._shape

    def __len__(self) -> int:
        return self.length

    def take(self, rows: Tensor) -> Any:
        """Return rows on the device."""
        with self._lock:
            made = self.make(rows.cpu().numpy())
        if isinstance(made, Tensor):
            return as_floats(made.to(self.device), self.image_range)
        return {name: value.to(self.device) for name, value in made.items()}


class Subset(Inputs):
    """Some rows of other inputs, in the order given."""

    def __init__(self, inner: Inputs, rows: Tensor) -> None:
        self.inner, self.rows = inner, rows
        self.in_memory, self.image_shape = inner.in_memory, inner.image_shape
        self.lengths = None if inner.lengths is None else inner.lengths[rows.numpy()]

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one row."""
        return self.inner.shape

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, rows: Tensor) -> Any:
        """Return rows as the inner inputs give them."""
        self.rows = self.rows.to(rows.device)
        return self.inner.take(self.rows[rows])


def as_floats(rows: Tensor, image_range: tuple[float, float]) -> Tensor:
    """Bring uint8 pixels into a range; leave everything else as it is."""
    if rows.dtype != torch.uint8:
        return rows
    low, high = image_range
    # Of an image with one channel, other strides would be kept, and another kernel chosen by them.
    out = rows.to(torch.float32, memory_format=torch.contiguous_format).mul_((high - low) / 255)
    return out.add_(low) if low else out


def rows_of(view: View, device: torch.device, image_range: tuple[float, float] | None) -> Inputs:
    """Return the rows of a view for a network: its embedding, its table or its images.

    Parameters
    ----------
    view
        What the encoder sees of a split.
    device
        Where the network is.
    image_range
        Range of the pixels, for images as (b, channels, height, width); None: flattened in [0, 1].

    Raises
    ------
    InputError
        Where the rows are texts or images of several sizes, or hold NaN or infinity.
    """
    if view.content == "text":
        raise InputError(
            "texts are not numbers",
            key="backbone",
            remedy='put an encoder before it, or give backbone = {use = "sentence-transformer"}',
        )
    if view.content == "image":
        return _images(view.items, device, image_range)
    if image_range is not None:
        raise InputError(
            f"it takes images, not {'an embedding' if view.content == 'embedding' else 'a table'}",
            remedy="put it first, on a data set of images",
        )
    if view.embedding is None and not view.items.in_memory:
        shape = view.items.shape
        assert shape is not None
        return StreamedInputs(
            lambda rows: torch.from_numpy(np.ascontiguousarray(view.rows(rows))),
            len(view),
            shape,
            device,
        )
    values = np.ascontiguousarray(view.rows())
    tensor = torch.from_numpy(values if values.flags.writeable else values.copy())
    if not bool(torch.isfinite(tensor.sum())) and not bool(torch.isfinite(tensor).all()):
        raise InputError("some rows hold NaN or infinity", remedy="clean the data first")
    return TensorInputs(tensor.to(device))


def _images(items: Items, device: torch.device, image_range: tuple[float, float] | None) -> Inputs:
    if items.shape is None:
        raise InputError(
            "the images differ in size",
            remedy="give the data set a size, or use an encoder that resizes",
        )
    height, width, channels = items.shape
    shape = (channels, height, width)
    flat = image_range is None
    scale = image_range or (0.0, 1.0)

    def pixels(rows: IntArray) -> Tensor:
        taken = torch.from_numpy(np.ascontiguousarray(items.take(rows)))
        # (b, h, w, c); flattened, they keep the order of the pixels that View.rows has.
        return taken.flatten(1) if flat else taken.permute(0, 3, 1, 2)

    kept = shape if flat else None
    if not items.in_memory:
        row_shape = (int(np.prod(shape)),) if flat else shape
        return StreamedInputs(pixels, len(items), row_shape, device, scale, kept)
    everything = pixels(np.arange(len(items))).contiguous().to(device)
    return TensorInputs(everything, scale, kept)


def prefetched(
    jobs: Iterable[T], take: Callable[[T], Any], inputs: Inputs
) -> Iterator[tuple[T, Any]]:
    """Yield each job with what ``take`` makes of it; by a thread a little ahead where rows are read."""
    if inputs.in_memory:
        yield from ((job, take(job)) for job in jobs)
        return
    with ThreadPoolExecutor(1, "prefetch") as pool:
        waiting = []
        try:
            for job in jobs:
                waiting.append((job, pool.submit(take, job)))
                if len(waiting) > AHEAD:
                    first, made = waiting.pop(0)
                    yield first, made.result()
            for first, made in waiting:
                yield first, made.result()
        finally:
            for _, made in waiting:
                made.cancel()


@dataclass(frozen=True)
class Examples:
    """Rows as the network takes them.

    Parameters
    ----------
    inputs
        The rows.
    labels
        int64 (n,), -1 for unlabelled; None where labels may not be used.
    points
        Gives the vectors in which neighbours are looked for: float32 (n, d).
    incoming
        Whether those vectors are the embedding of an encoder before this one.
    """

    inputs: Inputs
    labels: IntArray | None
    points: Callable[[], FloatArray]
    incoming: bool

    def __len__(self) -> int:
        return len(self.inputs)

    @property
    def labelled(self) -> bool:
        """Whether any row has a label that may be used."""
        return self.labels is not None and bool((self.labels >= 0).any())

    def subset(self, rows: IntArray) -> Examples:
        """Return some of the rows, in the order given."""
        return Examples(
            Subset(self.inputs, torch.from_numpy(rows)),
            None if self.labels is None else self.labels[rows],
            lambda: self.points()[rows],
            self.incoming,
        )

    def split(self, share: float, seed: int) -> tuple[Examples, Examples]:
        """Hold out a share of the rows, at least one: what is left, and what is held out."""
        n = len(self)
        held = min(n - 1, max(1, math.ceil(share * n)))
        order = generator(seed, "held-out").permutation(n)
        return self.subset(np.sort(order[held:])), self.subset(np.sort(order[:held]))


ROWS, BACKBONE_ROWS = 2048, 64


def autocast(device: torch.device, precision: str) -> AbstractContextManager[None]:
    """Return the context in which networks run."""
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bfloat16")


def embed(
    network: Network, inputs: Inputs, device: torch.device, precision: str, rows: int | None = None
) -> Tensor:
    """Return the embedding of every row in evaluation mode, without gradient: float32 (n, d)."""
    rows = rows or (BACKBONE_ROWS if isinstance(network, WithBackbone) else ROWS)
    order = torch.arange(len(inputs))
    if inputs.lengths is not None:
        order = torch.from_numpy(np.argsort(-inputs.lengths, kind="stable"))
    parts = torch.split(order, rows)
    with evaluating(network), autocast(device, precision):
        made = torch.cat(
            [network.encode(x).float() for _, x in prefetched(parts, inputs.take, inputs)]
        )
    if inputs.lengths is None:
        return made
    return torch.empty_like(made).index_copy_(0, order.to(made.device), made)


@contextmanager
def evaluating(network: Network) -> Iterator[None]:
    """Run a network in evaluation mode, without gradient."""
    was_training = network.training
    network.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        network.train(was_training)


def side_outputs(network: Network, inputs: Inputs) -> frozenset[str]:
    """Return the names of what a network gives to losses next to the embedding."""
    with evaluating(network):
        encoded = network(inputs.take(torch.arange(len(inputs))))
    return frozenset() if isinstance(encoded, Tensor) else frozenset(encoded.outputs)


@dataclass
class SplitScope:
    """The whole training split of a phase, for losses that need more than a batch.

    Parameters
    ----------
    network, examples, n_classes
        What is trained, on which rows of how many classes.
    seed
        Seed of what a loss or a source of pairs draws.
    device, precision, rows
        Where and how rows are embedded, and how many at a time.
    ranks
        The processes that embed a share of the rows each, where there are several.
    """

    network: Network
    examples: Examples
    n_classes: int | None
    seed: int
    device: torch.device
    precision: str = "float32"
    rows: int = ROWS
    ranks: Ranks | None = None

    def __len__(self) -> int:
        return len(self.examples)

    @property
    def dim(self) -> int:
        """Width of the embedding."""
        one = Subset(self.examples.inputs, torch.arange(1))
        return embed(self.network, one, self.device, self.precision).shape[1]

    @property
    def labels(self) -> Tensor | None:
        """int64 (n,) on the device, where labels may be used."""
        labels = self.examples.labels
        return None if labels is None else torch.from_numpy(labels).to(self.device)

    def points(self) -> FloatArray:
        """Return the rows as they come in: float32 (n, d)."""
        return self.examples.points()

    def embed(self) -> Tensor:
        """Return the embedding of every training row: float32 (n, d)."""
        inputs, ranks = self.examples.inputs, self.ranks
        if ranks:
            share = ranks.share(len(self))
            inputs = Subset(inputs, torch.arange(share.start, share.stop))
        z = embed(self.network, inputs, self.device, self.precision, self.rows)
        return ranks.gathered(z, len(self)) if ranks else z
