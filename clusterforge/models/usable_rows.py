"""New rows of which some may have nothing to encode."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from clusterforge.contracts import (
    IntArray,
    Items,
    SomeItems,
    Table,
    Texts,
    columns_of,
    embedding_of,
    parts_of,
)
from clusterforge.contracts.items import of_parts
from clusterforge.formats import count, few_of, have
from clusterforge.models.frames import Values, outside
from clusterforge.models.image_rows import NO_IMAGE
from clusterforge.models.row_format import RowFormat, Rows
from clusterforge.models.rows import ReadingRemark, RowReader, as_items

if TYPE_CHECKING:
    import numpy.typing as npt

FEW = 3  # reasons that are named
NO_LABEL = ("its label is -1", "their label is -1")
NO_EMBEDDING = ("its embedding is nan", "their embeddings are nan")
NOT_COUNTED = ("it is not counted", "they are not counted")
Answers = TypeVar("Answers", bound="npt.NDArray[Any]")


class RowsLeftOut(ReadingRemark):
    """Rows have nothing to encode."""


@dataclass(frozen=True)
class UsableRows:
    """New rows of which some may have nothing to encode.

    Parameters
    ----------
    items
        Those that can be encoded; None where there are none.
    left_out
        For each row why it is not among them; None where it is.
    instead
        A row that can be encoded, where none can: what is known of it is of none of them.
    """

    items: Items | None
    left_out: tuple[str | None, ...]
    instead: Items | None = None

    @classmethod
    def of(
        cls, items: Items, there: npt.NDArray[np.bool_], left_out: tuple[str | None, ...]
    ) -> UsableRows:
        """Return those of some rows that are there.

        Parameters
        ----------
        items
            The rows.
        there
            bool (n,): which of them can be encoded.
        left_out
            As of the class.
        """
        if there.all():
            return cls(items, left_out)
        if not there.any():
            return cls(None, left_out, _one_instead(items))
        return cls(SomeItems(items, np.flatnonzero(there)), left_out)

    @property
    def kept(self) -> IntArray:
        """Where the rows that can be encoded stand: int64 (m,)."""
        return np.flatnonzero([reason is None for reason in self.left_out])

    def encodable(self, becomes: tuple[str, str] = NO_LABEL) -> Items:
        """Return the rows that can be encoded, else one instead; those that can't are counted in a warning.

        Parameters
        ----------
        becomes
            What a caller hears of such a row, and of several.

        Warns
        -----
        RowsLeftOut
            Where some can't.
        """
        lacks = [(n, reason) for n, reason in enumerate(self.left_out, 1) if reason is not None]
        gone, rows = len(lacks), count(len(self.left_out), "row")
        items = self.instead if self.items is None else self.items
        assert items is not None
        if not gone:
            return items
        short = [NO_IMAGE if reason.startswith(NO_IMAGE) else reason for _, reason in lacks]
        what = few_of([*dict.fromkeys(short)], FEW)
        first = f"{lacks[0][0]:,}{lacks[0][1].removeprefix(short[0])}"
        warnings.warn(
            RowsLeftOut(
                f"{gone:,} of {rows} {have(gone)} {what}, the first is row {first}: "
                f"{becomes[gone > 1]}"
            ),
            stacklevel=outside(),
        )
        return items

    def spread(self, values: Answers, missing: float) -> Answers:
        """Return values of the rows that can be encoded as values of all: (n, …)."""
        kept = self.kept
        if len(kept) == len(self.left_out):
            return values
        spread = np.full((len(self.left_out), *values.shape[1:]), missing, values.dtype)
        spread[kept] = values[: len(kept)]
        return spread  # type: ignore[return-value]


def usable_rows(
    rows: Rows, form: RowFormat, read: Values | None = None, *, gaps: bool = True
) -> UsableRows:
    """Return rows as items of a format, those without content left out.

    Parameters
    ----------
    rows, form, read
        As of :func:`as_items`.
    gaps
        Whether rows of a table may have gaps.

    Raises
    ------
    InputError
        As :func:`as_items`, but not for a row that has no text, no embedding or gaps, or an image that can't
        be read.
    """
    if not isinstance(rows, list) and isinstance(rows, Items):  # a data set has read them
        return UsableRows(as_items(rows, form, read), (None,) * len(rows))
    lacks: dict[int, str] = {}
    items = RowReader(form, read, lacks, gaps).items(rows)
    left_out = tuple(lacks.get(row) for row in range(len(items)))
    return UsableRows.of(items, np.array([lack is None for lack in left_out], bool), left_out)


def _one_instead(items: Items) -> Items:
    """Return one row that can be encoded, of the form of rows that can't."""
    embedding = embedding_of(items)
    parts = {name: _whole(part) for name, part in parts_of(items).items()}
    none = None if embedding is None else np.zeros((1, embedding.shape[1]), np.float32)
    return of_parts(parts, none)


def _whole(part: Items) -> Items:
    if part.content == "text":
        return Texts(["text"])
    first = np.arange(1)
    if part.content == "table":
        return Table(np.nan_to_num(np.asarray(part.take(first))), columns_of(part))
    return SomeItems(part, first)
