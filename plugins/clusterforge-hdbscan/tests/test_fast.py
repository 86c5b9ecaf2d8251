"""The backend ``fast``: the labels of the other one, from several threads."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from clusterforge_hdbscan.hdbscan import Hdbscan
from clusterforge_hdbscan.plugin import HdbscanParams
from sklearn.datasets import load_digits, make_blobs
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score

from clusterforge.contracts import Context, Points
from clusterforge.errors import InputError

ROWS = make_blobs(400, 5, centers=4, cluster_std=1.5, random_state=0)[0].astype(np.float32)


def fitted(rows: np.ndarray, backend: str, **params: object) -> tuple[Hdbscan, np.ndarray]:
    ours = Hdbscan(HdbscanParams(backend=backend, **params))
    return ours, ours.fit(Points(rows), Context(threads=2))


@pytest.mark.compiles
class TestInstalled:
    @pytest.fixture(autouse=True)
    def installed(self) -> None:
        pytest.importorskip("fast_hdbscan", reason="needs clusterforge-hdbscan[fast]")

    @pytest.mark.parametrize(
        "params",
        [
            {"min_cluster_size": 15},
            {"min_cluster_size": 15, "min_samples": 5, "metric": "cosine"},
            {"min_cluster_size": 10, "selection": "leaf"},
            {"min_cluster_size": 10, "epsilon": 2.0},
            {"min_cluster_size": 30, "allow_single_cluster": True},
        ],
        ids=str,
    )
    def test_labels_are_those_of_the_other_backend(self, params: dict[str, object]) -> None:
        _, labels = fitted(ROWS, "fast", **params)
        _, expected = fitted(ROWS, "hdbscan", **params)
        assert labels.dtype == np.int64
        assert adjusted_rand_score(expected, labels) >= 0.98
        assert labels.max() >= 0

    def test_digits_agree(self) -> None:
        rows = PCA(10, random_state=0).fit_transform(load_digits().data).astype(np.float32)
        _, labels = fitted(rows, "fast", min_cluster_size=15)
        _, expected = fitted(rows, "hdbscan", min_cluster_size=15)
        assert adjusted_rand_score(expected, labels) >= 0.98
        assert labels.max() > 4

    def test_wide_rows_agree(self) -> None:
        rows = make_blobs(600, 40, centers=6, cluster_std=3.0, random_state=0)[0].astype(np.float32)
        before = np.random.get_state()[1].tobytes()
        _, labels = fitted(rows, "fast", min_cluster_size=15)
        assert np.random.get_state()[1].tobytes() == before
        _, expected = fitted(rows, "hdbscan", min_cluster_size=15)
        assert adjusted_rand_score(expected, labels) >= 0.98
        assert np.array_equal(fitted(rows, "fast", min_cluster_size=15)[1], labels)

    def test_new_rows_and_soft_answers_agree(self) -> None:
        train, held_out = ROWS[:300], Points(ROWS[300:])
        one, _ = fitted(train, "fast", min_cluster_size=15)
        other, _ = fitted(train, "hdbscan", min_cluster_size=15)
        context = Context()
        labels, expected = one.predict(held_out, context), other.predict(held_out, context)
        assert adjusted_rand_score(expected, labels) >= 0.98
        scores = (it.outlier_scores(held_out, context) for it in (one, other))
        np.testing.assert_allclose(*scores, atol=1e-3)
        sums = (it.membership(held_out, context).sum(axis=1) for it in (one, other))
        np.testing.assert_allclose(*sums, atol=1e-3)

    def test_rows_that_never_split_are_noise_unlike_there(self) -> None:
        params = {"min_cluster_size": 200, "allow_single_cluster": True}
        assert fitted(ROWS, "fast", **params)[1].max() == -1
        assert fitted(ROWS, "hdbscan", **params)[1].max() == 0

    def test_same_bytes_again_and_threads_are_given_back(self) -> None:
        import numba

        before = numba.get_num_threads()
        first, second = (fitted(ROWS, "fast")[0].state().arrays for _ in range(2))
        assert all(first[name].tobytes() == second[name].tobytes() for name in first)
        assert numba.get_num_threads() == before

    @pytest.mark.parametrize("n", [2, 5, 6])
    def test_few_constant_and_equal_rows(self, n: int) -> None:
        for rows in (ROWS[:n], np.ones((n * 3, 5), np.float32), np.repeat(ROWS[:n], 6, axis=0)):
            ours, labels = fitted(rows, "fast")
            assert labels.shape == (len(rows),)
            assert len(ours.predict(Points(ROWS[:4]), Context())) == 4


def test_without_the_library_the_user_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fast_hdbscan", None)
    monkeypatch.setitem(sys.modules, "fast_hdbscan.hdbscan", None)
    with pytest.raises(InputError) as error:
        fitted(ROWS, "fast")
    assert error.value.key == "backend"
    assert error.value.remedy == "pip install clusterforge-hdbscan[fast]"


def test_a_metric_it_does_not_have() -> None:
    with pytest.raises(InputError, match="no metric") as error:
        fitted(ROWS, "fast", metric="manhattan")
    assert error.value.key == "metric"
