"""A run on a csv file with what files of users have, made once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import clusterforge
from clusterforge.pipeline.result import Run

ROWS, EMPTY, FORMULA, LIMIT = 240, 50, 7, 200
TOPICS = ("refund money charge card", "login password account locked", "late parcel courier van")


def body(row: int) -> str:
    if row % EMPTY == 0:
        return ""
    if row == FORMULA:
        return '=HYPERLINK("http://refund.money")'
    words = TOPICS[row % 3].split()
    return " ".join(words[int(i)] for i in np.random.default_rng(row).integers(0, 4, 6))


def line(row: int) -> str:
    text = body(row).replace('"', '""')
    nothing = '""' if row % 2 else ""
    return f'{row:05d},"{text}",-{row}.50,{2**60 + row},{row % 10}1234,{nothing},c{row},2024-02-29'


HEADER = "id,body,amount,big,zip,empty,cluster,day"


@pytest.fixture(scope="session")
def done(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("exports")
    path = folder / "tickets.csv"
    path.write_text("\n".join([HEADER, *map(line, range(ROWS))]) + "\n")
    recipe = {
        "dataset": {
            **{"use": "files", "path": str(path), "text": "body", "id": "id"},
            **{"missing": "drop", "limit": LIMIT},
        },
        "encoder": [{"use": "tfidf"}, {"use": "pca", "components": 3}],
        "clusterer": [
            {"use": "kmeans", "n_clusters": 3},
            {"use": "dbscan", "eps": 0.2},
            {"use": "gaussian-mixture", "n_clusters": 3},
        ],
        "evaluation": {"refits": 0, "resamples": 0},
        "report": {"projection": "none"},
    }
    return clusterforge.run(recipe, out=folder / "run", cache=False)


@pytest.fixture
def source(done: Run) -> Path:
    return Path(str(done.info.data.source["path"]))
