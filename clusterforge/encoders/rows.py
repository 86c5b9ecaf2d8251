"""The incoming rows of an encoder as a matrix that is known to be finite."""

from __future__ import annotations

from collections.abc import Iterator

from clusterforge.contracts import FloatArray, View, checked_rows
from clusterforge.errors import InputError

BLOCK_VALUES = 4_194_304


def finite_rows(view: View, width: int | None = None, *, least: int = 1) -> FloatArray:
    """Return the rows of a view, as ``checked_rows`` has them: float32 (n, d).

    Raises
    ------
    InputError
        As ``checked_rows``, and where rows are images of several sizes.
    """
    if view.embedding is None and view.items.shape is None:
        raise InputError(
            "images of several sizes are not a matrix",
            remedy="give the data set one image size, or put image-model first",
        )
    return checked_rows(view.rows(), width, least=least)


def blocks(rows: int, columns: int) -> Iterator[slice]:
    """Yield slices over the rows, each of about four million values."""
    step = max(1, BLOCK_VALUES // max(1, columns))
    for start in range(0, rows, step):
        yield slice(start, min(start + step, rows))
