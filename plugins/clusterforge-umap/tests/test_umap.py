from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from clusterforge_umap import plugin
from clusterforge_umap.plugin import UmapParams, clusterforge_encoders
from clusterforge_umap.umap import Umap, memberships
from numba.core.caching import UserProvidedCacheLocator

from clusterforge.contracts import Context, Table, View
from clusterforge.errors import InputError

RNG = np.random.default_rng(0)
CENTRES = RNG.normal(size=(3, 8)) * 9
TRUTH = np.repeat(np.arange(3), 30)
TRAIN = (CENTRES[TRUTH] + RNG.normal(size=(90, 8))).astype(np.float32)
OTHER = (CENTRES[TRUTH] + RNG.normal(size=(90, 8))).astype(np.float32)


def view(rows: np.ndarray) -> View:
    return View(Table(rows.astype(np.float32)))


def fitted(rows: np.ndarray, seed: int = 0, **params: object) -> Umap:
    ours = Umap(UmapParams(**{"neighbors": 8, "epochs": 40, **params}))
    ours.fit(view(rows), Context(seed=seed))
    return ours


@pytest.fixture(scope="module")
def blobs() -> Umap:
    return fitted(TRAIN)


def test_places_are_the_librarys_and_keep_groups(blobs: Umap) -> None:
    from umap import UMAP

    places = blobs.encode(view(TRAIN), Context())
    assert places.dtype == np.float32
    model = UMAP(n_neighbors=8, n_epochs=40, random_state=0, n_jobs=1)
    assert np.array_equal(places, model.fit_transform(TRAIN))
    far = np.linalg.norm(places[:, None] - places[None], axis=2)
    same = TRUTH[:, None] == TRUTH[None]
    assert far[same].max() < far[~same].min()


def test_new_rows_are_where_the_librarys_transform_starts(blobs: Umap) -> None:
    from umap import UMAP

    model = UMAP(n_neighbors=8, n_epochs=40, random_state=0, n_jobs=1).fit(TRAIN)
    model._initial_alpha = 0.0  # its transform then optimises with steps of no length
    ours = blobs.encode(view(OTHER), Context())
    np.testing.assert_allclose(ours, model.transform(OTHER), atol=2e-3)


COMPILE = """
import numpy as np
from clusterforge_umap.plugin import compiled_before
from clusterforge_umap.umap import keep_compiled
before = compiled_before()
keep_compiled()
from umap.umap_ import smooth_knn_dist
smooth_knn_dist(np.ones((4, 3), np.float32), 3.0)
print(before, compiled_before(), sum(smooth_knn_dist.stats.cache_hits.values()))
"""


def copy_compiled(to: Path) -> None:
    """Copy what numba has kept of the libraries already, but for the function that is tried."""
    for library in ("umap", "pynndescent"):
        place = Path(find_spec(library).submodule_search_locations[0])
        folder = to / UserProvidedCacheLocator.get_suitable_cache_subpath(str(place / "a.py"))
        folder.mkdir()
        for kept in (place / "__pycache__").glob("*.nb[ci]"):
            if not kept.name.startswith("umap_.smooth_knn_dist"):
                shutil.copy2(kept, folder)


def test_what_is_compiled_is_kept_for_the_next_process(tmp_path: Path) -> None:
    copy_compiled(tmp_path)
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    answers = [
        subprocess.check_output([sys.executable, "-c", COMPILE], env=environment, text=True).split()
        for _ in range(2)
    ]
    assert answers == [["False", "True", "0"], ["True", "True", "1"]]


@pytest.mark.parametrize(
    "place", ["library/__pycache__", "caches/numba/umap_1a2b", "own/umap_1a2b"]
)
def test_what_numba_has_kept_is_looked_for_where_it_keeps_it(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = SimpleNamespace(submodule_search_locations=[str(tmp_path / "library")])
    monkeypatch.setattr(plugin, "find_spec", lambda name: library)
    caches = lambda name, appauthor: tmp_path / "caches" / name  # noqa: E731
    monkeypatch.setattr(plugin, "user_cache_path", caches)
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    if place.startswith("own"):
        monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "own"))
    assert not plugin.compiled_before()
    (tmp_path / place).mkdir(parents=True)
    (tmp_path / place / "umap_.smooth_knn_dist-142.py311.nbi").touch()
    assert plugin.compiled_before()


