"""A corpus: named splits, each with items, optional labels and row ids.

The smallest complete data set plugin::

    class Coins(Dataset[CoinsParams]):
        def load(self, context):
            rng = np.random.default_rng(self.params.sample_seed)
            rows = rng.normal(size=(self.params.rows, 2)).astype(np.float32)
            return Corpus({"train": Split("train", Table(rows))})
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, TypeVar, runtime_checkable

import numpy as np
import numpy.typing as npt

from clusterforge.contracts.columns import Column
from clusterforge.contracts.context import Context
from clusterforge.contracts.preview import Preview
from clusterforge.errors import InputError, bounded, nearest
from clusterforge.numerics.arrays import FloatArray as FloatArray
from clusterforge.numerics.arrays import IntArray as IntArray
from clusterforge.params import Params
from clusterforge.pixels import PixelFormat as PixelFormat
from clusterforge.specs import Part

if TYPE_CHECKING:
    import pyarrow as pa

ItemKind = Literal["text", "image", "table"]
Taken = list[str] | npt.NDArray[Any] | list[npt.NDArray[np.uint8]]

P = TypeVar("P", bound=Params)

PART_OF: Mapping[ItemKind, Part] = {"text": "text", "image": "image", "table": "features"}
KIND_OF: Mapping[Part, ItemKind] = {part: kind for kind, part in PART_OF.items()}

HASH_ROWS = 4096
Numbers = npt.NDArray[np.float32] | npt.NDArray[np.float64]
UNTYPED = {b"untyped": b"1"}


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
    """A table in memory.

    Parameters
    ----------
    values
        float32 or float64 (n, d): numbers, or codes of categories; nan is a gap.
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
    return items.columns if isinstance(items, Described) else ()


@dataclass(frozen=True)
class Embedded:
    """Items with an embedding of each that was made elsewhere.

    Encoders start from the embedding; the items are for the reader: their words, pictures and search.

    Parameters
    ----------
    items
        Texts, images or a table.
    embedding
        float32 (n, d), finite.
    """

    items: Items
    embedding: FloatArray

    def __post_init__(self) -> None:
        if self.embedding.dtype != np.float32 or self.embedding.ndim != 2:
            raise ValueError("an embedding is a float32 array (n, d)")
        if len(self.embedding) != len(self.items):
            raise ValueError(f"{len(self.items)} items, but {len(self.embedding)} embeddings")

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


@dataclass(frozen=True)
class SomeItems:
    """Some of other items, by their positions: int64 (n,)."""

    items: Items
    positions: IntArray

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


@dataclass(frozen=True)
class Split:
    """One split of a corpus.

    Parameters
    ----------
    name
        ``train``, ``test``, ``validation`` …
    items
        The rows.
    labels
        int64 (n,), each an index into the corpus' ``label_names`` or -1 for a row without a label; or None.
    ids
        Row ids: int64 or str (n,), unique in the split; default: positions.
    positions
        int64 (n,): where each row stands in the source, counted from 0 over all that the data set
        reads; None where the source is nothing but the splits, one after another.
    """

    name: str
    items: Items
    labels: IntArray | None = None
    ids: npt.NDArray[Any] = field(default_factory=lambda: np.arange(0))
    positions: IntArray | None = None

    def __post_init__(self) -> None:
        if not len(self.ids) and len(self.items):
            object.__setattr__(self, "ids", np.arange(len(self.items), dtype=np.int64))
        columns = (("labels", self.labels), ("ids", self.ids), ("positions", self.positions))
        for what, values in columns:
            if values is not None and len(values) != len(self.items):
                raise ValueError(
                    f"split {self.name!r} has {len(self.items)} rows but {len(values)} {what}"
                )

    def __len__(self) -> int:
        return len(self.items)

    def some(self, rows: IntArray) -> Split:
        """Return the rows with these positions, in this order."""
        labels = None if self.labels is None else self.labels[rows]
        return Split(self.name, SomeItems(self.items, rows), labels, self.ids[rows])

    def unlabelled(self) -> Split:
        """Return the same rows without their labels."""
        return replace(self, labels=None)

    @property
    def labelled(self) -> bool:
        """Whether any row has a label."""
        return self.labels is not None and bool((self.labels >= 0).any())

    def fingerprint(self) -> str:
        """Return the sha256 of the content, labels and ids, as 64 hex digits."""
        digest = hashlib.sha256()
        for items in parts_of(self.items).values():
            digest.update(f"{items.content}|{items.shape}|{len(self)}".encode())
            digest.update(repr(columns_of(items)).encode("utf-8", "backslashreplace"))
            for start in range(0, len(self), HASH_ROWS):
                taken = items.take(np.arange(start, min(start + HASH_ROWS, len(self))))
                for one in [taken] if isinstance(taken, np.ndarray) else taken:
                    data = one.encode() if isinstance(one, str) else one.tobytes()
                    shape = "" if isinstance(one, str) else str(one.shape)
                    digest.update(f"|{len(data)}{shape}|".encode())
                    digest.update(data)
        embedding = embedding_of(self.items)
        if embedding is not None:
            digest.update(f"|{embedding.shape}|".encode())
            digest.update(np.ascontiguousarray(embedding).tobytes())
        if self.labels is not None:
            digest.update(self.labels.astype(np.int64).tobytes())
        ids = self.ids.astype(str) if self.ids.dtype.kind in "OU" else self.ids
        digest.update("\n".join(map(str, ids.tolist())).encode())
        return digest.hexdigest()


