"""Training rows as a network takes them: vectors, images, or what a backbone reads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor

from clusterforge.contracts import Items, Trainable, View
from clusterforge.contracts.training import Inputs
from clusterforge.errors import InputError

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
    """

    def __init__(
        self,
        make: Callable[[np.ndarray[Any, np.dtype[np.int64]]], Any],
        length: int,
        shape: tuple[int, ...],
        device: torch.device,
        image_range: tuple[float, float] = (0.0, 1.0),
        image_shape: tuple[int, ...] | None = None,
    ) -> None:
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

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one row."""
        return self.inner.shape

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, rows: Tensor) -> Any:
        """Return rows as the inner inputs give them."""
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
        return StreamedInputs(_table_rows(view.items), len(view), shape, device)
    values = np.ascontiguousarray(view.rows(), dtype=np.float32)
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

    def pixels(rows: np.ndarray[Any, np.dtype[np.int64]]) -> Tensor:
        taken = torch.from_numpy(np.ascontiguousarray(items.take(rows)))
        # (b, h, w, c); flattened, they keep the order of the pixels that View.rows has.
        return taken.flatten(1) if flat else taken.permute(0, 3, 1, 2)

    kept = shape if flat else None
    if not items.in_memory:
        row_shape = (int(np.prod(shape)),) if flat else shape
        return StreamedInputs(pixels, len(items), row_shape, device, scale, kept)
    everything = pixels(np.arange(len(items))).contiguous().to(device)
    return TensorInputs(everything, scale, kept)


def _table_rows(items: Items) -> Callable[[np.ndarray[Any, np.dtype[np.int64]]], Tensor]:
    return lambda rows: torch.from_numpy(np.ascontiguousarray(items.take(rows), dtype=np.float32))


def backbone_rows(view: View, backbone: Trainable, device: torch.device) -> StreamedInputs:
    """Return the raw items as a trainable backbone reads them."""
    return StreamedInputs(backbone.inputs(view.items), len(view), (), device)


def ahead(jobs: Iterable[T], take: Callable[[T], Any]) -> Iterator[tuple[T, Any]]:
    """Yield each job with what ``take`` makes of it, made by a thread a little ahead of its use."""
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
