from __future__ import annotations

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from clusterforge.builtin.frozen_encoders import DiscriminantParams
from clusterforge.contracts import Context, Table, View
from clusterforge.encoders.projections import Discriminant, directions
from clusterforge.errors import InputError
from clusterforge.numerics.contingency import accuracy, contingency
from clusterforge.numerics.kmeans import kmeans


def stripes(n: int = 600, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return three clusters side by side, each drawn out along a direction that all share."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(3, size=n)
    rows = rng.normal(size=(n, 6))
    rows[:, 0] += truth * 7
    rows[:, 1] *= 4.5
    turn, _ = np.linalg.qr(np.random.default_rng(5).normal(size=(6, 6)))
    return (rows @ turn + 30).astype(np.float32), truth


def encoder(**params: object) -> Discriminant:
    return Discriminant(DiscriminantParams(**{"n_clusters": 3, **params}))


def view(rows: np.ndarray) -> View:
    return View(Table(rows))


def test_directions_are_those_of_discriminant_analysis() -> None:
    rows, truth = stripes()
    values = rows.astype(np.float64)
    plain = directions(values - values.mean(axis=0), truth, 3, 1e-12)
    exact = LinearDiscriminantAnalysis(solver="eigen").fit(values, truth).scalings_[:, :2]
    for found, wanted in zip(plain.T, exact.T, strict=True):
        cosine = found @ wanted / np.linalg.norm(found) / np.linalg.norm(wanted)
        assert abs(cosine) == pytest.approx(1, abs=1e-6)


def test_variance_within_clusters_becomes_one() -> None:
    rows, truth = stripes()
    values = rows - rows.mean(axis=0, dtype=np.float64)
    placed = values @ directions(values, truth, 3, 1e-12)
    within = placed - np.stack([placed[truth == c].mean(axis=0) for c in range(3)])[truth]
    np.testing.assert_allclose(within.T @ within / len(within), np.eye(2), atol=1e-6)


def test_clusters_that_share_a_long_axis_are_told_apart() -> None:
    train, truth = stripes()
    other, other_truth = stripes(300, seed=1)
    ours = encoder(rounds=3)
    embedding = ours.fit_encode(view(train), Context())
    assert embedding.shape == (600, 2)
    assert embedding.dtype == np.float32
    before = float(accuracy(contingency(truth, kmeans(train, 3, seed=0).labels).counts))
    after = float(accuracy(contingency(truth, kmeans(embedding, 3, seed=0).labels).counts))
    assert after > 0.97 > before
    held_out = ours.encode(view(other), Context())
    assert (
        float(accuracy(contingency(other_truth, kmeans(held_out, 3, seed=0).labels).counts)) > 0.97
    )


@pytest.mark.parametrize("k", [1, 8])
def test_a_number_of_clusters_without_directions_is_the_users_error(k: int) -> None:
    with pytest.raises(InputError) as caught:
        encoder(n_clusters=k).fit(view(stripes()[0]), Context())
    assert caught.value.key == "n_clusters"


def test_fewer_distinct_rows_than_clusters_are_the_users_error() -> None:
    with pytest.raises(InputError) as caught:
        encoder().fit(view(np.ones((10, 4), np.float32)), Context())
    assert caught.value.key == "n_clusters"


def test_equal_rows_within_clusters() -> None:
    rows = np.repeat(np.eye(3, 5, dtype=np.float32) * 9, 7, axis=0)
    embedding = encoder().fit_encode(view(rows), Context())
    assert np.isfinite(embedding).all()
    assert len(np.unique(embedding.round(3), axis=0)) == 3


def test_the_number_may_be_found() -> None:
    rows, _ = stripes(200)
    assert encoder(n_clusters="auto").fit_encode(view(rows), Context()).shape[1] >= 1
