"""Data frames as files of the same rows are read: a frame holds what its file has as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from clusterforge.builtin.datasets import FilesParams
from clusterforge.contracts import Column
from clusterforge.datasets import columns
from clusterforge.datasets.table_files import form_of
from clusterforge.datasets.table_rows import Rows
from clusterforge.datasets.written_values import as_written, unforced


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
    table, _ = unforced(table, form.as_text)
    table = as_written(table, form, None)
    return columns.with_lists(Rows.whole(table), params).table
