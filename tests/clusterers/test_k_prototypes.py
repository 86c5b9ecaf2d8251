from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import clusterforge
from clusterforge.builtin.clusterers import KPrototypesParams
from clusterforge.clusterers.k_prototypes import KPrototypes
from clusterforge.contracts import Column, Context, Points, Table
from clusterforge.errors import InputError

COLUMNS = (Column("x"), Column("y"), Column("c", "category", ("a", "b", "d")))
RNG = np.random.default_rng(0)


def points(values: np.ndarray) -> Points:
    return Points(np.zeros((len(values), 1), np.float32), items=Table(values, COLUMNS))


def make(**params) -> KPrototypes:
    return KPrototypes(KPrototypesParams(**{"n_clusters": 3, **params}))


def mixed(n: int = 60) -> tuple[np.ndarray, np.ndarray]:
    groups = np.arange(n) % 3
    return np.column_stack([5.0 * groups + RNG.normal(size=n), RNG.normal(size=n), groups]), groups


def test_groups_of_numbers_and_categories() -> None:
    values, groups = mixed()
    labels = make(gamma=3.0).fit(points(values), Context())
    assert len({*zip(groups.tolist(), labels.tolist(), strict=True)}) == 3
    assert labels[:3].tolist() == [0, 1, 2]


def test_categories_alone_decide_where_numbers_say_nothing() -> None:
    values, groups = mixed()
    values[:, :2] = 0
    labels = make().fit(points(values), Context())
    assert len({*zip(groups.tolist(), labels.tolist(), strict=True)}) == 3


@pytest.mark.parametrize("gamma", [0.0, 0.5, 3.0])
def test_the_cost_is_that_of_a_plain_loop_and_no_row_is_nearer_to_another(gamma: float) -> None:
    values, _ = mixed()
    values[::7, 2] = np.nan
    fitted = make(gamma=gamma)
    labels = fitted.fit(points(values), Context())
    numbers = values[:, :2]
    scaled = (numbers - numbers.mean(axis=0)) / numbers.std(axis=0)
    codes = np.where(np.isnan(values[:, 2]), -2, values[:, 2])
    centres = np.array([scaled[labels == c].mean(axis=0) for c in range(3)])
    np.testing.assert_allclose(centres, fitted.state().arrays["centres"], atol=1e-9)
    modes = [pd.Series(codes[labels == c]).mode().tolist() for c in range(3)]
    own = fitted.state().arrays["modes"][:, 0]
    assert all(mode in known for mode, known in zip(own.tolist(), modes, strict=True))
    cost = 0.0
    for row, label in enumerate(labels):
        away = [
            float(((scaled[row] - centres[c]) ** 2).sum()) + gamma * (codes[row] != own[c])
            for c in range(3)
        ]
        assert away[label] == pytest.approx(min(away))
        cost += away[label]
    assert fitted.details().values["cost"] == pytest.approx(cost)


def test_equal_rows_are_not_parted_and_an_embedding_is_refused() -> None:
    values = np.repeat([[0.0, 0, 0], [1, 1, np.nan]], 5, axis=0)
    with pytest.raises(InputError, match="3 clusters of 2 distinct rows"):
        make().fit(points(values), Context())
    with pytest.raises(InputError, match="works on the rows of a table"):
        make().fit(Points(np.zeros((5, 1), np.float32)), Context())


def test_a_run_and_new_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLUSTERFORGE_CACHE", str(tmp_path / "cache"))
    values, groups = mixed(36)
    data = pd.DataFrame(values[:, :2], columns=["x", "y"]).assign(
        c=np.array(["a", "b", "d"])[groups]
    )
    data.to_csv(tmp_path / "d.csv", index=False)
    recipe = {
        "dataset": {"use": "files", "path": str(tmp_path / "d.csv"), "features": "all"},
        "encoder": [{"use": "gower"}],
        "clusterer": [
            {"use": "k-prototypes", "n_clusters": 3},
            {"use": "kmeans", "n_clusters": 3},
        ],
        "evaluation": {"null_draws": 0},
        "report": {"projection": "none"},
    }
    run = clusterforge.run(recipe, out=tmp_path / "run")
    new = data.iloc[::-1].reset_index(drop=True)
    for name in ("k-prototypes", "kmeans"):
        np.testing.assert_array_equal(run.predict(new, name), run.labels(name)[::-1])


def test_their_number_is_found_in_numbers_and_categories() -> None:
    values, groups = mixed()
    fitted = make(n_clusters="auto", k_max=5, gamma=9.0, restarts=2)
    labels = fitted.fit(points(values), Context())
    assert len({*zip(groups.tolist(), labels.tolist(), strict=True)}) == labels.max() + 1 == 3
    assert fitted.details().choice("n_clusters") is not None
