"""Items through a chain of encoders."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from itertools import chain as one_after_another
from typing import Any

import numpy as np

from clusterforge.contracts import (
    Context,
    Encoder,
    FloatArray,
    IntArray,
    Items,
    Points,
    SomeItems,
    viewed,
)
from clusterforge.models import blocks, guard
from clusterforge.models.unread import Unread
from clusterforge.numerics.stored_rows import is_large, spilled
from clusterforge.recipe.model import Link, before_neighbors


def encode_chain(
    items: Items,
    chain: Iterable[tuple[Link, Callable[[], Encoder[Any]]]],
    context: Context,
    file: str | None,
    *,
    stored: bool = False,
    unread: Unread | None = None,
) -> Points:
    """Send items through a chain of encoders.

    Parameters
    ----------
    items
        The rows.
    chain
        Each encoder in its place, and what returns it, fitted.
    context
        Seed, device and threads.
    file
        The recipe's file, for messages.
    stored
        Whether the encoders are as they were stored: what they can't do is then the files' fault.
    unread
        Where to add what they do not read of the rows.
    """
    embeddings: list[FloatArray] = []
    links: list[Link] = []
    soft: FloatArray | None = None
    for link, fitted in chain:
        below = [embeddings[number] for number in link.below]
        links.append(link)
        ours = stored and link.entry.plugin.distribution.ours
        with guard.calling(link.entry, file), guard.restoring() if ours else nullcontext():
            encoder = fitted()
            encoded = encoder.encode(viewed(items, below, link.reads), context)
            embeddings.append(guard.embedding(encoded, len(items)))
            short = guard.shortfalls(encoder.shortfalls(), len(items))
            if unread is not None:
                unread.add(link.entry.stage, short)
            soft = encoder.assign(embeddings[-1])
    before = before_neighbors(links)
    wide = None if before is None else embeddings[before]
    return Points(embeddings[-1], soft, wide=wide, items=items)


def encoded_in_blocks(items: Items, encode: Callable[[Items], Points]) -> Points:
    """Return the points of many rows, encoded part by part; an embedding that is large lies in a file."""
    n = len(items)
    if n <= blocks.BLOCK:
        return encode(items)
    starts = range(0, n, blocks.BLOCK)
    rows = [np.arange(start, min(start + blocks.BLOCK, n)) for start in starts]
    softs: list[FloatArray] = []
    wides: list[FloatArray] = []

    def encoded(some: IntArray) -> FloatArray:
        points = encode(SomeItems(items, some))
        softs.extend([] if points.soft is None else [points.soft])
        wides.extend([] if points.wide is None else [points.wide])
        return points.embedding

    first = encoded(rows[0])
    parts = one_after_another([first], map(encoded, rows[1:]))
    shape = (n, first.shape[1])
    embedding = spilled(parts, shape, np.float32) if is_large(*shape) else np.concatenate([*parts])
    soft, wide = (np.concatenate(some) if some else None for some in (softs, wides))
    return Points(embedding, soft, wide=wide, items=items)
