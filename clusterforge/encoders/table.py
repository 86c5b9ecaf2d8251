"""Tables of numbers, categories, dates and gaps as an embedding in which every column counts as much."""

from __future__ import annotations

import numpy as np

from clusterforge.builtin.frozen_encoders import TableParams
from clusterforge.contracts import Column, Context, Encoder, FloatArray, State, View, columns_of
from clusterforge.encoders.column_parts import Categories, Dates, Numbers
from clusterforge.errors import InputError
from clusterforge.numerics.arrays import DoubleArray, blocks


class Table(Encoder[TableParams]):
    """Numbers scaled, categories as indicators, dates as time and as places in year, week and day.

    Each column of the table has a variance of 1 over the train rows, however many dimensions it becomes.
    A gap in a number or a date stands at the centre of its column; a gap in a category is a category of its
    own where the train rows have gaps. A category that no train row has stands where the rare ones
    do, else at the mean of all rows. Numbers and dates further than 1e9 widths from the centre stand at 1e9.

    Raises
    ------
    InputError
        From ``fit``, where no column has two different values; from ``encode``, where new rows have
        another number of columns, or infinite values.
    """

    def fit(self, view: View, context: Context) -> None:
        """Learn centres, widths and categories from the train split."""
        values = self._values(view)
        columns = columns_of(view.items) or tuple(Column("") for _ in range(values.shape[1]))
        self._width = values.shape[1]
        plain = [i for i, column in enumerate(columns) if column.kind in ("number", "ordinal")]
        self._start()
        self._numbers.fit(values, np.array(plain, dtype=np.int64))
        self._dates.fit(values, columns, self.params.cyclic)
        self._categories.fit(values, columns)

    def encode(self, view: View, context: Context) -> FloatArray:
        """Return the rows: float32 (n, d)."""
        values = self._values(view)
        if values.shape[1] != self._width:
            raise InputError(
                f"rows have {values.shape[1]:,} columns; it was fitted on {self._width:,}"
            )
        parts = [self._encoded(values[block]) for block in blocks(*values.shape)]
        return np.concatenate(parts) if parts else self._encoded(values)

    def _encoded(self, values: DoubleArray) -> FloatArray:
        parts = [
            *self._numbers.encode(values),
            self._dates.encode(values),
            self._categories.encode(values),
        ]
        return np.concatenate(parts, axis=1).astype(np.float32)

    def _values(self, view: View) -> DoubleArray:
        values = view.exact_rows().astype(np.float64, copy=False)
        infinite = np.isinf(values).any(axis=1)
        if infinite.any():
            raise InputError(
                f"{int(infinite.sum()):,} of {len(values):,} rows hold infinity, the first is row "
                f"{int(infinite.argmax()) + 1}",
                remedy="drop or fill them in the data set",
            )
        return values

    def _start(self) -> None:
        self._numbers, self._dates = Numbers(self.params), Dates()
        self._categories = Categories(self.params)

    def state(self) -> State:
        """Return what was learnt of numbers, dates and categories."""
        return State(
            {
                **self._numbers.state(),
                **self._dates.state(),
                **self._categories.state(),
                "width": np.array([self._width]),
            }
        )

    def restore(self, state: State) -> None:
        """Take up what was learnt."""
        self._start()
        for part in (self._numbers, self._dates, self._categories):
            part.restore(state.arrays)
        self._width = int(state.arrays["width"][0])
