"""An encoder that places rows of its fit otherwise than later ones, as UMAP does."""

from __future__ import annotations

from typing import Any

import numpy as np

from clusterforge.contracts import Context, Encoder, FloatArray, State, View
from clusterforge.params import Params
from clusterforge.specs import EncoderSpec


class PullParams(Params):
    """No parameters."""


class Pull(Encoder[Any]):
    """Later rows lie somewhat apart from those of the fit."""

    def fit(self, view: View, context: Context) -> None:
        self.rows = view.rows()

    def encode(self, view: View, context: Context) -> FloatArray:
        rows = view.rows()
        later = not any((row == self.rows).all(axis=1).any() for row in rows[:3])
        moved: FloatArray = (rows + (1.5 if later else 0)).astype(np.float32)
        return moved

    def state(self) -> State:
        return State({"rows": self.rows})

    def restore(self, state: State) -> None:
        self.rows = state.arrays["rows"]


SPEC = EncoderSpec(
    "pull",
    "Rows of the fit, apart.",
    PullParams,
    "tests.taxonomy.pulled:Pull",
    takes=frozenset({"embedding", "table"}),
    keeps="neighbors",
)
