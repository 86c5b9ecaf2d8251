"""``check`` refuses what ``run`` would refuse, where specs and the data set's peek tell it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from clusterforge.costs import Size
from clusterforge.errors import InputError
from clusterforge.pipeline import api
from clusterforge.registry import Registry

KMEANS = {"use": "kmeans", "n_clusters": 3}
DEC = {"use": "dec", "n_clusters": 3}
SCALE = {"use": "scale"}
WITH_HEAD = {"loss": {"use": "dec", "n_clusters": 3}}


@pytest.fixture
def rows(tmp_path: Path) -> dict[str, Any]:
    path = tmp_path / "rows.csv"
    path.write_text("a,b,kind\n" + "".join(f"{i},{i % 7},k{i % 3}\n" for i in range(60)))
    return {"use": "files", "path": str(path), "features": ["a", "b"]}


def check(
    dataset: dict[str, Any], encoder: dict[str, Any], clusterer: dict[str, Any] = KMEANS
) -> None:
    recipe = {"dataset": dataset, "encoder": [encoder], "clusterer": [clusterer]}
    api.check(recipe, registry=Registry.installed(""))


LABELS = "it trains on labels, but the data set has none"
REFUSED = [
    (SCALE, {**KMEANS, "n_clusters": "classes"}, 'clusterer.0.n_clusters: is "classes", but'),
    ({**DEC, "n_clusters": "classes"}, KMEANS, 'encoder.0.n_clusters: is "classes", but'),
    ({"use": "classifier"}, KMEANS, f"encoder.0: {LABELS}"),
    ({"use": "siamese", "pairs": "labels"}, KMEANS, f"encoder.0: {LABELS}"),
    ({"use": "autoencoder", "phase": [{"loss": "cross-entropy"}]}, KMEANS, f"encoder.0: {LABELS}"),
    ({"use": "autoencoder"}, {"use": "head"}, "'autoencoder' has none; put one of classifier, dec"),
    (SCALE, {"use": "head"}, "'scale' has none; put one of"),
    ({"use": "autoencoder", "weights": "gone"}, KMEANS, "encoder.0.weights: .*gone does not exist"),
    ({"use": "tfidf"}, KMEANS, "encoder.0.use: encoder 'tfidf' takes text, but the data set holds"),
]  # fmt: skip


@pytest.mark.parametrize(("encoder", "clusterer", "message"), REFUSED)
def test_what_can_be_known_is_refused(
    encoder: dict[str, Any], clusterer: dict[str, Any], message: str, rows: dict[str, Any]
) -> None:
    with pytest.raises(InputError, match=message):
        check(rows, encoder, clusterer)


def test_with_labels_the_same_is_valid(rows: dict[str, Any]) -> None:
    labelled = {**rows, "label": "kind"}
    check(labelled, SCALE, {**KMEANS, "n_clusters": "classes"})
    check(labelled, {"use": "classifier"}, {"use": "head"})
    check(labelled, {"use": "autoencoder", "phase": [{"loss": "cross-entropy"}]}, {"use": "head"})


def test_a_head_may_come_from_a_phase(rows: dict[str, Any]) -> None:
    check(rows, {"use": "autoencoder", "phase": [WITH_HEAD]}, {"use": "head"})
    check(rows, DEC, {"use": "head"})
    with pytest.raises(InputError, match="'dec' has none"):
        check(rows, {"use": "dec", "phase": [{"loss": "reconstruction"}]}, {"use": "head"})


@pytest.mark.parametrize(
    ("encoder", "clusterer", "key"),
    [
        (SCALE, {"use": "gaussian-mixture", "n_clusters": 200}, "clusterer.0.n_clusters"),
        ({**DEC, "n_clusters": 200}, KMEANS, "encoder.0.n_clusters"),
        (
            {"use": "autoencoder", "phase": [{"loss": {"use": "dec", "n_clusters": 200}}]},
            KMEANS,
            "encoder.0.dec.n_clusters",
        ),
    ],
)
def test_more_clusters_than_rows(
    encoder: dict[str, Any], clusterer: dict[str, Any], key: str
) -> None:
    with pytest.raises(InputError, match=f"^{key}: is 200, but the train split has 120 rows"):
        check({"use": "iris"}, encoder, clusterer)


def test_a_balanced_sample_needs_labels(rows: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"dataset\.balanced: needs labels"):
        check({**rows, "balanced": True}, SCALE)


def _lines(path: Path, rows: int) -> dict[str, Any]:
    path.write_text("a,b,text\n" + "".join(f"{i},{i % 7},parcel {i}\n" for i in range(rows)))
    return {"use": "files", "path": str(path), "features": ["a", "b"]}


def test_rows_of_small_files_are_counted(tmp_path: Path) -> None:
    dataset = {**_lines(tmp_path / "rows.csv", 40), "test_fraction": 0.25}
    recipe = {"dataset": dataset, "encoder": [SCALE], "clusterer": [KMEANS]}
    known = api.check(recipe, registry=Registry.installed("")).known
    assert known[1].endswith("rows.csv: train 30 rows, test 10 rows")
    with pytest.raises(InputError, match="n_clusters: is 31, but the train split has 30 rows"):
        check(dataset, SCALE, {**KMEANS, "n_clusters": 31})


def test_rows_that_are_left_out_do_not_count(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("text\n" + "a parcel\n" * 6 + "late\nbroken\n" + '""\n' * 5)
    dataset = {"use": "files", "path": str(path), "text": "text", "missing": "drop"}
    with pytest.raises(InputError, match="but the train split has 8 rows"):
        check(dataset, {"use": "tfidf"}, {**KMEANS, "n_clusters": 9})


@pytest.mark.parametrize(
    ("name", "more", "most"),
    [
        ("rows.npy", {}, "40"),
        ("rows.parquet", {"test_fraction": 0.25}, "30"),
        ("rows.parquet", {"missing": "drop"}, "at most 40"),
        ("rows.csv", {"limit": 20}, "at most 20"),
    ],
)
def test_a_run_refuses_what_it_knows_before_it_reads(
    name: str, more: dict[str, Any], most: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(*_: object) -> None:
        raise AssertionError("the data are read")

    monkeypatch.setattr("clusterforge.datasets.table_peeks.SMALL", 0)
    monkeypatch.setattr("clusterforge.datasets.files.Files.load", load)
    path, values = tmp_path / name, np.arange(80.0).reshape(40, 2)
    if path.suffix == ".npy":
        np.save(path, values)
    elif path.suffix == ".csv":
        np.savetxt(path, values, delimiter=",", header="a,b", comments="")
    else:
        pq.write_table(pa.table({"a": values[:, 0], "b": values[:, 1]}), path)
    recipe = {
        "dataset": {"use": "files", "path": str(path), "features": "all", **more},
        "encoder": [SCALE],
        "clusterer": [{**KMEANS, "n_clusters": 41}],
    }
    message = f"n_clusters: is 41, but the train split has {most} rows; ask for fewer clusters"
    with pytest.raises(InputError, match=message):
        api.run(recipe, out=tmp_path / "run", registry=Registry.installed(""))
    assert not (tmp_path / "run").exists()


def test_images_are_at_most_so_many(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    for number in range(4):
        Image.new("L", (8, 8), number).save(tmp_path / "images" / f"{number}.png")
    dataset = {"use": "files", "path": str(tmp_path / "images"), "missing": "drop"}
    recipe = {"dataset": dataset, "encoder": [{"use": "flatten"}], "clusterer": [KMEANS]}
    known = api.check(recipe, registry=Registry.installed("")).known
    assert known[1].endswith("images: train at most 4 rows")
    with pytest.raises(InputError, match="is 5, but the train split has at most 4 rows"):
        check(dataset, {"use": "flatten"}, {**KMEANS, "n_clusters": 5})


@pytest.mark.parametrize(
    ("encoder", "clusterer", "message"),
    [
        (
            {"use": "pca", "components": 3},
            KMEANS,
            r"^encoder\.1\.components: there are 2 columns, so at most 2 components; set 2 or less$",
        ),
        (
            SCALE,
            {"use": "spectral", "n_clusters": 3, "components": 41},
            r"^clusterer\.0\.components: 41 eigenvectors of 40 rows; use at most 40$",
        ),
    ],
)
def test_counts_are_refused_by_the_message_of_the_plugin(
    encoder: dict[str, Any], clusterer: dict[str, Any], message: str, tmp_path: Path
) -> None:
    recipe = {
        "dataset": _lines(tmp_path / "rows.csv", 40),
        "encoder": [{"use": "table"}, encoder],
        "clusterer": [clusterer],
    }
    with pytest.raises(InputError, match=message):
        api.check(recipe, registry=Registry.installed(""))


def test_estimated_columns_refuse_nothing() -> None:
    spec = Registry.installed("").find("encoder", "pca").spec
    few = Size(rows=100, width=2, exact=False)
    assert spec.costs is not None
    assert spec.costs(spec.params(components=3), few).width == 2
    with pytest.raises(InputError, match="there are 2 columns"):
        spec.costs(spec.params(components=3), replace(few, exact=True))
