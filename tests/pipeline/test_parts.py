"""Rows that hold several things, and branches of encoders that are joined."""

from __future__ import annotations

import csv
import random
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import clusterforge
from clusterforge.contracts import IntArray, Parts, Table, Texts, parts_of
from clusterforge.contracts.items import SomeItems, part_of
from clusterforge.errors import InputError, RecipeError
from clusterforge.models.usable_rows import RowsLeftOut
from clusterforge.pipeline.api import check
from clusterforge.pipeline.result import Run

WORDS = ("refund money charge card invoice", "parcel courier late delivery van")
RECIPE: dict[str, Any] = {
    "name": "several",
    "encoder": [
        {"use": "tfidf", "reads": "text"},
        {"use": "pca", "components": 4},
        {"use": "scale", "reads": "features"},
        {"use": "join"},
    ],
    "clusterer": [{"use": "kmeans", "n_clusters": 4}],
    "evaluation": {"refits": 0, "resamples": 0, "null_draws": 0},
    "report": {"projection": "none"},
    "compute": {"threads": 1},
}


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file whose four groups neither the text nor the price tells apart alone."""
    path, rng = tmp_path_factory.mktemp("parts") / "rows.csv", random.Random(0)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["row", "body", "price", "group"])
        for i in range(80):
            topic, dear = i % 2, i // 2 % 2
            text = " ".join(rng.choices(WORDS[topic].split(), k=6))
            price = rng.gauss(100 if dear else 10, 3)
            writer.writerow([f"r{i}", "" if i == 7 else text, f"{price:.2f}", f"{topic}{dear}"])
    return path


def recipe(rows: Path, **dataset: object) -> dict[str, Any]:
    own = {"use": "files", "path": str(rows), "text": "body", "features": ["price"]}
    own |= {"label": "group", "id": "row", "missing": "drop"}
    return {**RECIPE, "dataset": {**own, **dataset}}


@pytest.fixture(scope="module")
def run(rows: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    out = tmp_path_factory.mktemp("run") / "run"
    return clusterforge.run(recipe(rows), out=out, cache=False)


def groups(rows: Path) -> list[str]:
    return [group for i, group in enumerate(pd.read_csv(rows, dtype=str)["group"]) if i != 7]


def pure(labels: IntArray, truth: list[str]) -> bool:
    return len({(a, b) for a, b in zip(labels.tolist(), truth, strict=True)}) == 4


def test_text_and_numbers_find_together_what_neither_finds_alone(run: Run, rows: Path) -> None:
    assert pure(run.labels(), groups(rows))
    assert run.info.data.parts == ("text", "features")
    assert [some.reason for some in run.info.data.left_out] == ["no text or a missing value"]
    (clustering,) = run.files.explanations.clusterings.values()
    assert all(c.words and c.features and c.typical[0].text for c in clustering.clusters)


def test_new_rows_come_as_a_file_or_a_data_frame(run: Run, rows: Path) -> None:
    frame = pd.read_csv(rows).drop(7)
    assert run.predict(frame).tolist() == run.labels().tolist()
    with pytest.warns(RowsLeftOut, match="1 of 80 rows"):
        assert run.predict(run.read(rows).items).tolist() == run.labels().tolist()
    with pytest.raises(InputError, match="a row of the model holds text and features; give a data"):
        run.predict(["a parcel"])
    with pytest.raises(InputError, match="no column 'price'"):
        run.predict(frame.drop(columns="price"))


def test_a_gap_stays_where_the_encoder_of_features_takes_it(rows: Path, tmp_path: Path) -> None:
    encoders = [*RECIPE["encoder"][:2], {"use": "table", "reads": "features"}, {"use": "join"}]
    run = clusterforge.run({**recipe(rows), "encoder": encoders}, out=tmp_path / "run", cache=False)
    frame = pd.read_csv(rows).drop(7).head(9)
    frame.loc[2, "price"] = np.nan
    frame.to_csv(tmp_path / "new.csv", index=False)
    read = run.read(tmp_path / "new.csv")
    assert len(read) == len(frame)
    assert run.predict(read.items).tolist() == run.predict(frame).tolist()


def test_weights_are_shares_of_squared_distances(rows: Path, tmp_path: Path) -> None:
    heavy = {"use": "join", "weights": [1, 1000]}
    changed = {**recipe(rows), "encoder": [*RECIPE["encoder"][:3], heavy]}
    run = clusterforge.run(changed, out=tmp_path / "run", cache=False)
    embedding = run.embedding("train").astype(np.float64)
    variance = embedding.var(axis=0)
    assert np.isclose(variance[-1] / variance[:-1].sum(), 1000, rtol=1e-3)
    assert np.allclose(embedding.mean(axis=0), 0, atol=1e-5)


@pytest.mark.parametrize(
    ("encoders", "says"),
    [
        ([0, 2], "encoder.0.use: its branch of encoders is not joined with the others; put an enc"),
        ([0, 1, 3], "encoder.2.use: encoder 'join' joins branches of encoders, but there is only"),
        ([2, 0, 1], "encoder.0.use: its branch of encoders is not joined"),
    ],
)
def test_branches_have_to_be_joined(rows: Path, encoders: list[int], says: str) -> None:
    chosen = [RECIPE["encoder"][i] for i in encoders]
    with pytest.raises(RecipeError) as info:
        check({**recipe(rows), "encoder": chosen})
    assert says in str(info.value)


def test_a_part_that_rows_do_not_have_is_named(rows: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"encoder.2.reads: rows have no features; known: text"):
        clusterforge.run(recipe(rows, features=None), out=tmp_path / "run", cache=False)


def test_all_features_are_without_the_text(rows: Path, tmp_path: Path) -> None:
    run = clusterforge.run(recipe(rows, features="all"), out=tmp_path / "run", cache=False)
    assert run.info.data.feature_names == ("price",)


def test_parts_hold_the_same_rows_and_are_all_in_the_fingerprint() -> None:
    def both(value: float) -> clusterforge.contracts.Split:
        table = Table(np.full((2, 1), value))
        parts = Parts({"text": Texts(("a", "b")), "features": table})
        return clusterforge.contracts.Split("train", parts)

    assert both(1.0).fingerprint() != both(2.0).fingerprint()
    some = SomeItems(both(1.0).items, np.array([1]))
    assert {name: len(part) for name, part in parts_of(some).items()} == {"text": 1, "features": 1}
    assert part_of(some, None) is some
    with pytest.raises(ValueError, match="the same rows"):
        Parts({"text": Texts(("a",)), "features": Table(np.ones((2, 1)))})


def test_lists_among_the_features_and_what_new_rows_lack(tmp_path: Path) -> None:
    n = 24
    frame = pd.DataFrame(
        {
            "body": [WORDS[i % 2] for i in range(n)],
            "v": [[float(i % 2), i / n] for i in range(n)],
            "price": [float(i % 2) for i in range(n)],
        }
    )
    frame.to_parquet(tmp_path / "d.parquet")
    table = recipe(tmp_path / "d.parquet", features=["v", "price"]) | {
        "encoder": [
            {"use": "tfidf", "reads": "text"},
            {"use": "table", "reads": "features"},
            {"use": "join"},
        ],
        "clusterer": [{"use": "kmeans", "n_clusters": 2}],
    }
    del table["dataset"]["label"], table["dataset"]["id"], table["dataset"]["missing"]
    own = clusterforge.run(table, out=tmp_path / "run")
    assert own.predict(frame).tolist() == own.assignments()["kmeans"].tolist()
    assert len(own.predict(frame.assign(v=None))) == n  # a list that is not there is a gap
    frame.loc[0, "body"], frame.loc[1, "price"] = None, np.nan
    frame.to_parquet(tmp_path / "new.parquet")
    with pytest.warns(RowsLeftOut, match="2 of 24 rows have no text or a missing value"):
        assert own.predict_file(tmp_path / "new.parquet", tmp_path / "o.csv").left_out == 2
