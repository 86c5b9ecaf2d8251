"""Rows made ready for distances by matrix product, and full precision while they are computed.

|x - y|² = |x|² - 2 x·y + |y|² turns pairwise distances into one matrix product, but loses digits
when the rows lie far from the origin. Everything here therefore works on centred rows, scaled by a
power of two (which is exact), so that squares neither overflow nor vanish.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from clusterforge.numerics.arrays import DoubleArray, IntArray
from clusterforge.numerics.stored_rows import StoredRows, column_means, row_blocks

Device = str | torch.device

_CHUNK = 8192


def as_matrix(points: npt.ArrayLike, name: str = "points") -> npt.NDArray[Any]:
    """Return `points` as a float32 or float64 matrix, without a copy where possible.

    Parameters
    ----------
    points : array_like, shape (n, d)
        Numbers; float16 and bfloat16-like types become float32, integers float64.
    name : str
        What the message calls it.

    Raises
    ------
    ValueError
        If it is not a matrix of numbers with at least one row and one column.
    """
    array = points if isinstance(points, StoredRows) else np.asarray(points)
    if array.ndim != 2 or 0 in array.shape:
        raise ValueError(f"{name} must have shape (n, d) with n, d >= 1, not {array.shape}")
    if array.dtype in (np.float32, np.float64):
        return array
    if array.dtype.kind not in "fiub":
        raise ValueError(f"{name} must be real numbers, not {array.dtype}")
    return array.astype(np.float32 if array.dtype == np.float16 else np.float64)


def encode(labels: npt.ArrayLike, n: int) -> tuple[npt.NDArray[Any], IntArray]:
    """Return the distinct labels, sorted, and for each row the position of its own, int64 (n,).

    Raises
    ------
    ValueError
        If `labels` is not a vector of `n` entries.
    """
    array = np.asarray(labels)
    if array.shape != (n,):
        raise ValueError(f"labels must have shape ({n},), not {array.shape}")
    names, codes = np.unique(array, return_inverse=True)
    return names, codes.astype(np.int64)


class Centred:
    """The rows of a matrix, less a common vector and times a power of two, in any precision.

    Parameters
    ----------
    array : ndarray of float32 or float64, shape (n, d)
    device : str or torch.device
    order : ndarray of int64, shape (n,), optional
        Row `i` here is row `order[i]` of `array`.
    shift : ndarray of float64, shape (d,), optional
        What is taken off; by default the mean of the rows.

    Raises
    ------
    ValueError
        If a value is NaN or infinite, or the spread overflows.
    """

    def __init__(
        self,
        array: npt.NDArray[Any],
        device: Device = "cpu",
        order: IntArray | None = None,
        shift: DoubleArray | None = None,
        name: str = "points",
    ) -> None:
        self.array, self.order, self.device = array, order, torch.device(device)
        with np.errstate(over="ignore", invalid="ignore"):
            if shift is None:
                shift = column_means(array)
            # A float32 shift makes the difference of float32 rows a single rounding.
            self.shift = shift.astype(array.dtype)
            ends = [(block.min(axis=0), block.max(axis=0)) for _, block in row_blocks(array)]
            low = np.min([low for low, _ in ends], axis=0)
            high = np.max([high for _, high in ends], axis=0)
            reach = np.maximum(high - self.shift, self.shift - low).max()
        if not np.isfinite(reach):
            raise ValueError(f"{name} contain NaN, infinity or numbers too large to subtract")
        bound = 120 if array.dtype == np.float32 else 1000
        self.exponent = int(np.clip(-np.frexp(reach)[1], -bound, bound)) if reach > 0 else 0

    @property
    def scale(self) -> float:
        """Power of two by which distances here exceed those of the array."""
        return float(2.0**self.exponent)

    def take(self, start: int, stop: int, dtype: torch.dtype) -> torch.Tensor:
        """Rows `start` to `stop`, shape (stop - start, d)."""
        return self._load(slice(start, min(stop, len(self.array))), dtype)

    def pick(self, rows: IntArray, dtype: torch.dtype) -> torch.Tensor:
        """The rows of these numbers, shape (len(rows), d)."""
        return self._load(rows, dtype)

    def all(self, dtype: torch.dtype) -> torch.Tensor:
        """All rows, shape (n, d)."""
        return self.take(0, len(self.array), dtype)

    def _load(self, rows: slice | IntArray, dtype: torch.dtype) -> torch.Tensor:
        source = self.array if self.order is None else self.order
        chosen = source[rows]  # rows, or their numbers
        # Memory of torch's own is aligned to 64 bytes, on which the bytes of a product may depend.
        out = torch.empty((len(chosen), self.array.shape[1]), dtype=dtype, device="cpu")
        view = out.numpy()
        work = np.promote_types(self.array.dtype, view.dtype)
        shift, scale = self.shift.astype(work), work.type(self.scale)
        for i in range(0, len(chosen), _CHUNK):
            part = chosen[i : i + _CHUNK]
            if self.order is not None:
                part = self.array[part]
            view[i : i + _CHUNK] = (part.astype(work, copy=False) - shift) * scale
        return out.to(self.device)


def left(rows: torch.Tensor) -> torch.Tensor:
    """Return [-2x, |x|², 1], shape (n, d + 2): times `right` transposed gives squared distances."""
    square = rows.square().sum(1, keepdim=True)
    return torch.cat([rows * -2, square, torch.ones_like(square)], dim=1)


def right(rows: torch.Tensor) -> torch.Tensor:
    """Return [x, 1, |x|²], shape (n, d + 2), the other factor of `left`."""
    square = rows.square().sum(1, keepdim=True)
    return torch.cat([rows, torch.ones_like(square), square], dim=1)


@contextmanager
def exact(device: Device) -> Iterator[None]:
    """No autocast, no bf16 or TF32 inside float32 products, no gradients.

    Training code sets these for the whole process. Under autocast the factors of a product are
    rounded to bf16, and so they are, on processors where torch has a kernel for it, at matmul
    precision "medium": nearest neighbours would come out wrong.
    """
    # The older call raises once anybody has used these newer settings, so it is the second choice.
    backends: list[Any] = [torch.backends.mkldnn, torch.backends.cuda]
    settings = [b.matmul for b in backends if hasattr(getattr(b, "matmul", None), "fp32_precision")]
    before = [setting.fp32_precision for setting in settings]
    legacy = None if settings else torch.get_float32_matmul_precision()
    try:
        for setting in settings:
            setting.fp32_precision = "ieee"
        if legacy:
            torch.set_float32_matmul_precision("highest")
        with torch.no_grad(), torch.autocast(torch.device(device).type, enabled=False):
            yield
    finally:
        for setting, value in zip(settings, before, strict=True):
            setting.fp32_precision = value
        if legacy:
            torch.set_float32_matmul_precision(legacy)
