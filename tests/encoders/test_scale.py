from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError
from sklearn.preprocessing import MinMaxScaler, Normalizer, StandardScaler

from clusterforge.builtin.frozen_encoders import ScaleParams
from clusterforge.contracts import Context, Table, View
from clusterforge.encoders.scale import Scale
from clusterforge.errors import InputError

RNG = np.random.default_rng(0)
ROWS = (RNG.normal(size=(60, 5)) * [1, 10, 1e-3, 1e4, 1] + [0, 5, 1e3, -1e4, 1]).astype(np.float32)
OTHER = (ROWS[:7] * 1.5).astype(np.float32)


def view(rows: np.ndarray) -> View:
    return View(Table(rows))


@pytest.mark.parametrize(
    ("kind", "theirs"),
    [("standard", StandardScaler()), ("minmax", MinMaxScaler()), ("unit", Normalizer())],
)
def test_equals_scikit_learn(kind: str, theirs: object) -> None:
    ours = Scale(ScaleParams(kind=kind))
    expected = theirs.fit_transform(ROWS.astype(np.float64))
    np.testing.assert_allclose(ours.fit_encode(view(ROWS), Context()), expected, atol=1e-5)
    other = theirs.transform(OTHER.astype(np.float64))
    np.testing.assert_allclose(ours.encode(view(OTHER), Context()), other, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("kind", "theirs"),
    [("standard", StandardScaler()), ("minmax", MinMaxScaler()), ("unit", Normalizer())],
)
def test_values_are_raised_to_the_power_with_their_sign(kind: str, theirs: object) -> None:
    def raised(rows: np.ndarray) -> np.ndarray:
        return np.sign(rows) * np.sqrt(np.abs(rows.astype(np.float64)))

    ours = Scale(ScaleParams(kind=kind, power=0.5))
    expected = theirs.fit_transform(raised(ROWS))
    np.testing.assert_allclose(ours.fit_encode(view(ROWS), Context()), expected, atol=1e-5)
    other = theirs.transform(raised(OTHER))
    np.testing.assert_allclose(ours.encode(view(OTHER), Context()), other, rtol=1e-5, atol=1e-5)


def test_range_keeps_proportions_between_columns() -> None:
    pixels = np.array([[0.0, 0.5], [0.25, 1.0]], dtype=np.float32)
    answer = Scale(ScaleParams(kind="range")).fit_encode(view(pixels), Context())
    np.testing.assert_array_equal(answer, [[-1, 0], [-0.5, 1]])
    other = Scale(ScaleParams(kind="range", low=2.0, high=4.0)).fit_encode(view(pixels), Context())
    np.testing.assert_array_equal(other, [[2, 3], [2.5, 4]])


@pytest.mark.parametrize("kind", ["standard", "minmax", "unit", "range"])
def test_constant_zero_and_single_rows(kind: str) -> None:
    for rows in (np.full((3, 2), 7.1, np.float32), np.zeros((3, 2), np.float32), ROWS[:1]):
        answer = Scale(ScaleParams(kind=kind)).fit_encode(view(rows), Context())
        assert np.isfinite(answer).all()
        assert answer.shape == rows.shape
        if kind in {"standard", "minmax"}:
            assert not answer.any()


@pytest.mark.parametrize("kind", ["standard", "minmax", "unit", "range"])
def test_restored_gives_the_same(kind: str) -> None:
    ours, fresh = Scale(ScaleParams(kind=kind)), Scale(ScaleParams(kind=kind))
    ours.fit(view(ROWS), Context())
    fresh.restore(ours.state())
    assert np.array_equal(ours.encode(view(OTHER), Context()), fresh.encode(view(OTHER), Context()))


def test_refusals() -> None:
    with pytest.raises(ValidationError, match="low must be less than high"):
        ScaleParams(kind="range", low=1.0, high=1.0)
    with pytest.raises(InputError, match="NaN"):
        Scale(ScaleParams()).fit(view(np.full((2, 2), np.nan, np.float32)), Context())
    ours = Scale(ScaleParams())
    ours.fit(view(ROWS), Context())
    with pytest.raises(InputError, match="fitted on 5"):
        ours.encode(view(ROWS[:, :4].copy()), Context())


def test_a_new_value_beyond_float32_once_scaled_is_one_error() -> None:
    scale = Scale(ScaleParams())
    scale.fit(view(np.array([[0, 0], [1e-6, 1]], dtype=np.float64)), Context())
    with pytest.raises(
        InputError, match=r"^column 1, row 2: 1e\+36 is beyond 3.4e38 once it is scaled"
    ):
        scale.encode(view(np.array([[0, 0], [1e36, 0]], dtype=np.float64)), Context())