def test_new_rows_fall_into_their_group(blobs: Umap) -> None:
    places, new = (blobs.encode(view(rows), Context()) for rows in (TRAIN, OTHER))
    centres = np.stack([places[group == TRUTH].mean(axis=0) for group in range(3)])
    nearest = np.linalg.norm(new[:, None] - centres[None], axis=2).argmin(axis=1)
    assert np.array_equal(nearest, TRUTH)


def test_one_seed_gives_the_same_bytes_and_no_global_state(blobs: Umap) -> None:
    before = np.random.get_state()[1].tobytes()
    again = fitted(TRAIN)
    assert again.state().arrays["places"].tobytes() == blobs.state().arrays["places"].tobytes()
    assert np.random.get_state()[1].tobytes() == before
    other = fitted(TRAIN, seed=1)
    assert not np.allclose(other.state().arrays["places"], blobs.state().arrays["places"])


def test_restored_gives_the_same_bytes(blobs: Umap) -> None:
    fresh = Umap(blobs.params)
    fresh.restore(blobs.state())
    for rows in (TRAIN, OTHER, np.concatenate([OTHER[:5], TRAIN[:5]])):
        before = blobs.encode(view(rows), Context())
        assert fresh.encode(view(rows), Context()).tobytes() == before.tobytes()


def test_a_new_row_does_not_depend_on_other_new_rows(blobs: Umap) -> None:
    together = blobs.encode(view(OTHER), Context())
    alone = np.concatenate([blobs.encode(view(row[None]), Context()) for row in OTHER[:10]])
    np.testing.assert_allclose(alone, together[:10], atol=1e-5)


@pytest.mark.parametrize("n", [1, 3, 4, 6])
@pytest.mark.parametrize("dim", [1, 3])
def test_few_rows(n: int, dim: int) -> None:
    ours = fitted(TRAIN[:n], dim=dim)
    for rows in (TRAIN[:n], OTHER[:2]):
        places = ours.encode(view(rows), Context())
        assert places.shape == (len(rows), dim)
        assert np.isfinite(places).all()


@pytest.mark.parametrize("metric", ["euclidean", "cosine", "manhattan"])
def test_constant_zero_and_duplicate_rows(metric: str) -> None:
    for rows in (np.ones((12, 3)), np.zeros((12, 3)), np.repeat(TRAIN[::30], 5, axis=0)):
        ours = fitted(rows, metric=metric)
        for given in (rows, rows[:3] + 0.5):
            assert np.isfinite(ours.encode(view(given), Context())).all()


def test_memberships_are_umaps() -> None:
    from umap.umap_ import smooth_knn_dist

    distance = np.sort(RNG.gamma(2.0, 1.5, size=(20, 8)), axis=1)
    sigma, rho = smooth_knn_dist(distance.astype(np.float32), 8.0, local_connectivity=0.0)
    expected = np.exp(-np.maximum(distance - rho[:, None], 0) / sigma[:, None])
    expected /= expected.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(memberships(distance), expected, atol=1e-3)
    far = memberships(np.array([[1e30, 1e30, 2e30], [0.0, 0.0, 0.0], [0.0, 1e-30, 1.0]]))
    assert np.isfinite(far).all()
    np.testing.assert_allclose(far.sum(axis=1), 1)


def test_refusals(blobs: Umap) -> None:
    broken = TRAIN.copy()
    broken[2, 0] = np.nan
    with pytest.raises(InputError, match="1 of 90 rows"):
        blobs.encode(view(broken), Context())
    with pytest.raises(InputError, match="fitted on 8"):
        blobs.encode(view(TRAIN[:, :4].copy()), Context())


def test_the_hook_gives_the_spec() -> None:
    (spec,) = clusterforge_encoders()
    assert (spec.name, spec.inductive, spec.stochastic) == ("umap", True, True)
