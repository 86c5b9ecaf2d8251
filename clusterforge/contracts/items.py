"""What the rows of a split hold: texts, images, tables, or several of them side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from clusterforge.contracts.columns import Column
from clusterforge.errors import InputError, nearest
from clusterforge.numerics.arrays import FloatArray, IntArray
from clusterforge.numerics.stored_rows import StoredRows
from clusterforge.specs import Part

ItemKind = Literal["text", "image", "table"]
Taken = list[str] | npt.NDArray[Any] | list[npt.NDArray[np.uint8]]
Numbers = npt.NDArray[np.float32] | npt.NDArray[np.float64]

PART_OF: Mapping[ItemKind, Part] = {"text": "text", "image": "image", "table": "features"}
KIND_OF: Mapping[Part, ItemKind] = {part: kind for kind, part in PART_OF.items()}

BLOCK = 4096  # rows that are taken at once by whoever looks at each


@runtime_checkable
class Items(Protocol):
    """The rows of a split, in memory or read when they are asked for.

    ``take(rows)`` returns, for text, a list of str; for images, a uint8 array
    (len(rows), height, width, channels), or a list of such (height, width, channels) arrays where
    ``shape`` is None because sizes differ; for tables, a float32 or float64 array (len(rows), d). A table
    whose columns have names and kinds says so by ``columns`` (:func:`columns_of`).
    """

    @property
    def content(self) -> ItemKind:
        """What the rows are."""

    @property
    def shape(self) -> tuple[int, ...] | None:
        """Shape of one row: (height, width, channels), (d,), or None where rows differ."""

    @property
    def in_memory(self) -> bool:
        """Whether taking rows costs no reading."""

    def __len__(self) -> int:
        """Return the number of rows."""

    def take(self, rows: IntArray) -> Taken:
        """Return the rows with these positions, in this order."""


@dataclass(frozen=True)
class Texts:
    """Texts in memory."""

    texts: Sequence[str]
    content: ItemKind = field(default="text", init=False)
    shape: tuple[int, ...] | None = field(default=None, init=False)
    in_memory: bool = field(default=True, init=False)

    def __len__(self) -> int:
        return len(self.texts)

    def take(self, rows: IntArray) -> list[str]:
        """Return the texts at these positions."""
        return [self.texts[row] for row in rows]


@dataclass(frozen=True)
class Images:
    """Images of one size in memory: uint8 (n, height, width, channels)."""

    pixels: npt.NDArray[np.uint8]
    content: ItemKind = field(default="image", init=False)
    in_memory: bool = field(default=True, init=False)

    def __post_init__(self) -> None:
        if self.pixels.dtype != np.uint8 or self.pixels.ndim != 4:
            raise ValueError("images are uint8 arrays (n, height, width, channels)")

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one image: (height, width, channels)."""
        return tuple(self.pixels.shape[1:])

    def __len__(self) -> int:
        return len(self.pixels)

    def take(self, rows: IntArray) -> npt.NDArray[np.uint8]:
        """Return the images at these positions."""
        return self.pixels[rows]


@dataclass(frozen=True)
class Table:
    """A table.

    Parameters
    ----------
    values
        float32 or float64 (n, d): numbers, or codes of categories; nan is a gap. In memory, or in a file
        (``StoredRows``).
    columns
        What the d columns are; empty where all are numbers without names.
    """

    values: Numbers
    columns: tuple[Column, ...] = ()
    content: ItemKind = field(default="table", init=False)
    in_memory: bool = field(default=True, init=False)

    def __post_init__(self) -> None:
        if self.values.dtype not in (np.float32, np.float64) or self.values.ndim != 2:
            raise ValueError("a table is a float32 or float64 array (n, d)")
        if self.columns and len(self.columns) != self.values.shape[1]:
            raise ValueError(f"{self.values.shape[1]} columns, {len(self.columns)} are described")

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one row: (d,)."""
        return (self.values.shape[1],)

    def __len__(self) -> int:
        return len(self.values)

    def take(self, rows: IntArray) -> Numbers:
        """Return the rows at these positions."""
        return self.values[rows]

    def some(self, rows: IntArray) -> Table:
        """Return the rows at these positions as a table."""
        return Table(self.values[rows], self.columns)

    def filled(self) -> Table:
        """Return the rows with what their columns say in place of gaps."""
        if not any(column.fill is not None for column in self.columns):
            return self
        fill = [np.nan if column.fill is None else column.fill for column in self.columns]
        return Table(np.where(np.isnan(self.values), np.array(fill), self.values), self.columns)


@runtime_checkable
class Described(Protocol):
    """Items that say what the columns of their table are."""

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns; empty where they are numbers without names."""


def columns_of(items: Items) -> tuple[Column, ...]:
    """Return the columns of a table; empty where they are numbers without names."""
    # The content first: asking for a protocol takes 0.1 ms, as long as some models need for a row.
    return items.columns if items.content == "table" and isinstance(items, Described) else ()


