"""A run's model as a folder for the Hub."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml

import clusterforge
from clusterforge.curation.edits import Merge
from clusterforge.errors import InputError
from clusterforge.exporting.card import _text
from clusterforge.exporting.hub_folder import _check_no_pickle
from clusterforge.pipeline.curate import refer
from clusterforge.pipeline.result import Run
from clusterforge.runs.manifest import read_manifest
from tests.exporting.conftest import FORMULA, TOPICS, body, line

NEW = [*TOPICS, "nothing of these", "money account", "card card card"]


@pytest.fixture(scope="module")
def curation(done: Run, tmp_path_factory: pytest.TempPathFactory) -> Run:
    where = tmp_path_factory.mktemp("curation") / "run"
    clusters = tuple(refer(done.files, "kmeans", number) for number in "01")
    merge = Merge(clusters=clusters, name="<b>[x](y)</b>")
    return clusterforge.edit(done.folder, [merge], clusterer="kmeans", out=where, cache=False)


@pytest.fixture(scope="module")
def exported(curation: Run, tmp_path_factory: pytest.TempPathFactory) -> Run:
    where = tmp_path_factory.mktemp("hub") / "model"
    files = clusterforge.export(curation.folder, hub=where).files
    assert files == (where,)
    return clusterforge.load(where)


def test_it_answers_as_the_run(curation: Run, exported: Run, tmp_path: Path) -> None:
    expected = curation.predict_columns(NEW)
    answered = exported.predict_columns(NEW)
    assert [*answered] == [*expected]
    for name, values in expected.items():
        np.testing.assert_array_equal(answered[name], values)
    (tmp_path / "new.csv").write_text(
        "id,body\n" + "\n".join(f"{i},{t}" for i, t in enumerate(NEW))
    )
    for run, out in ((curation, "a.csv"), (exported, "b.csv")):
        run.predict_file(tmp_path / "new.csv", tmp_path / out)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    found, same = (run.strangers(NEW) for run in (curation, exported))
    assert found
    assert same
    assert (same.rows, same.of, same.least) == (found.rows, found.of, found.least)
    assert "clusterforge follow RUN new.csv" in same.line("model", "new.csv")


def test_it_holds_no_rows_no_paths_and_no_pickles(exported: Run, source: Path) -> None:
    private = [body(FORMULA), body(8), line(8), str(source.parent), str(Path.home())]
    for path in exported.folder.rglob("*"):
        assert path.suffix in ("", ".json", ".md", ".safetensors", ".toml")
        content = path.read_bytes() if path.is_file() else b""
        assert not [text for text in private if text.encode() in content], path


def test_it_holds_no_values_of_columns(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).normal(size=(60, 2))
    data = tmp_path / "rows.csv"
    np.savetxt(data, rows, fmt="%.6f", delimiter=",", header="a,b", comments="")
    recipe = {
        "dataset": {"use": "files", "path": str(data), "features": "all"},
        "encoder": [{"use": "scale"}],
        "clusterer": [{"use": "kmeans", "n_clusters": 3}],
        "report": {"projection": "none"},
        "evaluation": {"refits": 0, "resamples": 0, "null_draws": 0},
    }
    run = clusterforge.run(recipe, out=tmp_path / "run", cache=False)
    assert any(run.info.data.spreads)
    clusterforge.export(run.folder, hub=tmp_path / "model")
    assert not clusterforge.load(tmp_path / "model").info.data.spreads


def test_its_card_says_what_it_is(exported: Run) -> None:
    path = exported.folder / "README.md"
    _, header, text = path.read_text().split("---\n", 2)
    known = yaml.safe_load(header)
    assert known["library_name"] == "clusterforge"
    assert "text-clustering" in known["tags"]
    assert known["model-index"][0]["results"][0]["metrics"]
    assert "<b>" not in text
    assert "[x](y)" not in text
    assert "clusterforge predict FOLDER" in text
    assert "leaves" in text  # dbscan's noise
    path.write_text("edited by its publisher")
    clusterforge.load(exported.folder)
    assert "README.md" not in read_manifest(exported.folder).files


def test_a_change_to_a_file_is_found(exported: Run) -> None:
    path = exported.folder / "clusterers" / "kmeans" / "state.json"
    before = path.read_bytes()
    path.write_bytes(before + b" ")
    with pytest.raises(InputError, match=r"state\.json is missing or has changed"):
        clusterforge.load(exported.folder)
    path.write_bytes(before)


def test_what_needs_rows_is_refused_in_one_line(exported: Run, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"an exported model has no .*; name the run"):
        exported.export(tmp_path / "rows.csv")
    with pytest.raises(InputError, match="an exported model has no"):
        exported.embedding()


def test_folders_that_hold_something_are_left_alone(done: Run, tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_text("x")
    with pytest.raises(InputError, match="is not empty"):
        done.export(hub=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["own.txt"]


def test_a_model_that_may_be_a_pickle_is_refused(tmp_path: Path) -> None:
    (tmp_path / "onnx").mkdir()
    (tmp_path / "onnx" / "model.bin").touch()
    _check_no_pickle(tmp_path, "encoder.0.model")
    (tmp_path / "pytorch_model.bin").touch()
    with pytest.raises(InputError, match=r"encoder\.0\.model: .*pytorch_model\.bin"):
        _check_no_pickle(tmp_path, "encoder.0.model")


def test_text_in_a_card_is_text() -> None:
    assert _text("a\n# b | <script> [x](y) \x1b[0m") == (
        "a \\# b \\| &lt;script&gt; \\[x\\]\\(y\\) \ufffd\\[0m"
    )