@dataclass(frozen=True)
class LeftOut:
    """Rows of the source that are in no split.

    Parameters
    ----------
    reason
        Why, in a few words: ``no text``.
    positions
        int64 (m,): where they stand in the source.
    ids
        int64 or str (m,): what they would be called; None where the source's own columns say it.
    split
        The split that they would be in; None where that is not known.
    same_as
        int64 (m,): where the row of which each is a copy stands in the source; None where they are none.
    """

    reason: str
    positions: IntArray
    ids: npt.NDArray[Any] | None = None
    split: str | None = None
    same_as: IntArray | None = None

    def __len__(self) -> int:
        return len(self.positions)


@dataclass(frozen=True)
class Corpus:
    """Named splits and where they came from.

    Parameters
    ----------
    splits
        At least ``train``. Every other split is encoded, clustered and scored, never trained on.
    label_names
        Name of each label value, in order; empty where there are no labels.
    columns, separator
        The columns that a row's texts or image came from, where the source has columns, and what
        stands between the texts of several: new rows in a data frame are read by them.
    image_column
        The column of the images, where rows hold them next to something else.
    source
        Where the data came from, as JSON values: hub revision, mirror, file, how rows were chosen.
    notes
        Ways in which labels shaped the data (``"balanced"``); stamped on the run.
    pixel_format
        How images were read, which new rows are read by; None for all else, and where nothing was chosen.
    left_out
        The rows of the source that are in no split, and why; with the positions of the splits they are
        all of it.
    remarks
        What else the user should know of the data, one line each: a column or file that is left out. A
        run warns of each.
    """

    splits: Mapping[str, Split]
    label_names: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    separator: str = " "
    image_column: str | None = None
    source: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    pixel_format: PixelFormat | None = None
    left_out: tuple[LeftOut, ...] = ()
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if "train" not in self.splits:
            raise ValueError("a corpus needs a split named 'train'")
        object.__setattr__(self, "remarks", tuple(map(bounded, self.remarks)))

    @property
    def train(self) -> Split:
        """The split that everything is fitted on."""
        return self.splits["train"]

    @property
    def content(self) -> ItemKind:
        """What the rows are."""
        return self.train.items.content

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Name of each column of a table; empty where they have none."""
        items = parts_of(self.train.items).get("features", self.train.items)
        return tuple(column.name for column in columns_of(items))

    @property
    def positions(self) -> dict[str, IntArray]:
        """Where the rows of each split stand in the source: int64 (n,) each."""
        places, start = {}, 0
        for name, split in self.splits.items():
            one_after_another = np.arange(start, start + len(split))
            places[name] = one_after_another if split.positions is None else split.positions
            start += len(split)
        return places

    def covers_source(self) -> bool:
        """Tell whether the splits and what is left out are each row of the source once."""
        parts = [*self.positions.values(), *(some.positions for some in self.left_out)]
        every = np.sort(np.concatenate(parts))
        return np.array_equal(every, np.arange(len(every)))


@dataclass(frozen=True)
class Peek:
    """What a data set can tell about itself without loading a row; None where it can't know.

    Parameters
    ----------
    rows
        Rows of each split.
    content
        What a row holds.
    columns
        The columns of the files.
    n_classes
        How many classes the labels have.
    source
        Where the data are from, for the reader.
    labelled
        Whether rows have true labels.
    features
        The columns of a table, with their kinds.
    embedded
        Whether rows come with an embedding.
    """

    rows: Mapping[str, int | None] = field(default_factory=dict)
    content: ItemKind | None = None
    columns: tuple[str, ...] | None = None
    n_classes: int | None = None
    source: str = ""
    labelled: bool | None = None
    features: tuple[Column, ...] = ()
    embedded: bool = False


class Dataset(ABC, Generic[P]):
    """Base of data set plugins. The constructor stores its parameters and does nothing else.

    The module of a data set imports nothing heavy at its top, because ``check`` imports it.
    Random choices (a sample, a shuffle) have a seed among the parameters, so that five seeds of a
    run share the data.

    Raises
    ------
    InputError
        From ``load`` and ``peek``, where a file, split or column is not there; ``key`` names the
        parameter.
    EnvironmentProblem
        Where a name on the Hub can't be reached.
    """

    def __init__(self, params: P) -> None:
        self.params = params

    @abstractmethod
    def load(self, context: Context) -> Corpus:
        """Return the corpus."""

    def peek(self) -> Peek | None:
        """Return what is known without loading, or None where the data are not local."""
        return None

    def preview(self, rows: int) -> Preview | None:
        """Return about so many first rows with all columns; None where the source has no such thing.

        The parameters need not name any column yet. What has to be set for the source to be read is
        among the preview's settings.
        """
        return None

    def prepare(self, items: Items) -> Items:
        """Return new rows treated as ``load`` treats each row of its own (cleaned text, say)."""
        return items

    def source_tables(self, source: Mapping[str, Any]) -> Iterator[pa.Table] | None:
        """Yield every row of the source, in its order, with all its columns.

        An export puts its own columns next to them. The tables have one schema; a column of strings
        from a file that has no types says so in its field's metadata (``UNTYPED``).

        Parameters
        ----------
        source
            The corpus' ``source`` at the time of the run.

        Returns
        -------
        iterator of pyarrow.Table, or None
            None where the source has no columns.

        Raises
        ------
        InputError
            Where the source is not there, or not what it was.
        """
        return None
