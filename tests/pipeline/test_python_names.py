"""Runs that use classes without a package: what is imported when, keys, and objects from Python."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import clusterforge
from clusterforge.cli.main import main
from clusterforge.errors import InputError, PluginError
from clusterforge.models import LeftOut
from clusterforge.pipeline.api import resume
from clusterforge.pipeline.result import Run
from tests.pipeline import toy

MINE = """
from pathlib import Path
with (Path(__file__).parent / "imported.log").open("a") as log:
    log.write("x")

class Thirds:
    def __init__(self, column=0, fails=False):
        self.column, self.fails = column, fails
    def fit_predict(self, X):
        if self.fails:
            raise RuntimeError("it fails")
        self.low, self.high = X[:, self.column].min(), X[:, self.column].max()
        return self.predict(X)
    def predict(self, X):
        share = (X[:, self.column] - self.low) / (self.high - self.low)
        return (share * 3).clip(0, 2).astype(int)

class Ones:
    def fit_predict(self, X):
        return [1] * len(X)

class Lambda(Thirds):
    def fit_predict(self, X):
        self.rule = lambda rows: (rows[:, 0] > 10).astype(int)
        return self.predict(X)
    def predict(self, X):
        return self.rule(X)

class Away:
    def fit(self, X):
        self.mean = X.mean(axis=0)
    def transform(self, X):
        return X - self.mean

def share(X, labels, truth, *, of=1.0):
    return of * float((labels == truth).mean())
