"""Data frames are fitted and predicted as the run of the same recipe reads the same file."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tomli_w
from sklearn.base import clone

import clusterforge
from clusterforge import ClusterPipeline, Run
from clusterforge.errors import InputError
from clusterforge.estimator import EstimatorError
from clusterforge.models.usable_rows import RowsLeftOut

WORDS = ("sun beach sea sand", "code bug test merge", "goal match team ball")


def customers(n: int = 48) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": [f"c{i:03d}" for i in range(n)],
            "spent": [f"1.{i % 3}28,50 €" if i % 2 else f"{28 + i % 5},58 €" for i in range(n)],
            "age": ["?" if i % 11 == 10 else 20 + i % 7 for i in range(n)],
            "size": [("S", "M", "L")[i % 3] for i in range(n)],
            "note": [f"remark {i}" for i in range(n)],
            "churned": [("yes", "no")[i % 2] for i in range(n)],
        }
    )


def tables(folder: Path, frame: pd.DataFrame, encoder: str, **dataset: Any) -> Path:
    frame.to_csv(folder / "rows.csv", index=False)
    recipe = {
        "name": "rows",
        "dataset": {"use": "files", "path": "rows.csv", **dataset},
        "encoder": [{"use": encoder}],
        "clusterer": [{"use": "kmeans", "n_clusters": 3}],
        "evaluation": {"refits": 0, "resamples": 0, "null_draws": 0},
        "report": {"projection": "none"},
        "compute": {"threads": 1},
    }
    (folder / "rows.toml").write_text(tomli_w.dumps(recipe))
    return folder / "rows.toml"


def ran(recipe: Path) -> Run:
    return clusterforge.run(recipe, out=recipe.parent / "run", cache=False)


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    return tables(
        tmp_path,
        customers(),
        "table",
        features="all",
        id="customer_id",
        label="churned",
        drop=["note"],
        types={"size": ["S", "M", "L"]},
        units=["€"],
        decimal=",",
        thousands=".",
        na_values=["?"],
    )


def test_a_table_is_fitted_as_a_run_fits_its_file(recipe: Path, tmp_path: Path) -> None:
    run = ran(recipe)
    for frame in (pd.read_csv(tmp_path / "rows.csv"), customers(), customers().to_dict("records")):
        pipeline = ClusterPipeline.from_recipe(recipe).fit(frame)
        np.testing.assert_array_equal(pipeline.embedding_, run.embedding())
        assert pipeline.labels_.tolist() == run.labels().tolist()
    assert pipeline.feature_names_in_.tolist() == ["spent", "age", "size"]
    assert pipeline.n_features_in_ == 3

    new = customers(9).drop(columns=["churned", "customer_id", "note"])
    expected = run.predict(new).tolist()
    pipeline.save(tmp_path / "saved")
    for fitted in (
        pipeline,
        pickle.loads(pickle.dumps(pipeline)),
        ClusterPipeline.load(tmp_path / "saved"),
    ):
        assert fitted.predict(new).tolist() == expected
        assert fitted.predict(new.to_dict("records")).tolist() == expected
    with pytest.raises(EstimatorError, match=r"'9 \$' is no number with .* units = \[\"€\"\]"):
        pipeline.predict(new.assign(spent="9 $"))
    assert clone(pipeline).fit(customers()).labels_.tolist() == run.labels().tolist()


def test_every_row_of_a_frame_counts_and_ids_may_repeat(recipe: Path) -> None:
    half = ClusterPipeline.from_recipe(recipe, dataset__test_fraction=0.5, dataset__limit=9)
    whole = ClusterPipeline.from_recipe(recipe)
    frame = customers().drop(columns="churned")
    assert half.fit(frame).labels_.tolist() == whole.fit(frame).labels_.tolist()
    twice = pd.concat([frame, frame], ignore_index=True)
    assert len(whole.fit(twice).labels_) == len(twice)


def test_classes_are_those_of_the_label_column_or_of_y(recipe: Path) -> None:
    pipeline = ClusterPipeline.from_recipe(recipe, clusterer__0__n_clusters="classes")
    assert pipeline.fit(customers()).labels_.max() == 1
    assert pipeline.fit(customers(), [*"xyzw"] * 12).labels_.max() == 3
    with pytest.raises(EstimatorError, match='"classes", but the data set has no labels'):
        pipeline.fit(customers().drop(columns="churned"))
    with pytest.raises(EstimatorError, match="y has shape"):
        pipeline.fit(customers(), ["x"])


def test_texts_are_fitted_as_a_run_fits_its_file(tmp_path: Path) -> None:
    said = [f"<b>{WORDS[i % 3]}</b> {i % 9}" for i in range(40)]
    said[4], said[20], said[30] = "n/a", "<p></p>", said[0]
    frame = pd.DataFrame({"no": range(40), "message": said})
    own = {"text": "message", "clean": ["strip-html"], "na_values": ["n/a"], "id": "no"}
    recipe = tables(tmp_path, frame, "tfidf", **own, missing="drop", deduplicate="exact")
    run = ran(recipe)
    pipeline = ClusterPipeline.from_recipe(recipe).fit(pd.read_csv(tmp_path / "rows.csv"))
    kept = [int(name) for name in run.files.assignments.ids]
    assert len(kept) < 38
    assert pipeline.labels_[kept].tolist() == run.labels().tolist()
    assert pipeline.labels_[[4, 20]].tolist() == [-1, -1]
    assert pipeline.labels_[30] == pipeline.labels_[0] != -1
    assert np.isnan(pipeline.embedding_).all(axis=1).nonzero()[0].tolist() == [4, 20]
    assert any("left out" in said for said in pipeline.warnings_)
    assert not hasattr(pipeline, "n_features_in_")
    for texts in (said, frame["message"], frame["message"].rename("other"), np.array(said)):
        assert clone(pipeline).fit(texts).labels_.tolist() == pipeline.labels_.tolist()

    new = pd.DataFrame({"message": [f"<i>{WORDS[1]}</i>", None, WORDS[2]]})
    with pytest.warns(RowsLeftOut, match="1 of 3 rows has no text, the first is row 2") as caught:
        labels = pipeline.predict(new)
    assert [one.filename for one in caught] == [__file__]
    assert labels.tolist() == [*run.predict([WORDS[1]]), -1, *run.predict([WORDS[2]])]
    with pytest.warns(RowsLeftOut):
        assert np.isnan(pipeline.transform(new)).any(axis=1).tolist() == [False, True, False]
    with pytest.warns(RowsLeftOut):
        assert pipeline.score(new, ["a", "b", "c"]) == 1


def test_what_is_wrong_with_a_frame_is_one_line(recipe: Path, tmp_path: Path) -> None:
    text = tables(tmp_path, customers(), "tfidf", text="note")
    pipeline = ClusterPipeline.from_recipe(text)
    with pytest.raises(EstimatorError, match=r"dataset\.text: .*no column 'note'"):
        pipeline.fit(customers().drop(columns="note"))
    gap = customers().assign(note=lambda frame: frame["note"].where(frame.index != 3))
    with pytest.raises(EstimatorError, match=r"1 of 48 rows .* row 4; set missing = \"drop\""):
        pipeline.fit(gap)
    with pytest.raises(EstimatorError, match=r"^1 row is too few"):
        pipeline.fit(customers(1))
    bare = {"encoder": [{"use": "table"}], "clusterer": [{"use": "kmeans", "n_clusters": 2}]}
    with pytest.raises(InputError, match=r"'customer_id' can't be a feature: .*\[dataset\] that"):
        ClusterPipeline.from_recipe(bare).fit(customers(200).drop(columns="age"))
    with pytest.raises(EstimatorError, match=r"not all numbers \(.*; give .* as a data frame"):
        pipeline.fit(customers().to_numpy())
    doubled = customers().set_axis(["customer_id", "spent", "age", "size", "note", "age"], axis=1)
    with pytest.raises(EstimatorError, match="the data frame has two columns 'age'"):
        pipeline.fit(doubled)


MISSING = (
    ({"use": "other-package:thing", "k": 1}, "package other-package, which is not installed"),
    ({"use": "files", "path": "x.csv", "nope": 1}, "unknown key 'nope'"),
    ({"use": "python:absent_module:Data"}, "there is no module 'absent_module'"),
    ({"use": "python:my_module:Data"}, "is not imported"),
)


@pytest.mark.parametrize(("dataset", "why"), MISSING)
def test_without_its_data_set_rows_are_taken_as_they_are(dataset: dict[str, Any], why: str) -> None:
    numbers = pd.DataFrame(np.random.default_rng(0).normal(size=(30, 3)), columns=list("abc"))
    trusted = "my_module" not in dataset["use"]
    for rows, encoder in ((numbers, "scale"), ([f"{w} and so on" for w in WORDS] * 5, "tfidf")):
        recipe = {
            "encoder": [{"use": encoder}],
            "clusterer": [{"use": "kmeans", "n_clusters": 2}],
        }
        plain = ClusterPipeline.from_recipe(recipe).fit(rows)
        named = ClusterPipeline({"dataset": dataset, **recipe}, trust_python=trusted).fit(rows)
        assert named.labels_.tolist() == plain.labels_.tolist()
        assert named.predict(rows).tolist() == plain.predict(rows).tolist()
        said = [one for one in named.warnings_ if why in one]
        assert said
        assert said[0].startswith("rows are taken as they are, not as [dataset] says: dataset.")


def test_a_saved_estimator_names_no_file_of_this_machine(recipe: Path, tmp_path: Path) -> None:
    frame = pd.read_csv(tmp_path / "rows.csv")
    pipeline = ClusterPipeline.from_recipe(recipe, dataset__test="/home/me/clients.csv").fit(frame)
    pipeline.save(tmp_path / "saved")
    written = (tmp_path / "saved" / "pipeline.json").read_text()
    assert "rows.csv" not in written
    assert "clients" not in written
    assert str(tmp_path) not in written
    loaded = ClusterPipeline.load(tmp_path / "saved")
    assert loaded.predict(frame).tolist() == pipeline.predict(frame).tolist()
    assert clone(loaded).fit(frame).labels_.tolist() == pipeline.labels_.tolist()
    loaded.save(tmp_path / "again")
    assert str(Path.cwd()) not in (tmp_path / "again" / "pipeline.json").read_text()


def test_numbers_that_are_texts_are_numbers_as_in_the_file(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "visits": rng.integers(0, 99, 60),
            "spent": rng.normal(size=60).round(3),
            "old": rng.integers(0, 2, 60),
            "code": [f"{i % 3:03d}" for i in range(60)],
        }
    )
    recipe = tables(tmp_path, frame, "table", features="all", types={"code": "category"})
    run = ran(recipe)
    for gap in ("", "NA"):
        text = pd.read_csv(tmp_path / "rows.csv", dtype=str)
        pipeline = ClusterPipeline.from_recipe(recipe, dataset__missing="mean").fit(text)
        assert pipeline.labels_.tolist() == run.labels().tolist()
        assert [c.kind for c in pipeline._model.form.features] == [
            column.kind for column in run.info.data.features
        ]
        text.loc[3, "visits"] = gap
        pipeline.fit(text)
        assert next(c.kind for c in pipeline._model.form.features) == "number"
        assert pipeline.predict(text).tolist() == pipeline.labels_.tolist()
    typed = ClusterPipeline.from_recipe(recipe, dataset__path="rows.parquet")
    typed.fit(frame.assign(old=frame["old"].astype(str)))
    kinds = {c.name: c.kind for c in typed._model.form.features}
    assert kinds["old"] != "number"


def test_frames_that_hold_the_same_rows_in_other_ways() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(0, 1, (60, 2)) + 9 * (np.arange(60) % 3)[:, None]
    clusterer = [{"use": "kmeans", "n_clusters": 3}]
    frame = pd.DataFrame(values, columns=["a", "b"])
    expected = ClusterPipeline({"encoder": [{"use": "scale"}], "clusterer": clusterer}).fit(frame)
    table = {"encoder": [{"use": "table"}], "clusterer": clusterer}
    text = frame.assign(c="x")
    for recipe, other in (
        ({**table, "encoder": [{"use": "scale"}]}, frame.astype(">f8")),
        (table, pd.DataFrame({"v": list(values)})),
        (table, text.assign(a=pd.arrays.SparseArray(frame.a), b=frame.b.astype(">f4"))),
    ):
        fitted = ClusterPipeline(recipe).fit(other)
        np.testing.assert_array_equal(fitted.labels_, expected.labels_)
        np.testing.assert_array_equal(fitted.predict(other), fitted.labels_)
    with pytest.raises(ValueError, match="of several kinds: 0 and 'a'; make all"):
        ClusterPipeline(table).fit(frame.set_axis([0, "a"], axis=1))
    with pytest.raises(
        ValueError, match="contains NaN, and no encoder of the recipe takes gaps; fill"
    ):
        expected.fit(frame.mask(frame.a > 9))
