"""A run's model on rows as users have them."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import clusterforge
from clusterforge import Run
from clusterforge.errors import InputError
from clusterforge.numerics import threads

WORDS = ("sun beach sea sand", "code bug test merge", "goal match team ball")


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("texts")
    rows = [{"title": WORDS[i % 3], "no": i, "said": f"number {i}"} for i in range(60)]
    pd.DataFrame(rows).to_csv(folder / "texts.csv", index=False)
    recipe = {
        "name": "texts",
        "dataset": {"use": "files", "path": str(folder / "texts.csv"), "text": ["title", "said"]},
        "encoder": [{"use": "tfidf"}],
        "clusterer": [{"use": "kmeans", "n_clusters": 3}],
        "evaluation": {"refits": 0, "resamples": 0},
        "report": {"projection": "none"},
    }
    return clusterforge.run(recipe, out=folder / "run", cache=False)


def test_a_data_frame_is_not_its_column_names(done: Run) -> None:
    frame = pd.DataFrame({"no": range(6), "title": WORDS * 2, "said": "number 1"})
    labels = done.predict(frame)
    assert labels.shape == (6,)
    assert len(set(labels.tolist())) == 3
    assert np.array_equal(labels[:3], labels[3:])
    with pytest.raises(InputError, match="no column 'title'"):
        done.predict(frame.drop(columns="title"))


def test_a_second_row_builds_nothing_and_scans_no_libraries(
    done: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = done.predict([WORDS[0]])
    monkeypatch.setattr(done.model, "_state", None)
    before = threads.pools.cache_info().misses
    assert np.array_equal(done.predict([WORDS[0]]), first)
    assert threads.pools.cache_info().misses == before


def test_a_run_pickles_and_shows_itself(done: Run) -> None:
    again = pickle.loads(pickle.dumps(done))
    assert np.array_equal(again.predict(list(WORDS)), done.predict(list(WORDS)))
    page = done._repr_html_()
    assert "report.html" in page
    assert "<td>" in page


def test_the_assignments_are_a_data_frame_with_items(done: Run) -> None:
    frame = done.assignments()
    assert list(frame.columns) == ["split", "id", "item", "label", "kmeans", "kmeans name"]
    train = frame[frame["split"] == "train"]
    assert np.array_equal(train["kmeans"].to_numpy(int), done.labels())
    assert frame["item"].str.contains("number").all()


def test_the_model_pickles(done: Run, tmp_path: Path) -> None:
    model = pickle.loads(pickle.dumps(done.model))
    rows = [f"{text} number 1" for text in WORDS]
    assert np.array_equal(model.predict(model.points(rows)), done.predict(rows))
