"""A class that does not write what its spec promises is refused when it is loaded, before there is work."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

from clusterforge.contracts import Clusterer, Encoder
from clusterforge.errors import PluginError
from clusterforge.params import Params
from clusterforge.registry import Distribution, Plugin, Registry
from clusterforge.specs import ClustererSpec, EncoderSpec, Spec
from tests.cli.conftest import BLOBS, Cli, cli
from tests.registry.conftest import Install

__all__ = ["cli"]

OWNER = Distribution("ballcover", "0.2", "plugin", "ballcover")
CLUSTERER = ClustererSpec("ball", "Balls.", Params, f"{__name__}:Ball", predicts="exact")
ENCODER = EncoderSpec("turn", "Turns.", Params, f"{__name__}:Turn", takes=frozenset({"table"}))


def put(*names: str, base: type = Clusterer) -> type:
    """Return a subclass of a contract that writes some methods."""
    return type("Ball" if base is Clusterer else "Turn", (base,), dict.fromkeys(names, print))


def load(spec: Spec, target: type, monkeypatch: pytest.MonkeyPatch) -> type[Any]:
    monkeypatch.setitem(globals(), spec.target.partition(":")[2], target)
    return Plugin(spec, OWNER).load()


@pytest.mark.parametrize(
    ("predicts", "head", "written", "missing"),
    [
        ("exact", False, ("fit", "predict", "state", "restore"), ""),
        ("exact", False, ("fit", "predict", "state"), "restore"),
        ("approximate", False, ("fit", "predict", "restore"), "state"),
        ("exact", False, ("fit", "state", "restore"), "predict"),
        ("exact", False, ("fit",), "predict, state and restore"),
        ("exact", True, ("fit", "predict"), ""),
        ("exact", True, ("fit",), "predict"),
        ("none", False, ("fit",), ""),
        ("none", False, (), "fit"),
    ],
)
def test_a_clusterer_writes_what_predict_needs(
    predicts: Literal["exact", "approximate", "none"],
    head: bool,
    written: tuple[str, ...],
    missing: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spec = replace(CLUSTERER, predicts=predicts, needs_head=head)
    target = put(*written)
    if not missing:
        assert load(spec, target, monkeypatch) is target
        return
    why = "a clusterer" if predicts == "none" else f'predicts = "{predicts}"'
    said = f"clusterer 'ball' of ballcover 0.2: Ball does not write {missing}, which {why} needs; "
    with pytest.raises(PluginError) as refused:
        load(spec, target, monkeypatch)
    assert str(refused.value) == f"{said}report it to its author"


@pytest.mark.parametrize(
    ("inductive", "written", "missing"),
    [
        (True, ("encode",), ""),
        (True, ("fit", "encode", "state", "restore"), ""),
        (True, ("fit", "encode", "state"), "restore"),
        (True, ("fit_encode", "encode"), "state and restore"),
        (True, (), "encode"),
        (False, ("fit_encode",), ""),
        (False, ("fit", "encode"), ""),
        (False, ("fit",), "fit_encode"),
    ],
)
def test_an_encoder_writes_what_new_rows_need(
    inductive: bool, written: tuple[str, ...], missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = replace(ENCODER, inductive=inductive)
    target = put(*written, base=Encoder)
    if not missing:
        assert load(spec, target, monkeypatch) is target
        return
    with pytest.raises(
        PluginError, match=f"ballcover 0.2: Turn does not write {missing}, which an"
    ):
        load(spec, target, monkeypatch)


def test_what_a_class_between_writes_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    between = put("fit", "predict", "state", "restore")
    target = type("Ball", (between,), {})
    assert load(CLUSTERER, target, monkeypatch) is target


def test_another_class_is_no_clusterer(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PluginError, match=r"dict is no subclass of clusterforge.contracts.Cluster"):
        load(CLUSTERER, dict, monkeypatch)


def test_every_plugin_that_is_installed_writes_its_own() -> None:
    for plugin in Registry.installed().plugins:
        if plugin.spec.kind in ("clusterer", "encoder"):
            plugin.load()


HOOK = """
@hookimpl
def clusterforge_clusterers():
    return [ClustererSpec("ball", "Balls.", Params, "ballcover_code:Ball", predicts="exact")]
