"""What a plugin may leave out: the least that each kind has to write."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from clusterforge.contracts import (
    Clusterer,
    Context,
    Details,
    Encoder,
    FitReport,
    Points,
    State,
    Table,
    View,
)
from clusterforge.errors import InputError
from clusterforge.params import Params

ROWS = np.zeros((4, 2), np.float32)


class Nothing(Params):
    pass


class Once(Encoder[Nothing]):
    def fit_encode(self, view: View, context: Context) -> Any:
        return view.rows()


class Fits(Clusterer[Nothing]):
    def fit(self, points: Points, context: Context) -> Any:
        return np.zeros(len(points), np.int64)


def test_an_encoder_that_is_not_inductive_writes_fit_encode_alone() -> None:
    once, view = Once(Nothing()), View(Table(ROWS))
    assert np.array_equal(once.fit_encode(view, Context()), ROWS)
    with pytest.raises(InputError, match="Once can't encode rows it was not fitted on"):
        once.encode(view, Context())
    assert (once.report(), once.state()) == (FitReport(), State())
    assert once.reconstruct(view, Context()) is None


def test_a_clusterer_that_does_not_predict_writes_fit_alone() -> None:
    fits, points = Fits(Nothing()), Points(ROWS)
    assert fits.fit(points, Context()).tolist() == [0, 0, 0, 0]
    fits.restore(fits.state())
    assert (fits.details(), fits.warnings(), fits.leaves(points, Context())) == (
        Details(),
        (),
        None,
    )
    with pytest.raises(InputError, match="Fits can't divide its clusters further"):
        fits.cut(points, Context(), n_clusters=2)
