"""Data frames as files of the same rows are read: a frame holds what its file has as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from clusterforge import file_keys
from clusterforge.builtin.datasets import ColumnParams, FilesParams
from clusterforge.contracts import Column, Corpus
from clusterforge.datasets import columns
from clusterforge.datasets.assembly import assemble
from clusterforge.datasets.row_numbers import without_row_numbers
from clusterforge.datasets.selection import TRAIN
from clusterforge.datasets.table_files import form_of
from clusterforge.datasets.table_rows import Format, Rows
from clusterforge.datasets.written_values import as_numbers, as_written, unforced, without_gaps
from clusterforge.tables.arrow import is_text

P = TypeVar("P", bound=ColumnParams)
CHOICES = ("limit", "limit_test", "balanced", "test", "test_fraction", "validation")
"""Parameters that say which rows are used: of a data frame all are."""


def read_table(table: Any, params: ColumnParams) -> Corpus | None:
    """Return the rows of a data frame, all in train; None where nothing says what its columns hold.

    Parameters
    ----------
    table
        The data frame, as an Arrow table.
    params
        What its columns hold, and how values are written. Images are none of a table's.

    Raises
    ------
    InputError
        Where a column is not there, or holds what can't be used.
    """
    if not columns.contents(params) or params.image is not None:
        return None
    own = _of_frame(params, table.column_names)
    if isinstance(own, FilesParams):
        # A file that has types keeps texts that look like numbers; a folder may be of any files.
        parsed = file_keys.kind(Path(own.path)) not in (*file_keys.TYPED, *file_keys.JSON)
        table = _as_written(table, form_of(own), parsed=parsed)
    rows = columns.with_lists(Rows.whole(columns.with_fields(table, own)), own)
    splits, remarks = without_row_numbers({TRAIN: rows}, own)
    return assemble(columns.used(splits, own), own, {"from": "a data frame"}, remarks=remarks)


def _of_frame(params: P, there: Sequence[str]) -> P:
    """Return parameters that ask for every row, and for no label, id or embedding that is not there.

    Rows are not called by an id, which a sample of rows may hold twice.
    """
    changes: dict[str, object] = {
        name: field.default
        for name, field in type(params).model_fields.items()
        if name in CHOICES
        or (name in ("label", "embedding") and getattr(params, name) not in there)
    }
    if params.id in there and params.features is not None:
        changes["drop"] = (*params.drop, params.id)
    return params.model_copy(update={**changes, "id": None})


def read_values(table: Any, params: FilesParams, known: Sequence[Column]) -> Any:
    """Return new rows with numbers and gaps in place of texts that stand for them.

    Parameters
    ----------
    table
        Columns of new rows, as an Arrow table.
    params
        How values are written.
    known
        What those are that are features.

    Raises
    ------
    InputError
        Where a value is not written so.
    """
    single = [column for column in known if column.place is None]
    form = replace(
        form_of(params),
        columns=None,
        numbers={column.source for column in single if column.kind == "number"},
        as_text={*columns.as_text(params), *(c.source for c in single if c.coded)},
        label=None,
    )
    table = _as_written(table, form)
    return columns.with_lists(Rows.whole(table), params).table


def _as_written(table: Any, form: Format, *, parsed: bool = False) -> Any:
    """Return a table with its gaps null and its numbers as numbers, as a csv file of it would be read.

    Parameters
    ----------
    table
        The columns.
    form
        How values are written.
    parsed
        Whether texts that all are numbers become numbers; else only those do of which a sign for no value
        had made texts.
    """
    table, _ = unforced(table, form.csv_text)
    read = as_written(table, form, None)
    for at, field in enumerate(read.schema):
        if not is_text(field.type) or field.name in form.csv_text:
            continue
        values = read.column(at)
        if parsed:
            values = without_gaps(values)
        elif values.null_count == table.column(at).null_count:
            continue
        numbers = None if values.null_count == len(values) else as_numbers(values, form.decimal)
        if numbers is not None:
            read = read.set_column(at, field.name, numbers)
    return read
