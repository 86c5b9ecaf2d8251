"""What Python is told of a run while it runs."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

import clusterforge
import clusterforge.errors
from clusterforge.pipeline.progress import NotebookLine, default_observer

RECIPE = {
    "name": "progress",
    "dataset": {"use": "blobs", "rows": 60},
    "encoder": [{"use": "autoencoder", "layers": [4], "dim": 2, "epochs": 2}],
    "clusterer": [{"use": "kmeans", "n_clusters": 3}],
    "evaluation": {"refits": 0, "resamples": 0},
    "report": {"projection": "none"},
}


def test_a_run_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "clusterforge"):
        clusterforge.run(RECIPE, out=tmp_path / "run", cache=False)

    levels = {record.levelname for record in caplog.records}
    assert {"INFO", "DEBUG"} <= levels
    assert caplog.messages[-1] == f"run {tmp_path / 'run'}: complete"
    assert sum("epoch 2: " in message for message in caplog.messages) == 1


def test_a_warning_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    observer = default_observer()
    observer.warning("100 % of rows are copies")
    observer.warning("100 % of rows are copies")

    assert caplog.messages == ["100 % of rows are copies"]


def test_a_notebook_shows_one_line_that_ends_with_the_folder(tmp_path: Path) -> None:
    states: list[str] = []
    clusterforge.run(
        RECIPE, out=tmp_path / "run", cache=False, observer=NotebookLine(states.append)
    )

    assert states[0].startswith("1/")
    assert states[-1] == f"<code>{tmp_path / 'run'}</code>"


def test_what_a_notebook_shows_is_text(tmp_path: Path) -> None:
    states: list[str] = []
    NotebookLine(states.append).stage_started("encoder.0.<b>x</b>")

    assert states == ["encoder.0.&lt;b&gt;x&lt;/b&gt;"]


def test_a_notebook_says_where_a_run_ended_early(tmp_path: Path) -> None:
    states: list[str] = []
    (tmp_path / "d.csv").write_text("x\n" + "0.5\n1.5\n" * 20)
    wrong = RECIPE | {
        "dataset": {"use": "files", "path": str(tmp_path / "d.csv"), "features": ["x"]},
        "encoder": [{"use": "flatten"}],
        "clusterer": [{"use": "kmeans", "n_clusters": 5}],
    }
    with pytest.raises(clusterforge.errors.InputError):
        clusterforge.run(
            wrong, out=tmp_path / "run", cache=False, observer=NotebookLine(states.append)
        )

    assert states[-1].startswith("ended early after ")
