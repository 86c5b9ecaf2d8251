"""Rows smoothed over the graph of their nearest neighbours."""

from __future__ import annotations

import numpy as np

from clusterforge.builtin.frozen_encoders import SmoothParams
from clusterforge.contracts import Context, Encoder, FloatArray, State, View, checked_rows
from clusterforge.numerics.near import near
from clusterforge.numerics.neighbors import neighbor_mean

ROWS = 4096


class Smooth(Encoder[SmoothParams]):
    """x ← (1 - w) x + w · mean of the k training rows nearest to x.

    What is particular to one row is averaged out, and what it shares with its neighbours stays. A
    training row is among its own neighbours, so it comes out the same whenever it is encoded. In
    several rounds, each among the rows that the one before has made, what is shared reaches further.
    The state holds the training rows of each round.

    References
    ----------
    Wu et al., "Simplifying graph convolutional networks", ICML 2019, section 2: one step of the
    feature propagation, on a graph of nearest neighbours.
    """

    def fit(self, view: View, context: Context) -> None:
        """Remember the train split, and what each round but the last makes of it."""
        self._train = [checked_rows(view.rows()).copy()]
        for _ in range(1, self.params.rounds):
            self._train.append(self._moved(self._train[-1], self._train[-1], context))

    def encode(self, view: View, context: Context) -> FloatArray:
        """Return the rows, smoothed: float32 (n, d)."""
        rows = checked_rows(view.rows(), self._train[0].shape[1])
        for train in self._train:
            rows = self._moved(rows, train, context)
        return rows

    def _moved(self, rows: FloatArray, train: FloatArray, context: Context) -> FloatArray:
        """Return rows after one round among training rows: float32 (n, d)."""
        k, weight = min(self.params.neighbors, len(train)), np.float32(self.params.weight)
        result = np.empty(rows.shape, dtype=np.float32)
        if not len(rows):
            return result
        found = near(train, k, queries=rows, exclude_self=False, device=context.device)
        for start in range(0, len(rows), ROWS):
            part = rows[start : start + ROWS]
            mean = neighbor_mean(train, found.indices[start : start + ROWS])
            result[start : start + ROWS] = part + weight * (mean - part)
            context.progress(start + len(part), len(rows), "")
        return result

    def state(self) -> State:
        """Return the training rows of each round: float32 (n, d)."""
        return State({f"train.{number}": rows for number, rows in enumerate(self._train)})

    def restore(self, state: State) -> None:
        """Take up the training rows."""
        self._train = [state.arrays[f"train.{number}"] for number in range(self.params.rounds)]