"""
THIRDS = {"use": "python:./mine.py:Thirds"}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "mine.py").write_text(MINE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def imports(folder: Path) -> int:
    log = folder / "imported.log"
    return len(log.read_text()) if log.exists() else 0


def ran(name: str = "run", **changes: Any) -> Run:
    tables = toy.recipe(
        **{
            "clusterer": [THIRDS],
            "report": {"projection": "none"},
            "compute": {"threads": 1},
        }
        | changes
    )
    return clusterforge.run(tables, out=name, registry=toy.registry())


def reused(run: Run) -> dict[str, bool]:
    return {stage.stage: stage.reused for stage in run.info.stages}


def test_classes_of_every_kind_in_one_run(here: Path) -> None:
    run = ran(
        encoder=[{"use": "python:./mine.py:Away"}],
        clusterer=[THIRDS, {"use": "python:mine:Ones"}],
        metric=[{"use": "python:mine:share", "of": 0.5}, {"use": "largest"}],
    )

    assert run.score("share", clusterer="thirds", split="train") == 0.5
    assert run.score("share", clusterer="ones", split="train") == pytest.approx(0.5 / 3)
    assert run.score("largest", clusterer="thirds") == pytest.approx(1 / 3)
    with pytest.raises(InputError, match="no largest of ones on test; give split='train'"):
        run.score("largest", clusterer="ones")  # a class without predict labels no other split
    assert run.info.warnings == ()
    used = {plugin.name: plugin.distribution for plugin in run.info.plugins}
    assert used["thirds"] == f"python:{here}/mine.py"
    assert imports(here) == 1


def test_opening_a_folder_imports_nothing(here: Path) -> None:
    before = ran(clusterer=[THIRDS, {"use": "cut"}])
    rows = np.zeros((2, 4), dtype=np.float32)
    expected = before.predict(rows, "thirds")
    (here / "mine.py").write_text("raise SystemExit('imported')")

    run = clusterforge.load("run", registry=toy.registry())

    assert run.score("largest", clusterer="thirds") == pytest.approx(1 / 3)
    assert len(run.labels("thirds", "test")) == len(run.embedding("test")) == 60
    assert run.recipe.clusterers[0].id == "thirds"
    assert len(run.predict(rows, "cut")) == 2  # needs no Python name
    refused = (
        f"run/recipe.toml: clusterer.0.use: the code of python:{here}/mine.py:Thirds is not "
        "imported when a folder is opened; allow it if you trust it: trust_python=True, or "
        "--trust-python"
    )
    with pytest.raises(InputError) as failed:
        run.predict(rows, "thirds")
    assert str(failed.value) == refused
    for found in (run.predict_all, run.predict_columns):
        with pytest.warns(LeftOut) as told:
            assert list(found(rows)) == ["cut"]
        assert [str(one.message) for one in told] == [f"left out: {refused}"]
    with pytest.raises(PluginError, match="imported"):
        clusterforge.load("run", registry=toy.registry(), trust_python=True).predict(rows)

    (here / "mine.py").write_text(MINE)
    trusted = clusterforge.load("run", registry=toy.registry(), trust_python=True)
    np.testing.assert_array_equal(trusted.predict(rows, "thirds"), expected)


def test_code_that_has_changed_since_the_run_is_noticed(here: Path) -> None:
    ran()
    (here / "mine.py").write_text(MINE.replace("share * 3", "share * 2"))

    trusted = clusterforge.load("run", registry=toy.registry(), trust_python=True)

    with pytest.raises(InputError, match="Thirds does not answer as it did in the run"):
        trusted.predict(np.zeros((2, 4), dtype=np.float32))


def test_the_command_line_asks_before_it_imports(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLUSTERFORGE_PLUGINS", "")
    (here / "r.toml").write_text(
        '[dataset]\nuse = "blobs"\nrows = 60\n[[encoder]]\nuse = "scale"\n[[clusterer]]\n'
        'use = "python:mine:Thirds"\n[evaluation]\nnull_draws = 0\n'
        '[report]\nprojection = "none"\n[compute]\nthreads = 1\n'
    )
    assert main(["run", "r.toml", "--out", "done", "--quiet"]) == 0
    assert imports(here) == 1
    np.save(
        "new.npy",
        np.zeros((2, clusterforge.load("done").info.data.splits["train"].shape[0]), np.float32),
    )
    (here / "mine.py").write_text(MINE + "\n")  # another content: imported anew

    assert main(["report", "done"]) == 0
    assert main(["predict", "done", "new.npy"]) == 2
    assert "is not imported when a folder is opened" in " ".join(capsys.readouterr().err.split())
    assert imports(here) == 1
    assert main(["predict", "done", "new.npy", "--trust-python"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "id,thirds,thirds.name"
    assert imports(here) == 2
    assert main(["run", "r.toml", "--trust-python"]) == 2
    again = '[[clusterer]]\nuse = "kmeans"\nn_clusters = 2\n[[clusterer]]'
    (here / "both.toml").write_text((here / "r.toml").read_text().replace("[[clusterer]]", again))
    assert main(["run", "both.toml", "--out", "both", "--quiet"]) == 0
    capsys.readouterr()
    assert main(["predict", "both", "new.npy"]) == 0
    shown = capsys.readouterr()
    assert shown.out.splitlines()[0].startswith("id,kmeans")
    assert "warning: left out: " in shown.err
    assert "can't label rows" not in shown.err
    assert main(["describe", "clusterer", "python:mine:Thirds"]) == 2
    assert "describe shows installed plugins only" in " ".join(capsys.readouterr().err.split())

    assert main(["run", "r.toml", "--out", "cut", "--quiet", "--no-cache"]) == 0
    (here / "cut" / "manifest.json").unlink()
    (here / "mine.py").write_text(MINE + "\n\n")
    assert main(["run", "--resume", "cut", "--quiet"]) == 2
    assert "clusterer.0.use: the code of" in " ".join(capsys.readouterr().err.split())
    assert imports(here) == 2
    assert main(["run", "--resume", "cut", "--quiet", "--trust-python"]) == 0


def test_results_are_keyed_by_the_source(here: Path) -> None:
    first = ran("a")
    assert reused(ran("b"))["clusterer.0.thirds"]
    (here / "mine.py").write_text(MINE.replace("share * 3", "share * 2"))
    third = ran("c")

    assert not reused(third)["clusterer.0.thirds"]
    assert first.labels().tolist() != third.labels().tolist()


def test_a_state_that_cannot_be_stored_is_said_and_the_run_succeeds(here: Path) -> None:
    run = ran(clusterer=[{"use": "python:mine:Lambda"}])

    assert len(run.labels(split="test")) == 60
    (warning,) = run.info.warnings
    assert warning.startswith(
        "clusterer.0.lambda: new rows can't be labelled later: once restored, it"
    )
    assert ran("again", clusterer=[{"use": "python:mine:Lambda"}]).info.warnings == (warning,)
    with pytest.raises(InputError, match="the fitted state of Lambda could not be stored"):
        run.predict(np.zeros((2, 4), dtype=np.float32))


def test_a_class_that_fails_is_named(here: Path) -> None:
    with pytest.raises(PluginError, match=r"clusterer 'thirds' of python:.*mine\.py .*it fails"):
        ran(clusterer=[THIRDS | {"fails": True}])


def test_n_clusters_may_be_classes(here: Path) -> None:
    run = ran(clusterer=[{"use": "python:sklearn.cluster:KMeans", "n_clusters": "classes"}])

    assert len(np.unique(run.labels())) == 3
    assert run.info.labels_used == ("number of clusters of clusterer.0.k-means",)


def test_an_object_a_table_can_say_is_a_table(here: Path) -> None:
    run = ran(
        encoder=[{"use": PCA(2)}],
        clusterer=[{"use": KMeans(3, n_init=2), "id": "mine"}],
        report={"projection": "none"},
    )

    stored = json.loads((run.folder / "recipe.json").read_text())
    assert stored["clusterer"][0]["use"] == "python:sklearn.cluster:KMeans"
    again = clusterforge.run(run.folder / "recipe.toml", out="again", registry=toy.registry())
    assert all(reused(again)[stage] for stage in ("encoder.0.pca", "clusterer.0.mine"))
    np.testing.assert_array_equal(again.labels(), run.labels())


def test_an_object_no_file_can_say(here: Path) -> None:
    given = make_pipeline(StandardScaler(), KMeans(3))
    first = ran("a", clusterer=[{"use": given, "id": "mine"}])
    second = ran("b", clusterer=[{"use": given, "id": "mine"}])

    assert not reused(second)["clusterer.0.mine"]  # what it is, no key can tell
    stored = json.loads((first.folder / "recipe.json").read_text())["clusterer"][0]
    assert stored["use"] == "python:<object>:Pipeline"
    assert stored["object"].startswith("sklearn.pipeline.Pipeline(memory=None, steps=[")
    assert first.score("largest", clusterer="mine") == pytest.approx(1 / 3)
    trusted = clusterforge.load("a", registry=toy.registry(), trust_python=True)
    assert len(trusted.labels("mine")) == 60
    with pytest.raises(InputError, match="Pipeline was an object of a Python session"):
        trusted.predict(np.zeros((1, 4), dtype=np.float32))
    with pytest.raises(InputError, match=r"clusterer\.0\.use: Pipeline was an object"):
        clusterforge.run(first.folder / "recipe.toml", out="c", registry=toy.registry())


def test_resume_asks_too(here: Path) -> None:
    run = ran()
    (run.folder / "manifest.json").unlink()

    with pytest.raises(InputError, match=r"clusterer\.0\.use: the code of python"):
        resume(run.folder, registry=toy.registry())
    resume(run.folder, registry=toy.registry(), trust_python=True)


CONTRACTS = """
import numpy as np
from torch import nn
from clusterforge.contracts import Clusterer, Corpus, Dataset, Metric, Split, State, Table
from clusterforge.contracts.training import Loss, Network, Phase, TrainedEncoder
from clusterforge.params import Field, Params
from clusterforge.phases import TrainedParams