@dataclass(frozen=True)
class _Around:
    """Other items with something to them."""

    items: Items

    @property
    def content(self) -> ItemKind:
        """What the rows are."""
        return self.items.content

    @property
    def shape(self) -> tuple[int, ...] | None:
        """Shape of one row."""
        return self.items.shape

    @property
    def in_memory(self) -> bool:
        """Whether taking rows costs no reading."""
        return self.items.in_memory

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of a table."""
        return columns_of(self.items)


@dataclass(frozen=True)
class Embedded(_Around):
    """Items with an embedding of each that was made elsewhere.

    Encoders start from the embedding; the items are for the reader: their words, pictures and search.

    Parameters
    ----------
    items
        Texts, images or a table.
    embedding
        float32 (n, d), finite.
    """

    embedding: FloatArray

    def __post_init__(self) -> None:
        if self.embedding.dtype != np.float32 or self.embedding.ndim != 2:
            raise ValueError("an embedding is a float32 array (n, d)")
        if len(self.embedding) != len(self.items):
            raise ValueError(f"{len(self.items)} items, but {len(self.embedding)} embeddings")

    def __len__(self) -> int:
        return len(self.items)

    def take(self, rows: IntArray) -> Taken:
        """Return the rows with these positions, in this order."""
        return self.items.take(rows)


def embedding_of(items: Items) -> FloatArray | None:
    """Return the embedding that rows come with, float32 (n, d); None where encoders make it."""
    if isinstance(items, SomeItems):
        whole = embedding_of(items.items)
        return None if whole is None else whole[items.positions]
    return items.embedding if isinstance(items, Embedded) else None


def of_parts(parts: Mapping[Part, Items], embedding: FloatArray | None) -> Items:
    """Return items of parts, and of the embedding that they come with, as ``parts_of`` takes them apart."""
    whole = Parts(parts) if len(parts) > 1 else next(iter(parts.values()))
    return whole if embedding is None else Embedded(whole, embedding)


@dataclass(frozen=True)
class SomeItems(_Around):
    """Some of other items, by their positions: int64 (n,)."""

    positions: IntArray

    def __len__(self) -> int:
        return len(self.positions)

    def take(self, rows: IntArray) -> Taken:
        """Return the rows with these positions, in this order."""
        return self.items.take(self.positions[rows])


@dataclass(frozen=True)
class Parts:
    """Items of several kinds, row by row; whoever does not ask for a part sees the first.

    Parameters
    ----------
    parts
        The items of each part, at least two, as many of each: ``text``, ``image``, ``features``.
    """

    parts: Mapping[Part, Items]

    def __post_init__(self) -> None:
        if len(self.parts) < 2 or len({len(items) for items in self.parts.values()}) > 1:
            raise ValueError("rows of several parts have two or more, and the same rows in each")

    @property
    def first(self) -> Items:
        """The items that stand for the row: in reports, and where no part is named."""
        return next(iter(self.parts.values()))

    @property
    def content(self) -> ItemKind:
        """What the first part is."""
        return self.first.content

    @property
    def shape(self) -> tuple[int, ...] | None:
        """Shape of the first part."""
        return self.first.shape

    @property
    def in_memory(self) -> bool:
        """Whether taking rows of any part costs no reading."""
        return all(items.in_memory for items in self.parts.values())

    def __len__(self) -> int:
        return len(self.first)

    def take(self, rows: IntArray) -> Taken:
        """Return the first part of the rows with these positions, in this order."""
        return self.first.take(rows)


def parts_of(items: Items) -> dict[Part, Items]:
    """Return every part of items; of those that are one thing, that one."""
    if isinstance(items, SomeItems):
        parts = parts_of(items.items)
        return {name: SomeItems(part, items.positions) for name, part in parts.items()}
    if isinstance(items, Embedded):
        return parts_of(items.items)
    if isinstance(items, Parts):
        return dict(items.parts)
    return {PART_OF[items.content]: items}


def part_of(items: Items, name: Part | None) -> Items:
    """Return one part of items, by default the first.

    Raises
    ------
    InputError
        Where the rows have no such part.
    """
    if name is None:
        return items
    parts = parts_of(items)
    if name not in parts:
        raise InputError(f"rows have no {name}", key="reads", remedy=nearest(name, parts))
    return parts[name]


def all_numbers(items: Items) -> Numbers:
    """Return the rows of a table: a matrix that is not to be changed, in a file where it is large."""
    if isinstance(items, Table) and isinstance(items.values, StoredRows):
        return items.values
    values: Numbers = np.asarray(items.take(np.arange(len(items))))
    return values


def row_key(item: str | npt.NDArray[Any]) -> bytes:
    """Return 16 bytes that are equal for rows that are equal, where -0 is 0: what copies are told by."""
    if isinstance(item, str):
        return blake2b(item.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    values = item + 0 if item.dtype.kind == "f" else item  # -0 becomes 0
    shape = str(values.shape).encode()[:64]
    return blake2b(values.tobytes(), digest_size=16, key=shape).digest()


def taken_in_blocks(items: Items) -> Iterator[tuple[int, Taken]]:
    """Yield all rows, 4,096 at a time: the position of the first, and the rows."""
    for start in range(0, len(items), BLOCK):
        yield start, items.take(np.arange(start, min(start + BLOCK, len(items))))
