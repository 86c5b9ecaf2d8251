"""Branches of encoders side by side: their embeddings next to one another, each with its weight."""

from __future__ import annotations

import numpy as np

from clusterforge.builtin.frozen_encoders import JoinParams
from clusterforge.contracts import Context, Encoder, FloatArray, State, View, checked_rows
from clusterforge.encoders.scale import column_moments
from clusterforge.errors import InputError


class Join(Encoder[JoinParams]):
    """The branches' embeddings, centred, and scaled so that squared distances keep the weights."""

    def fit(self, view: View, context: Context) -> None:
        """Learn the mean of each column, and the variance of each branch."""
        rows = checked_rows(view.rows(), least=1)
        widths = view.widths or (rows.shape[1],)
        weights = self.params.weights or (1.0,) * len(widths)
        if len(weights) != len(widths):
            raise InputError(
                f"{len(weights)} weights for {len(widths)} branches",
                key="weights",
                remedy="give one for each branch, in their order",
            )
        self.mean, deviation = column_moments(rows)
        variance = deviation**2
        ends = np.cumsum(widths)
        sums = [variance[end - width : end].sum() for end, width in zip(ends, widths, strict=True)]
        factors = [
            np.sqrt(weight / total) if total > 0 else 0.0
            for weight, total in zip(weights, sums, strict=True)
        ]
        self.factor = np.repeat(factors, widths)

    def encode(self, view: View, context: Context) -> FloatArray:
        """Return the rows: float32 (n, sum of the branches' dimensions)."""
        rows = checked_rows(view.rows(), len(self.mean))
        joined: FloatArray = ((rows - self.mean) * self.factor).astype(np.float32)
        return joined

    def state(self) -> State:
        """Return mean and factor of each column."""
        return State({"mean": self.mean, "factor": self.factor})

    def restore(self, state: State) -> None:
        """Take them back."""
        self.mean, self.factor = state.arrays["mean"], state.arrays["factor"]