class RowsParams(Params):
    rows: int = Field(40, ge=2, description="Rows.")

class Rows(Dataset[RowsParams]):
    def load(self, context):
        rows = np.random.default_rng(0).normal(size=(self.params.rows, 3)).astype(np.float32)
        return Corpus({"train": Split("train", Table(rows)), "test": Split("test", Table(rows[:9]))})

class LineNetwork(Network):
    def __init__(self, width):
        super().__init__()
        self.down, self.up = nn.Linear(width, 2), nn.Linear(2, width)
    def encode(self, x):
        return self.down(x)
    def decode(self, z):
        return self.up(z)
    def encoder_parameters(self):
        return self.down.parameters()

class LineParams(TrainedParams):
    epochs: int = 1
    def own_phases(self):
        return (Phase(loss="reconstruction"),)

class Line(TrainedEncoder[LineParams]):
    def build(self, shape):
        return LineNetwork(shape[0])

class CubeParams(Params):
    power: float = Field(3.0, gt=0, description="Power.")

class CubeLoss(Loss[CubeParams]):
    clusterforge_spec = {"needs_decoder": True}
    def __call__(self, batch):
        return (batch.reconstruction.float() - batch.target).abs().pow(self.params.power).mean()

class Sign(Clusterer[Params]):
    def fit(self, points, context):
        return self.predict(points, context)
    def predict(self, points, context):
        return (points.embedding[:, 0] > 0).astype(np.int64)
    def state(self):
        return State()
    def restore(self, state):
        pass

class Size(Metric[Params]):
    def score(self, clustering):
        return float(len(clustering.labels))
"""


def test_our_own_contracts_of_every_kind(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLUSTERFORGE_PLUGINS", "")
    (here / "own.py").write_text(CONTRACTS)
    loss = {"use": "python:./own.py:CubeLoss", "power": 1.5}
    phase = {"loss": loss, "epochs": 2, "batch": 16, "name": "cubed"}
    run = clusterforge.run(
        {
            "dataset": {"use": "python:./own.py:Rows", "rows": 50},
            "encoder": [{"use": "python:./own.py:Line", "phase": [phase]}],
            "clusterer": [{"use": "python:./own.py:Sign"}],
            "metric": [{"use": "python:./own.py:Size"}],
            "evaluation": {"null_draws": 0},
            "report": {"projection": "none"},
            "compute": {"threads": 1, "precision": "float32"},
        },
        out="own",
    )

    assert (run.score("size"), run.score("size", split="train")) == (9.0, 50.0)
    assert run.embedding().shape == (50, 2)
    rows = np.zeros((2, 3), dtype=np.float32)
    assert run.predict(rows).shape == (2,)
    opened = clusterforge.load("own")
    assert len(opened.labels()) == 50
    with pytest.raises(InputError, match=r"dataset\.use: the code of"):
        opened.encode(rows)
    trusted = clusterforge.load("own", trust_python=True)
    np.testing.assert_array_equal(trusted.encode(rows), run.encode(rows))
