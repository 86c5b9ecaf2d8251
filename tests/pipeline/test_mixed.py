"""Tables of several kinds through whole runs: read, clustered, explained, and read again as new rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import clusterforge
from clusterforge.errors import InputError
from clusterforge.estimator import ClusterPipeline
from clusterforge.pipeline.api import check
from clusterforge.pipeline.new_rows import read_rows
from clusterforge.tables import UnseenValues

RNG = np.random.default_rng(0)
ROWS = 45
LIGHT = {"evaluation": {"null_draws": 0}, "report": {"projection": "none"}}


@pytest.fixture(autouse=True)
def _no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLUSTERFORGE_CACHE", str(tmp_path / "cache"))


def frame() -> pd.DataFrame:
    groups = np.arange(ROWS) % 3
    age = 20 + 20 * groups + RNG.normal(size=ROWS)
    age[4] = np.nan
    return pd.DataFrame(
        {
            "age": age,
            "colour": np.array(["red", "green", "blue"])[groups],
            "member": np.where(groups == 1, "yes", "no"),
            "since": pd.to_datetime("2020-01-01") + pd.to_timedelta(400 * groups, unit="D"),
            "note": [f"text number {i}" for i in range(ROWS)],
            "class": groups,
        }
    )


def recipe(path: Path, encoder: str = "table", **dataset: Any) -> dict[str, Any]:
    data = {"use": "files", "path": str(path), "features": "all", **dataset}
    return {
        "dataset": data,
        "encoder": [{"use": encoder}],
        "clusterer": [{"use": "kmeans", "n_clusters": 3}],
        **LIGHT,
    }


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> clusterforge.Run:
    folder = tmp_path_factory.mktemp("mixed")
    frame().to_csv(folder / "d.csv", index=False)
    return clusterforge.run(recipe(folder / "d.csv", label="class"), out=folder / "run")


def test_clusters_are_those_of_the_kinds(run: clusterforge.Run) -> None:
    groups = np.arange(ROWS) % 3
    assert len({(g, label) for g, label in zip(groups, run.labels(), strict=True)}) == 3
    kinds = [column.kind for column in run.info.data.features]
    assert kinds == ["number", "category", "yes-no", "date"]
    assert "'note' is left out: it holds text of 45 different values" in " ".join(run.info.warnings)


def test_new_rows_are_read_in_the_same_way(run: clusterforge.Run, tmp_path: Path) -> None:
    labels = run.labels()
    data = frame()
    data["age"] = 20 + 20 * (np.arange(ROWS) % 3)
    np.testing.assert_array_equal(run.predict(data), labels)
    new = data[["colour", "member", "age", "since"]].iloc[[1]]
    new["since"] = "2021-02-04"
    assert run.predict(new).tolist() == [labels[1]]
    new.to_csv(tmp_path / "new.csv", index=False)
    read = read_rows(run, tmp_path / "new.csv")
    assert run.predict(read.split.items).tolist() == [labels[1]]
    unknown = data.iloc[:3].assign(colour=["violet", "red", None], age=[20.0, np.nan, 60.0])
    with pytest.warns(UnseenValues, match="1 row has a value in 'colour'"):
        np.testing.assert_array_equal(run.predict(unknown), labels[:3])
    with pytest.raises(InputError, match="there is no column 'member'"):
        run.predict(new.drop(columns="member"))


def test_clusters_are_explained_by_categories_and_dates(run: clusterforge.Run) -> None:
    found = run.files.explanations.clusterings["kmeans"].clusters
    features = [(f.title, f.mean_text) for cluster in found for f in cluster.features or ()]
    assert {("colour: red", "100 %"), ("colour: red", "0 %"), ("since", "2020-01-01")} <= {
        *features
    }
    values = {value.name: value.value for value in found[0].typical[0].values or ()}
    assert values["colour"] in ("red", "green", "blue")
    assert "colour: " in (run.folder / "report.html").read_text("utf-8")


def test_an_encoder_of_numbers_says_what_to_do(tmp_path: Path) -> None:
    frame().drop(columns="note").to_csv(tmp_path / "d.csv", index=False)
    with pytest.raises(
        InputError, match="takes numbers, but columns are no numbers: 'colour'"
    ) as error:
        clusterforge.run(recipe(tmp_path / "d.csv", "scale"), out=tmp_path / "run")
    assert error.value.remedy == 'put use = "table" first'
    with pytest.raises(InputError, match="columns are no numbers: 'colour'"):
        check(recipe(tmp_path / "d.csv", "scale"))
    check(recipe(tmp_path / "d.csv"))
    with pytest.raises(InputError, match=r"but columns have gaps: 'age' .1.; the first in row 5"):
        clusterforge.run(
            recipe(tmp_path / "d.csv", "scale", features=["age"]), out=tmp_path / "run"
        )


def seconds() -> tuple[np.ndarray, np.ndarray]:
    groups = np.arange(ROWS) % 3
    near = 60.0 * groups + RNG.uniform(0, 10, ROWS)
    return np.column_stack([1.7e9 + near, near]), groups


@pytest.mark.parametrize(
    ("form", "encoder"),
    [
        ("csv", "scale"),
        ("npy", "table"),
        ("parquet", "pca"),
        ("array", "scale"),
        ("array", "pca"),
        ("frame", "table"),
    ],
)
def test_seconds_within_three_minutes_stay_apart(tmp_path: Path, encoder: str, form: str) -> None:
    rows, groups = seconds()
    rows = rows[:, :1]
    data = pd.DataFrame(rows, columns=["at"])
    one = {"use": encoder} | ({"components": 1} if encoder == "pca" else {})
    parts = {"encoder": [one], "clusterer": [{"use": "kmeans", "n_clusters": 3}]}
    if form in ("array", "frame"):
        fitted = ClusterPipeline.from_recipe(parts).fit(rows if form == "array" else data)
        labels = fitted.labels_
        np.testing.assert_array_equal(fitted.predict(data if form == "frame" else rows), labels)
    else:
        path = tmp_path / f"d.{form}"
        if form == "csv":
            data.to_csv(path, index=False)
        elif form == "npy":
            np.save(path, rows)
        else:
            data.to_parquet(path)
        labels = clusterforge.run({**recipe(path), **parts}, out=tmp_path / "run").labels()
    assert len({*zip(groups.tolist(), labels.tolist(), strict=True)}) == 3


def test_an_encoder_in_float32_is_refused_what_it_can_not_hold(tmp_path: Path) -> None:
    rows, _ = seconds()
    np.save(tmp_path / "d.npy", rows)
    with pytest.raises(
        InputError, match=r"too close together, far from 0, for float32: 'values.0'"
    ):
        clusterforge.run(recipe(tmp_path / "d.npy", "flatten"), out=tmp_path / "run")


def test_what_gaps_are_filled_with_is_carried_to_new_rows(tmp_path: Path) -> None:
    data = pd.DataFrame({"a": [0.0, 2.0, 4.0, np.nan], "b": [0.0, 1, 2, 3]})
    data.to_csv(tmp_path / "d.csv", index=False)
    made = recipe(tmp_path / "d.csv", "scale", missing="mean")
    run = clusterforge.run(made, out=tmp_path / "run")
    new = pd.DataFrame({"b": [3.0], "a": [np.nan]})
    new.to_csv(tmp_path / "new.csv", index=False)
    last = run.embedding()[-1:]
    items = read_rows(run, tmp_path / "new.csv").split.items
    np.testing.assert_array_equal(run.model.points(items).embedding, last)
    np.testing.assert_array_equal(run.model.points(new).embedding, last)
    np.testing.assert_array_equal(run.model.points(np.array([[np.nan, 3.0]])).embedding, last)


def test_estimator_of_a_data_frame(tmp_path: Path) -> None:
    parts = {"encoder": [{"use": "table"}], "clusterer": [{"use": "kmeans", "n_clusters": 3}]}
    data = frame().drop(columns=["note", "class"]).astype({"colour": "category"})
    fitted = ClusterPipeline.from_recipe(parts).fit(data)
    assert fitted.feature_names_in_.tolist() == [*data.columns]
    np.testing.assert_array_equal(fitted.predict(data), fitted.labels_)
    fitted.save(tmp_path / "saved")
    loaded = ClusterPipeline.load(tmp_path / "saved")
    np.testing.assert_array_equal(loaded.predict(data.iloc[:5]), fitted.labels_[:5])
    with pytest.raises(ValueError, match="column 'note' can't be a feature"):
        ClusterPipeline.from_recipe(parts).fit(frame())


def test_one_column_is_its_own_map(tmp_path: Path) -> None:
    pd.DataFrame({"a": np.arange(12.0)}).to_csv(tmp_path / "d.csv", index=False)
    made = recipe(tmp_path / "d.csv", "scale", features=["a"]) | {"report": {"projection": "pca"}}
    run = clusterforge.run(made, out=tmp_path / "run")
    assert (run.folder / "report.html").is_file()


def test_a_key_of_the_run_that_says_how_another_kind_of_file_is_read_is_not_carried(
    tmp_path: Path,
) -> None:
    frame().to_csv(tmp_path / "d.csv", index=False, sep=";")
    recipe_of_csv = recipe(tmp_path / "d.csv", label="class", delimiter=";")
    own = clusterforge.run(recipe_of_csv, out=tmp_path / "run")
    frame().to_parquet(tmp_path / "new.parquet")
    assert len(read_rows(own, tmp_path / "new.parquet").split) == ROWS
    with pytest.raises(InputError, match="parquet file does not use it"):
        read_rows(own, tmp_path / "new.parquet", {"query": "select 1"})


@pytest.mark.parametrize("name", ["week.12/new.tsv", "new.week.12.csv"])
def test_what_is_a_gap_is_carried_to_names_with_a_dot(tmp_path: Path, name: str) -> None:
    data = pd.DataFrame({"a": ["0,0", "2,5", "?", "4,0"], "b": ["0", "1", "2", "3"]})
    data.to_csv(tmp_path / "d.csv", index=False, sep=";")
    keys = {"delimiter": ";", "decimal": ",", "na_values": ["?"], "missing": "mean"}
    own = clusterforge.run(recipe(tmp_path / "d.csv", "scale", **keys), out=tmp_path / "run")
    new = tmp_path / name
    new.parent.mkdir(parents=True, exist_ok=True)
    data.to_csv(new, index=False, sep=";")
    path = tmp_path / name.split("/")[0]
    values = own.read(path).items.take(np.arange(4))
    np.testing.assert_array_equal(values[:, 0], [0, 2.5, np.nan, 4])


def test_a_key_of_csv_files_is_not_carried_to_a_folder_of_others(tmp_path: Path) -> None:
    frame().to_csv(tmp_path / "d.csv", index=False, sep=";")
    own = clusterforge.run(recipe(tmp_path / "d.csv", delimiter=";"), out=tmp_path / "run")
    (tmp_path / "new").mkdir()
    frame().to_parquet(tmp_path / "new" / "a.parquet")
    assert len(read_rows(own, tmp_path / "new").split) == ROWS


def test_new_rows_with_wider_lists_are_refused(tmp_path: Path) -> None:
    values = pd.DataFrame({"v": [[float(i % 3), 1.0] for i in range(ROWS)]})
    values.to_parquet(tmp_path / "d.parquet")
    own = clusterforge.run(recipe(tmp_path / "d.parquet"), out=tmp_path / "run")
    wide = pd.DataFrame({"v": [[1.0, 2.0, 3.0]]})
    with pytest.raises(InputError, match="3 numbers, those of train 2"):
        own.predict(wide)
    wide.to_parquet(tmp_path / "new.parquet")
    with pytest.raises(InputError, match="3 numbers, those of train 2"):
        own.predict_file(tmp_path / "new.parquet", tmp_path / "out.csv")
