"""A recipe as a scikit-learn estimator."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tomli_w
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import clusterforge
from clusterforge import ClusterPipeline
from clusterforge.contracts import Texts
from clusterforge.errors import EnvironmentProblem, InputError
from clusterforge.estimator import EstimatorError

SCALE: dict[str, Any] = {
    "encoder": [{"use": "scale"}],
    "clusterer": [{"use": "kmeans", "n_clusters": 3}, {"use": "dbscan"}],
    "compute": {"threads": 1},
}
LEARNT: dict[str, Any] = SCALE | {
    "encoder": [
        {"use": "scale"},
        {
            "use": "autoencoder",
            "layers": [8],
            "dim": 2,
            "phase": [{"loss": "reconstruction", "epochs": 2, "batch": 32}],
        },
    ]
}
TEXTS = ["a red bird sings", "the red bird flies", "rain on the roof", "rain and a wet roof"] * 5
MINE = """
class Sides:
    def fit_predict(self, X):
        self.rule = lambda rows: (rows[:, 0] > 0).astype(int)
        return self.predict(X)
    def predict(self, X):
        return self.rule(X)
class Halves:
    def fit_predict(self, X):
        self.cut = float(X[:, 0].mean())
        return self.predict(X)
    def predict(self, X):
        return (X[:, 0] > self.cut).astype(int)
