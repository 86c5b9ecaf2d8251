"""The first rows of a source as they are read, before any column is chosen: what ``init`` looks at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clusterforge.specs import Setting

if TYPE_CHECKING:
    import pyarrow as pa

    from clusterforge.contracts.items import ItemKind


@dataclass(frozen=True)
class Preview:
    """What is seen of a source at a glance.

    Parameters
    ----------
    table
        The first rows of the train split with all their columns; None where the source has no columns.
    rows
        How many rows the train split has; None where that is not known.
    content
        What a row holds, where no column has to be named for it.
    class_names
        The names that the values of a column index, where the source has them.
    index
        The columns that are an index of the rows, where the source says so.
    settings
        Keys of the data set without which it can't be read, each with its reason.
    images
        The columns of texts that are paths of images that are there.
    """

    table: pa.Table | None
    rows: int | None
    content: ItemKind | None = None
    class_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    index: tuple[str, ...] = ()
    settings: tuple[Setting, ...] = ()
    images: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether the table holds every row."""
        return self.table is not None and self.table.num_rows == self.rows
