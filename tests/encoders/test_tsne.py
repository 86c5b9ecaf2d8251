from __future__ import annotations

import numpy as np
import pytest
from sklearn.manifold import trustworthiness

from clusterforge.builtin.frozen_encoders import SPECS, TsneParams
from clusterforge.contracts import Context, Table, View
from clusterforge.encoders.projections import Tsne
from clusterforge.errors import InputError

RNG = np.random.default_rng(0)
BLOBS = np.concatenate([RNG.normal(size=(25, 6)) + 12 * k for k in range(3)]).astype(np.float32)


def placed(rows: np.ndarray, seed: int = 0, threads: int = 1, **params: object) -> np.ndarray:
    encoder = Tsne(TsneParams(**{"iterations": 250, **params}))
    return encoder.fit_encode(
        View(Table(rows.astype(np.float32))), Context(seed=seed, threads=threads)
    )


def test_keeps_neighbours() -> None:
    answer = placed(BLOBS, perplexity=10.0, iterations=600)
    assert answer.dtype == np.float32
    assert trustworthiness(BLOBS, answer, n_neighbors=5) > 0.9


@pytest.mark.parametrize(
    ("params", "threads"), [({}, 2), ({"init": "random"}, 1), ({"metric": "cosine"}, 1)]
)
def test_one_seed_gives_the_same_bytes(params: dict[str, object], threads: int) -> None:
    state = np.random.get_state()[1].tobytes()
    first, second = (placed(BLOBS, threads=threads, **params).tobytes() for _ in range(2))
    assert first == second
    assert np.random.get_state()[1].tobytes() == state


def test_random_start_depends_on_the_seed() -> None:
    first, second = (placed(BLOBS, seed=seed, init="random") for seed in (0, 1))
    assert not np.allclose(first, second)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("width", [1, 6])
def test_few_rows(n: int, width: int) -> None:
    answer = placed(BLOBS[:n, :width])
    assert answer.shape == (n, 2)
    assert np.isfinite(answer).all()


@pytest.mark.parametrize("dim", [1, 3])
def test_constant_and_duplicate_rows(dim: int) -> None:
    assert not placed(np.ones((20, 3)), dim=dim).any()
    assert np.isfinite(placed(np.repeat(BLOBS[:3], 9, axis=0), dim=dim)).all()


def test_serves_projections_only() -> None:
    (spec,) = (spec for spec in SPECS if spec.name == "tsne")
    assert not spec.inductive
    with pytest.raises(InputError, match="can't place rows"):
        Tsne(TsneParams()).encode(View(Table(BLOBS)), Context())


def test_nan_is_refused() -> None:
    with pytest.raises(InputError, match="NaN"):
        placed(np.full((5, 2), np.nan))
