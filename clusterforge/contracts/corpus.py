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
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from clusterforge.contracts.columns import Column
from clusterforge.contracts.context import Context
from clusterforge.contracts.items import (
    BLOCK,
    ItemKind,
    Items,
    SomeItems,
    columns_of,
    embedding_of,
    parts_of,
    taken_in_blocks,
)
from clusterforge.contracts.preview import Preview
from clusterforge.errors import bounded
from clusterforge.numerics.arrays import FloatArray as FloatArray
from clusterforge.numerics.arrays import IntArray as IntArray
from clusterforge.numerics.stored_rows import row_blocks
from clusterforge.params import Params
from clusterforge.pixels import PixelFormat as PixelFormat

if TYPE_CHECKING:
    import pyarrow as pa

P = TypeVar("P", bound=Params)

UNTYPED = {b"untyped": b"1"}
CLASS_NAMES = b"class_names"
"""Key of a field's metadata: what its integers stand for, as a JSON list."""


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
            for _, taken in taken_in_blocks(items):
                for one in [taken] if isinstance(taken, np.ndarray) else taken:
                    data = one.encode() if isinstance(one, str) else one.tobytes()
                    shape = "" if isinstance(one, str) else str(one.shape)
                    digest.update(f"|{len(data)}{shape}|".encode())
                    digest.update(data)
        embedding = embedding_of(self.items)
        if embedding is not None:
            digest.update(f"|{embedding.shape}|".encode())
            for _, block in row_blocks(embedding):
                digest.update(np.ascontiguousarray(block).tobytes())
        if self.labels is not None:
            digest.update(self.labels.astype(np.int64).tobytes())
        ids = self.ids.astype(str) if self.ids.dtype.kind in "OU" else self.ids
        for start in range(0, len(ids), BLOCK):
            lines = "\n".join(map(str, ids[start : start + BLOCK].tolist()))
            digest.update(("\n" * (start > 0) + lines).encode())
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
    asked
        Those of the remarks that say only what a parameter asks for: a run notes them, and does not warn.
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
    asked: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if "train" not in self.splits:
            raise ValueError("a corpus needs a split named 'train'")
        object.__setattr__(self, "remarks", tuple(map(bounded, self.remarks)))
        object.__setattr__(self, "asked", tuple(map(bounded, self.asked)))

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
    shape
        Shape of what encoders start from, as far as the first rows tell: (height, width, channels) of an
        image, (columns,) of a table or an embedding.
    characters
        Mean length of the first texts.
    about
        About how many rows of each split there are, where only reading all would tell.
    most
        How many rows each split has at most, where some may turn out to be left out.
    in_files
        Whether the rows will stay in files, of which blocks are read.
    """

    rows: Mapping[str, int | None] = field(default_factory=dict)
    content: ItemKind | None = None
    columns: tuple[str, ...] | None = None
    n_classes: int | None = None
    source: str = ""
    labelled: bool | None = None
    features: tuple[Column, ...] = ()
    embedded: bool = False
    shape: tuple[int, ...] | None = None
    characters: float | None = None
    about: Mapping[str, int | None] = field(default_factory=dict)
    most: Mapping[str, int | None] = field(default_factory=dict)
    in_files: bool = False


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

    def read_values(self, table: pa.Table, columns: Sequence[Column]) -> pa.Table:
        """Return new rows of a data frame with their values read as ``load`` reads those of its files.

        Gaps, decimals and units are what the parameters say. Rows and columns stay as they are.

        Parameters
        ----------
        table
            Columns of new rows.
        columns
            What those are that a run has as features.

        Raises
        ------
        InputError
            Where a value is not written as the parameters say.
        """
        return table

    def read_table(self, table: pa.Table) -> Corpus | None:
        """Return the rows of a data frame as ``load`` returns those of its source, all of them in train.

        Estimators are fitted on them. Columns that tell of a row and are none of its content (label, id) may
        be absent, and no sample is drawn.

        Returns
        -------
        Corpus or None
            None where the parameters do not say what columns hold.

        Raises
        ------
        InputError
            Where a column is not there, or a value is not written as the parameters say.
        """
        return None

    def source_tables(self, source: Mapping[str, Any]) -> Iterator[pa.Table] | None:
        """Yield every row of the source, in its order, with all its columns.

        An export puts its own columns next to them. The tables have one schema; a column of strings
        from a file that has no types says so in its field's metadata (``UNTYPED``), and one of
        class numbers what they stand for (``CLASS_NAMES``).

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