"""

EXPECTED_FAILED_CHECKS: dict[str, str] = {}


@parametrize_with_checks(
    [ClusterPipeline.from_recipe(SCALE)],
    expected_failed_checks=lambda estimator: EXPECTED_FAILED_CHECKS,
)
def test_scikit_learn_s_own_checks(estimator: Any, check: Any) -> None:
    check(estimator)


@pytest.fixture
def rows() -> Any:
    rng = np.random.default_rng(0)
    means = np.repeat(rng.normal(size=(3, 4)) * 9, 20, axis=0)
    return means + rng.normal(size=(60, 4))


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CLUSTERFORGE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("CLUSTERFORGE_PLUGINS", "")
    return tmp_path / "cache"


def test_it_is_the_recipe_s_chain(rows: Any, tmp_path: Path) -> None:
    """The same rows through ``run`` give the same embedding and labels."""
    np.save(tmp_path / "rows.npy", rows)
    data = {"use": "files", "path": str(tmp_path / "rows.npy")}
    recipe = LEARNT | {"dataset": data, "report": {"projection": "none"}}

    fitted = ClusterPipeline.from_recipe(recipe).fit(rows)
    run = clusterforge.run(recipe, out=tmp_path / "run")

    np.testing.assert_array_equal(fitted.embedding_, run.embedding())
    np.testing.assert_array_equal(fitted.labels_, run.labels("kmeans"))
    np.testing.assert_array_equal(fitted.predict(rows[:7]), run.predict(rows[:7], "kmeans"))


def test_what_the_methods_give(rows: Any) -> None:
    pipeline = ClusterPipeline.from_recipe(LEARNT)

    labels = pipeline.fit_predict(rows)

    assert (labels.dtype, labels.shape) == (np.int64, (60,))
    assert labels is pipeline.labels_
    assert pipeline.n_features_in_ == 4
    embedding = pipeline.transform(rows)
    assert (embedding.dtype, embedding.shape) == (np.float32, (60, 2))
    np.testing.assert_allclose(embedding, pipeline.embedding_, rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(pipeline.predict(rows), labels)
    np.testing.assert_array_equal(clone(pipeline).fit_transform(rows), pipeline.embedding_)
    assert list(pipeline.get_feature_names_out()) == ["clusterpipeline0", "clusterpipeline1"]


def test_nothing_is_left_on_disk_unless_asked(
    rows: Any, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ClusterPipeline.from_recipe(LEARNT).fit(rows)  # torch makes a folder of its own, once
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    before = sorted(tmp_path.rglob("*"))

    ClusterPipeline.from_recipe(LEARNT).fit(rows).predict(rows)
    assert sorted(tmp_path.rglob("*")) == before

    first = ClusterPipeline.from_recipe(LEARNT, cache=True).fit(rows)
    assert any(cache.rglob("stage.json"))
    second = ClusterPipeline.from_recipe(LEARNT, cache=True).fit(rows)
    np.testing.assert_array_equal(second.embedding_, first.embedding_)
    np.testing.assert_array_equal(second.predict(rows), first.predict(rows))
    assert not any((tmp_path / "temporary").iterdir())


def test_a_file_overrides_and_a_seed(rows: Any, tmp_path: Path) -> None:
    path = tmp_path / "r.toml"
    path.write_text(tomli_w.dumps(LEARNT))

    def fitted(**more: Any) -> Any:
        return ClusterPipeline.from_recipe(path, **more).fit(rows)

    assert fitted(encoder__1__dim=3, clusterer__0__n_clusters=2).embedding_.shape == (60, 3)
    assert len(np.unique(fitted(clusterer__0__n_clusters=2).labels_)) == 2
    assert not np.array_equal(fitted(seed=1).embedding_, fitted(seed=2).embedding_)
    pipeline = ClusterPipeline.from_recipe(path, "dbscan", seed=4, encoder__1__dim=3)
    assert pipeline.get_params()["encoder__1__dim"] == 3
    assert pipeline.set_params(encoder__1__dim=4).get_params()["encoder__1__dim"] == 4
    pipeline.set_params(encoder__1__dim=3)
    assert pipeline.get_params(deep=False) == {
        "recipe": path,
        "clusterer": "dbscan",
        "overrides": {"encoder.1.dim": 3},
        "seed": 4,
        "cache": False,
        "trust_python": True,
    }
    assert pipeline.set_params(clusterer="kmeans", overrides=None).fit(rows).labels_.max() == 2


def test_it_can_be_searched_over(rows: Any) -> None:
    search = GridSearchCV(
        ClusterPipeline.from_recipe(SCALE),
        {"overrides": [{"clusterer.0.n_clusters": k} for k in (2, 3)]},
        scoring=lambda fitted, X: -len(np.unique(fitted.predict(X))),
        cv=2,
    )
    search.fit(rows)
    assert search.best_params_ == {"overrides": {"clusterer.0.n_clusters": 2}}


def test_it_stands_in_a_pipeline(rows: Any) -> None:
    both = make_pipeline(StandardScaler(), ClusterPipeline.from_recipe(SCALE))

    assert len(np.unique(both.fit_predict(rows))) == 3


@pytest.mark.parametrize(
    "texts",
    [
        TEXTS,
        np.array(TEXTS),
        np.array(TEXTS, dtype=object),
        pd.Series(TEXTS),
        Texts(TEXTS),
        pd.DataFrame({"text": TEXTS}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_texts(texts: Any) -> None:
    recipe = SCALE | {
        "encoder": [{"use": "tfidf"}],
        "clusterer": [{"use": "kmeans", "n_clusters": 2}],
    }
    pipeline = ClusterPipeline.from_recipe(recipe).fit(texts)

    assert pipeline.labels_.tolist() in ([0, 0, 1, 1] * 5, [1, 1, 0, 0] * 5)
    assert pipeline.predict(["rain, rain"])[0] == pipeline.labels_[2]
    assert not hasattr(pipeline, "n_features_in_")
    with pytest.raises(EstimatorError, match="the model takes texts; row 1 is a list"):
        pipeline.predict([[0.0, 1.0]])


def test_images() -> None:
    pixels = np.zeros((20, 4, 4), dtype=np.uint8)
    pixels[10:] = 200
    recipe = SCALE | {"encoder": [{"use": "flatten"}]}
    pipeline = ClusterPipeline.from_recipe(recipe, clusterer__0__n_clusters=2).fit(pixels)

    assert pipeline.embedding_.shape == (20, 16)
    assert len(np.unique(pipeline.labels_[:10])) == len(np.unique(pipeline.labels_[10:])) == 1
    assert pipeline.predict(pixels[-2:]).tolist() == pipeline.labels_[-2:].tolist()


def test_columns_have_names(rows: Any) -> None:
    frame = pd.DataFrame(rows, columns=list("abcd"))
    pipeline = ClusterPipeline.from_recipe(SCALE).fit(frame)

    assert pipeline.feature_names_in_.tolist() == list("abcd")
    with pytest.raises(ValueError, match="feature names"):
        pipeline.predict(frame.rename(columns={"a": "x"}))


def test_labels_are_read_where_the_recipe_asks(rows: Any) -> None:
    asks = {**SCALE, "clusterer": [{"use": "kmeans", "n_clusters": "classes"}]}
    pipeline = ClusterPipeline.from_recipe(asks)

    assert pipeline.fit(rows, ["x", "y", "z"] * 20).labels_.max() == 2
    np.testing.assert_array_equal(
        pickle.loads(pickle.dumps(pipeline)).predict(rows), pipeline.labels_
    )
    with pytest.raises(EstimatorError, match='is "classes", but the data set has no labels'):
        pipeline.fit(rows)
    with pytest.raises(EstimatorError, match="y has shape"):
        pipeline.fit(rows, ["x"])


@pytest.mark.parametrize(
    ("recipe", "more", "message"),
    [
        (None, {}, "recipe: there is none"),
        (SCALE, {"clusterer": "kmean"}, "no clusterer 'kmean'; did you mean 'kmeans'"),
        (SCALE, {"encoder__0__kin": 2}, r"encoder\.0\.kin: unknown key 'kin'"),
        (SCALE, {"encoder__0__kind": {1}}, "can't be a set"),
        (SCALE, {"encoder__0__kind": None}, r"encoder\.0\.kind: an override can't be None"),
        (SCALE, {"encoder__0__kind": [{"a": float("nan")}]}, "must be a finite number, not nan"),
        ([SCALE], {}, "recipe: can't be a list"),
        (5, {}, "recipe: can't be a int"),
        (SCALE | {"encoder": [{"use": "tfidf"}]}, {}, "takes text, but the data set holds table"),
        ({"clusterer": SCALE["clusterer"]}, {}, "encoder: is missing"),
        ("gone.toml", {}, "gone.toml: there is no such file"),
        (SCALE, {"clusterer__0__n_clusters": 100}, r"clusterer\.0\.n_clusters: "),
    ],
)
def test_errors_are_value_errors_of_one_line(
    rows: Any, recipe: Any, more: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message) as failed:
        ClusterPipeline.from_recipe(recipe, **more).fit(rows)

    assert isinstance(failed.value, InputError)
    assert "\n" not in str(failed.value)


def test_overrides_may_be_tables(rows: Any) -> None:
    odd = {"use": "kmeans", "n_clusters": 2, "id": 'a"b\x7f'}
    overrides = {
        "clusterer": [SCALE["clusterer"][1], odd],
        "encoder.0": {"use": "scale", "kind": "unit"},
    }
    with pytest.raises(EstimatorError, match=r"clusterer\.1\.id"):
        ClusterPipeline(SCALE, overrides=overrides).fit(rows)
    overrides["clusterer"] = [{"use": "kmeans", "n_clusters": 2}]
    fitted = ClusterPipeline(SCALE, overrides=overrides).fit(rows)

    assert fitted.labels_.max() == 1
    np.testing.assert_allclose(np.linalg.norm(fitted.embedding_, axis=1), 1, rtol=1e-5)
    with pytest.raises(EstimatorError, match="overrides: can't be a list"):
        ClusterPipeline(SCALE, overrides=["a=1"]).fit(rows)  # type: ignore[arg-type]


def test_rows_without_a_class(rows: Any) -> None:
    asks = {**SCALE, "clusterer": [{"use": "kmeans", "n_clusters": "classes"}]}
    pipeline = ClusterPipeline(asks)

    for y in (np.tile([5, -1, 7], 20), np.array([5, -1, 7] * 20, dtype=object)):
        assert pipeline.fit(rows, y).labels_.max() == 1
    assert pipeline.fit(rows, np.tile(["a", "-1", "b"], 20)).labels_.max() == 2
    with pytest.raises(
        EstimatorError, match="give fit a y of integers or strings; here it is float"
    ):
        pipeline.fit(rows, np.tile([0.0, 1.0], 30))
    trains = SCALE | {"encoder": [{"use": "classifier", "layers": [4]}]}
    with pytest.raises(EstimatorError, match=r"give fit a y of integers or strings$"):
        ClusterPipeline(trains).fit(rows)


def test_a_clusterer_that_labels_no_other_rows(rows: Any) -> None:
    recipe = SCALE | {"clusterer": [{"use": "python:sklearn.cluster:DBSCAN", "eps": 0.5}]}
    pipeline = ClusterPipeline.from_recipe(recipe).fit(rows)

    assert len(pipeline.labels_) == 60
    with pytest.raises(EstimatorError, match="'dbscan' can't label rows it has not seen"):
        pipeline.predict(rows)


@pytest.mark.parametrize("recipe", [SCALE, LEARNT], ids=["frozen", "trained"])
def test_saved_and_loaded(rows: Any, recipe: Any, tmp_path: Path) -> None:
    frame = pd.DataFrame(rows, columns=list("abcd"))
    pipeline = ClusterPipeline.from_recipe(recipe, seed=5).fit(frame)

    pipeline.save(tmp_path / "saved")
    loaded = ClusterPipeline.load(tmp_path / "saved")

    assert not [path for path in (tmp_path / "saved").rglob("*") if path.suffix == ".pkl"]
    np.testing.assert_array_equal(loaded.labels_, pipeline.labels_)
    np.testing.assert_array_equal(loaded.predict(frame), pipeline.predict(frame))
    np.testing.assert_array_equal(loaded.transform(frame), pipeline.transform(frame))
    assert loaded.feature_names_in_.tolist() == list("abcd")
    assert loaded.n_features_in_ == 4
    np.testing.assert_array_equal(clone(loaded).fit(frame).embedding_, pipeline.embedding_)
    loaded.save(tmp_path / "again")
    np.testing.assert_array_equal(
        ClusterPipeline.load(tmp_path / "again").predict(frame), pipeline.predict(frame)
    )


def test_saving_and_loading_refuse_what_is_wrong(rows: Any, tmp_path: Path) -> None:
    pipeline = ClusterPipeline.from_recipe(SCALE)
    with pytest.raises(NotFittedError):
        pipeline.save(tmp_path / "saved")
    pipeline.fit(rows).save(tmp_path / "saved")

    with pytest.raises(EstimatorError, match="is not empty"):
        pipeline.save(tmp_path / "saved")
    with pytest.raises(EstimatorError, match="holds no saved estimator"):
        ClusterPipeline.load(tmp_path)
    np.save(tmp_path / "saved" / "labels.npy", np.zeros(60, dtype=np.int64))
    with pytest.raises(
        EstimatorError, match=r"labels\.npy is missing or has changed since it was saved"
    ):
        ClusterPipeline.load(tmp_path / "saved")


def test_saving_is_whole_or_not_at_all(
    rows: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline = ClusterPipeline(SCALE).fit(rows)
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentProblem, match="can't be written"):
        pipeline.save(tmp_path / "file" / "saved")

    def full(folder: Path) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("clusterforge.estimator.cluster_pipeline.write_manifest", full)
        with pytest.raises(EnvironmentProblem, match="No space left"):
            pipeline.save(tmp_path / "saved")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    (tmp_path / "saved").mkdir()
    pipeline.save(tmp_path / "saved")
    assert len(ClusterPipeline.load(tmp_path / "saved").labels_) == 60


def test_one_that_was_loaded_imports_nothing_by_fit(rows: Any, tmp_path: Path) -> None:
    mine = tmp_path / "mine.py"
    mine.write_text(MINE)
    name = f"python:{mine}:Halves"
    ClusterPipeline(SCALE | {"clusterer": [{"use": name}]}).fit(rows).save(tmp_path / "saved")
    mine.write_text(f"{MINE}\nimport pathlib; pathlib.Path({str(tmp_path / 'log')!r}).touch()")

    loaded = ClusterPipeline.load(tmp_path / "saved")
    for one in (loaded, clone(loaded), pickle.loads(pickle.dumps(loaded))):
        with pytest.raises(EstimatorError, match=r"clusterer\.0\.use: the code of .* is not imp"):
            one.fit(rows)
    assert not (tmp_path / "log").exists()
    trusted = ClusterPipeline.load(tmp_path / "saved", trust_python=True)
    assert len(clone(trusted).fit(rows).labels_) == 60
    assert (tmp_path / "log").exists()


def test_python_names_and_objects(rows: Any, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(MINE)
    name = f"python:{tmp_path}/mine.py:Halves"
    pipeline = ClusterPipeline.from_recipe(SCALE | {"clusterer": [{"use": name}]}).fit(rows)
    pipeline.save(tmp_path / "saved")
    (tmp_path / "mine.py").write_text("raise SystemExit")

    loaded = ClusterPipeline.load(tmp_path / "saved")
    np.testing.assert_array_equal(loaded.labels_, pipeline.labels_)
    np.testing.assert_array_equal(loaded.transform(rows), pipeline.transform(rows))
    with pytest.raises(EstimatorError, match="is not imported when a folder is opened"):
        loaded.predict(rows)
    (tmp_path / "mine.py").write_text(MINE)
    trusted = ClusterPipeline.load(tmp_path / "saved", trust_python=True)
    np.testing.assert_array_equal(trusted.predict(rows), pipeline.predict(rows))

    own = ClusterPipeline.from_recipe({**SCALE, "clusterer": [{"use": KMeans(2, n_init=3)}]})
    assert len(np.unique(clone(own).fit_predict(rows))) == 2


def test_what_cannot_be_stored_goes_on_here_and_nowhere_else(rows: Any, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(MINE)
    recipe = SCALE | {"clusterer": [{"use": f"python:{tmp_path}/mine.py:Sides"}]}
    pipeline = ClusterPipeline.from_recipe(recipe, cache=True).fit(rows)
    pipeline = ClusterPipeline.from_recipe(recipe, cache=True).fit(rows)

    np.testing.assert_array_equal(pipeline.predict(rows), pipeline.labels_)
    assert "can't be labelled later" in pipeline.warnings_[0]
    pipeline.save(tmp_path / "saved")
    loaded = ClusterPipeline.load(tmp_path / "saved", trust_python=True)
    with pytest.raises(EstimatorError, match="the fitted state of Sides could not be stored"):
        loaded.predict(rows)
    with pytest.raises(EstimatorError, match="the fitted state of Sides could not be stored"):
        pickle.loads(pickle.dumps(pipeline)).predict(rows)


def test_a_pickle_holds_states(rows: Any) -> None:
    pipeline = ClusterPipeline.from_recipe(LEARNT).fit(rows)

    data = pickle.dumps(pipeline)

    assert b"torch" not in data
    np.testing.assert_array_equal(pickle.loads(data).predict(rows), pipeline.predict(rows))


def test_importing_clusterforge_stays_light() -> None:
    code = (
        "import sys, clusterforge\n"
        "print(sorted({'numpy', 'torch', 'sklearn'} & set(sys.modules)))\n"
        "print('ClusterPipeline' in dir(clusterforge))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split("\n")[:2] == ["[]", "True"]
