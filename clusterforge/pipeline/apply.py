"""A fitted chain of encoders on new rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from clusterforge.contracts import (
    Context,
    Encoder,
    FloatArray,
    Images,
    Items,
    Points,
    Table,
    Texts,
    View,
)
from clusterforge.errors import InputError
from clusterforge.pipeline import guard
from clusterforge.recipe import Entry

Given = Items | Sequence[str] | npt.NDArray[Any]


def as_items(given: Given) -> Items:
    """Return rows as items: texts, a table (n, d) of numbers, or uint8 images (n, h, w[, c]).

    Raises
    ------
    InputError
        Where they are none of these.
    """
    if isinstance(given, np.ndarray):
        if given.dtype == np.uint8 and given.ndim in (3, 4):
            return Images(given if given.ndim == 4 else given[..., None])
        if given.ndim == 2 and given.dtype.kind in "fiub":
            return Table(np.ascontiguousarray(given, dtype=np.float32))
        raise InputError(f"new rows can't be {given.dtype} {given.shape}")
    if isinstance(given, Items):
        return given
    if isinstance(given, str) or not all(isinstance(text, str) for text in given):
        raise InputError("new rows must be a list of texts, an array, or Items")
    return Texts(list(given))


def encoded(
    items: Items,
    chain: Iterable[tuple[Entry, Callable[[], Encoder[Any]]]],
    context: Context,
    file: str | None,
) -> Points:
    """Send items through a chain of encoders.

    Parameters
    ----------
    items
        The rows.
    chain
        Each entry, and what returns its encoder, fitted.
    context
        Seed, device and threads.
    file
        The recipe's file, for messages.
    """
    embedding: FloatArray | None = None
    soft: FloatArray | None = None
    for entry, fitted in chain:
        with guard.calling(entry, file):
            encoder = fitted()
            answer = encoder.encode(View(items, embedding), context)
            embedding = guard.embedding(answer, len(items))
            soft = encoder.assign(embedding)
    assert embedding is not None
    return Points(embedding, soft)
