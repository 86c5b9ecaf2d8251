"""Copies of images and of rows of tables: left out with a cluster, counted, and warned of across splits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.datasets import load_digits, load_wine

import clusterforge

CHAIN = {
    "images": [{"use": "flatten"}, {"use": "pca", "components": 10}],
    "table": [{"use": "scale"}],
}


def digits(folder: Path) -> Path:
    """Write 120 digits, a smaller copy and an exact one of the sixth, a brighter one in test."""
    for split, rows in (("train", range(100)), ("test", range(100, 120))):
        (folder / "i" / split).mkdir(parents=True)
        for row in rows:
            image = Image.fromarray((load_digits().images[row] * 15).astype(np.uint8))
            image.resize((24, 24)).save(folder / "i" / split / f"{row:03}.png")
    sixth = Image.open(folder / "i/train/005.png")
    sixth.save(folder / "i/train/copy.png")
    sixth.resize((30, 30)).save(folder / "i/train/near.png")
    sixth.point(lambda value: min(255, value + 9)).save(folder / "i/test/leak.png")
    return folder / "i"


def wines(folder: Path) -> Path:
    """Write 178 wines, the sixth again as it is and rounded, a rounded one in test."""
    rows = load_wine(as_frame=True).data
    for split, some, extra in (
        ("train", rows[:150], [rows.iloc[5], rows.iloc[5] * 1.0001]),
        ("test", rows[150:], [rows.iloc[5] * 0.9999]),
    ):
        table = pd.concat([some, pd.DataFrame(extra)], ignore_index=True)
        table.to_csv(folder / f"{split}.csv", index=False)
    return folder


@pytest.mark.parametrize("kind", ["images", "table"])
def test_copies_have_the_cluster_of_the_row_that_stays(kind: str, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    path = (digits if kind == "images" else wines)(tmp_path / "data")
    dataset = {"use": "files", "path": str(path), "resize": (24, 24)}
    if kind == "table":
        dataset = {"use": "files", "path": str(path), "features": "all"}
    recipe = {
        "name": "copies",
        "dataset": dataset | {"deduplicate": "near"},
        "encoder": CHAIN[kind],
        "clusterer": [{"use": "kmeans", "n_clusters": 3}],
        "evaluation": {"null_draws": 0, "refits": 0, "resamples": 0},
        "report": {"projection": "none"},
    }
    run = clusterforge.run(recipe, out=tmp_path / "run", cache=False)
    left = {(some.reason, some.split): some.rows for some in run.info.data.left_out}
    assert left == {
        ("a copy of another row", "train"): 1,
        ("nearly a copy of another row", "train"): 1,
    }
    (warning,) = [text for text in run.info.warnings if "near cop" in text]
    assert " rows of test is a near copy of a row of train" in warning
    assert warning.startswith("1 of the ")
    run.export(tmp_path / "rows.csv")
    rows = pd.read_csv(tmp_path / "rows.csv")
    copies = rows[rows.left_out.notna()]
    originals = set(run.files.source_rows.same_as[copies.index].tolist())
    assert len(copies) == 2
    assert originals == {int(rows.index[rows.split == "train"][0]) + 5}
    assert set(copies.cluster) == {run.labels()[5]}