"""
CODE = """
import numpy as np
from clusterforge.contracts import Clusterer, State

class Ball(Clusterer):
    def fit(self, points, context):
        return np.zeros(len(points), np.int64)

    def predict(self, points, context):
        return np.zeros(len(points), np.int64)

    def state(self):
        return State()

    def restore(self, state):
        pass
"""
LACKING = CODE.rpartition("    def restore")[0]


@pytest.fixture
def ball(cli: Cli, install: Install, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install a clusterer and write a recipe that uses it; return the file of its class."""
    code = install("ballcover", HOOK, editable=True) / "ballcover_code.py"
    code.write_text(CODE)
    monkeypatch.setenv("CLUSTERFORGE_PLUGINS", "ballcover")
    Path("ball.toml").write_text(BLOBS.replace('"dbscan"', '"ball"'))
    np.save("rows.npy", np.zeros((3, 2), np.float32))
    return code


@pytest.mark.parametrize("command", [("check",), ("run", "--out", "here")])
def test_it_is_said_before_there_is_work(command: tuple[str, ...], ball: Path, cli: Cli) -> None:
    ball.write_text(LACKING)

    done = cli(*command, "ball.toml")

    assert (done.status, done.out) == (4, "")
    assert done.err == (
        "error: clusterer 'ball' of ballcover 1.0: Ball does not write restore, which predicts = "
        f'"exact" needs; mend it in {ball.parent}, at ballcover/ballcover_code.py:5\n'
    )
    assert not Path("here").exists()


@pytest.mark.parametrize("command", ["check", "run"])
def test_a_misspelt_target_names_the_nearest_class(command: str, ball: Path, cli: Cli) -> None:
    ball.write_text(CODE.replace("class Ball", "class Balls"))

    done = cli(command, "ball.toml")

    assert (done.status, done.out) == (4, "")
    assert done.err == (
        "error: clusterer 'ball' of ballcover 1.0: its target ballcover_code:Ball is not there; "
        f"did you mean 'Balls'? known: Balls; mend it in {ball.parent}\n"
    )


def test_check_says_that_a_module_can_not_be_imported(ball: Path, cli: Cli) -> None:
    ball.write_text("import no_such_thing")

    done = cli("check", "ball.toml")

    assert (done.status, done.out) == (4, "")
    assert "clusterer 'ball' of ballcover 1.0: it can't be loaded: ModuleNotFoundError" in done.err
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (LACKING, "Ball does not write restore"),
        (CODE.replace("        pass", "        raise KeyError('medoids')"), "KeyError: 'medoids'"),
        ("raise OSError('gone')", "it can't be loaded: OSError: gone"),
    ],
)
def test_predict_leaves_out_what_can_not_be_restored(
    broken: str,
    said: str,
    ball: Path,
    cli: Cli,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import sys

    assert cli("run", "ball.toml", "--quiet", "--out", "here").status == 0
    assert cli("predict", "here", "rows.npy").out.startswith("id,kmeans,kmeans.name,ball")
    ball.write_text(broken)
    monkeypatch.delitem(sys.modules, "ballcover_code")

    done = cli("predict", "here", "rows.npy")
    assert done.status == 0
    assert done.out.startswith("id,kmeans,kmeans.name\n")
    assert "warning: left out: " in done.err
    assert said in done.err
    assert cli("predict", "here", "rows.npy", "--out", "new.csv").status == 0

    named = cli("predict", "here", "rows.npy", "--clusterer", "ball")
    assert (named.status in (2, 4), named.out) == (True, "")
    assert said in named.err
