"""Rows as a matrix, as they are or scaled: columns, rows or the whole brought to one measure."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from clusterforge.builtin.frozen_encoders import FlattenParams, ScaleParams
from clusterforge.contracts import (
    Context,
    Encoder,
    FloatArray,
    Numbers,
    State,
    View,
    checked_rows,
    lost_in_float32,
)
from clusterforge.contracts.far import LARGEST, row_number
from clusterforge.errors import InputError
from clusterforge.numerics.arrays import DoubleArray, blocks


class Scale(Encoder[ScaleParams]):
    """x · factor + shift by column, or rows divided by their length; sign(x)·|x|^power before that.

    ``standard``: (x - mean) / std, the population's; ``minmax``: (x - min) / (max - min);
    ``range``: low + (high - low) · (x - min) / (max - min) with one minimum and maximum for the
    whole matrix. A constant column goes to 0, a constant matrix to ``low``. Values outside of what
    was fitted are not clipped.
    """

    def fit(self, view: View, context: Context) -> None:
        """Learn centre and width from the train split."""
        rows = checked_rows(view.exact_rows())
        width = rows.shape[1]
        if self.params.kind == "unit":
            self._shift, self._divisor = np.zeros(width), np.ones(width)
        elif self.params.kind == "standard":
            self._shift, self._divisor = column_moments(rows, self._raised)
        else:
            low, high = self._raised(rows.min(axis=0)), self._raised(rows.max(axis=0))
            if self.params.kind == "range":
                low, high = np.full(width, low.min()), np.full(width, high.max())
            self._shift, self._divisor = low, high - low
        self._divisor = np.where(self._divisor > 0, self._divisor, 1.0)
        if self.params.kind in ("unit", "range") and rows.dtype == np.float64:
            lost = lost_in_float32(self._scaled(rows))
            if lost:
                raise InputError(
                    f"columns {', '.join(map(str, lost[:5]))} (from 0) have no room in float32 next to the "
                    f"others by kind = {self.params.kind!r}",
                    key="kind",
                    remedy='set "standard", or use the encoder table',
                )

    def encode(self, view: View, context: Context) -> FloatArray:
        """Return the scaled rows: float32 (n, d)."""
        rows = checked_rows(view.exact_rows(), len(self._shift))
        result = np.empty(rows.shape, np.float32)
        for block in blocks(*rows.shape):
            scaled = self._scaled(rows[block])
            large = np.argwhere(np.isfinite(rows[block]) & ~(np.abs(scaled) <= LARGEST))
            if len(large):
                row, at = large[0].tolist()
                raise InputError(
                    f"column {at + 1}, {row_number(block.start + row)}: {rows[block][row, at]:g} is beyond "
                    "3.4e38 once it is scaled, the largest float32",
                    remedy="leave the row out, or make it a gap",
                )
            result[block] = scaled
        return result

    def _raised(self, values: Numbers) -> DoubleArray:
        exact = values.astype(np.float64)
        if self.params.power == 1.0:
            return exact
        raised: DoubleArray = np.copysign(np.abs(exact) ** self.params.power, exact)
        return raised

    def _scaled(self, rows: Numbers) -> DoubleArray:
        scaled = (self._raised(rows) - self._shift) / self._divisor
        if self.params.kind == "unit":
            length = np.linalg.norm(scaled, axis=1, keepdims=True)
            scaled /= np.where(length > 0, length, 1.0)
        elif self.params.kind == "range":
            scaled = self.params.low + (self.params.high - self.params.low) * scaled
        return scaled

    def state(self) -> State:
        """Return what is subtracted and what is divided by: float64 (d,) each."""
        return State({"shift": self._shift, "divisor": self._divisor})

    def restore(self, state: State) -> None:
        """Take up shift and divisor."""
        self._shift, self._divisor = state.arrays["shift"], state.arrays["divisor"]


def _exact(rows: Numbers) -> DoubleArray:
    return rows.astype(np.float64)


def column_moments(
    rows: Numbers, change: Callable[[Numbers], DoubleArray] = _exact
) -> tuple[DoubleArray, DoubleArray]:
    """Return mean and standard deviation of each column, as it is or changed: float64 (d,)."""
    total = np.zeros(rows.shape[1])
    for block in blocks(*rows.shape):
        total += change(rows[block]).sum(axis=0)
    mean = total / len(rows)
    squares = np.zeros(rows.shape[1])
    for block in blocks(*rows.shape):
        squares += np.square(change(rows[block]) - mean).sum(axis=0)
    std = np.sqrt(squares / len(rows))
    # What is left of a constant column is rounding, not spread.
    return mean, np.where(std > 1e-12 * np.abs(mean), std, 0.0)


class Flatten(Encoder[FlattenParams]):
    """Pixels divided by 255, channels last, one row an image; tables and embeddings unchanged."""

    def encode(self, view: View, context: Context) -> FloatArray:
        """Return the rows as a matrix: float32 (n, d)."""
        return checked_rows(view.rows(), least=0)
