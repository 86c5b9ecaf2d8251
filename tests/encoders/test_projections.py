from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA

from clusterforge.builtin.frozen_encoders import PcaParams
from clusterforge.contracts import Context, Table, View
from clusterforge.encoders import projections
from clusterforge.encoders.projections import Pca
from clusterforge.errors import InputError


def made(n: int, d: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(n, d)) * np.linspace(3, 0.5, d) + 100).astype(np.float32)


def view(values: np.ndarray) -> View:
    return View(Table(values))


@pytest.mark.parametrize("shape", [(80, 12), (12, 80), (20, 20)])
@pytest.mark.parametrize("whiten", [False, True])
def test_equals_scikit_learn(
    shape: tuple[int, int], whiten: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projections, "blocks", partial(projections.blocks, values=100))
    train, other = made(*shape), made(5, shape[1], seed=1)
    theirs = PCA(5, whiten=whiten, svd_solver="full").fit(train.astype(np.float64))
    ours = Pca(PcaParams(components=5, whiten=whiten))
    np.testing.assert_allclose(
        ours.fit_encode(view(train), Context()),
        theirs.transform(train.astype(np.float64)),
        atol=2e-4,
    )
    np.testing.assert_allclose(
        ours.encode(view(other), Context()), theirs.transform(other.astype(np.float64)), atol=2e-4
    )
    np.testing.assert_allclose(ours.state().arrays["variance"], theirs.explained_variance_)


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 12), st.integers(2, 12), st.integers(0, 1000))
def test_all_components_keep_distances(n: int, d: int, seed: int) -> None:
    train = made(n, d, seed)
    placed = Pca(PcaParams(components=d)).fit_encode(view(train), Context())

    def distances(points: np.ndarray) -> np.ndarray:
        points = points.astype(np.float64)
        return np.linalg.norm(points[:, None] - points[None], axis=2)

    np.testing.assert_allclose(distances(placed), distances(train), atol=1e-3)


@pytest.mark.parametrize("whiten", [False, True])
@pytest.mark.parametrize(
    "values",
    [made(1, 4), np.full((6, 4), 0.1, np.float32), np.repeat(made(2, 4), 5, axis=0)],
    ids=["one row", "constant", "duplicates"],
)
def test_directions_without_variance_are_zero(values: np.ndarray, whiten: bool) -> None:
    ours = Pca(PcaParams(components=3, whiten=whiten))
    placed = ours.fit_encode(view(values), Context())
    assert placed.shape == (len(values), 3)
    rank = len(np.unique(values, axis=0)) - 1
    assert not placed[:, rank:].any()
    assert not ours.encode(view(made(4, 4, seed=3)), Context())[:, rank:].any()


def test_restored_gives_the_same_bytes() -> None:
    ours, fresh = Pca(PcaParams(components=3)), Pca(PcaParams(components=3))
    before = ours.fit_encode(view(made(30, 6)), Context())
    fresh.restore(ours.state())
    assert fresh.encode(view(made(30, 6)), Context()).tobytes() == before.tobytes()


def test_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="at most 3") as caught:
        Pca(PcaParams(components=4)).fit(view(made(9, 3)), Context())
    assert caught.value.key == "components"
    monkeypatch.setattr(projections, "LARGEST_SIDE", 5)
    with pytest.raises(InputError, match="too many for exact"):
        Pca(PcaParams()).fit(view(made(9, 6)), Context())
    with pytest.raises(InputError, match="NaN"):
        Pca(PcaParams(components=1)).fit(view(np.full((2, 2), np.nan, np.float32)), Context())
