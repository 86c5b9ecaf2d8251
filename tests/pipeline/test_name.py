"""The stage that names clusters, in whole runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import clusterforge
from clusterforge.builtin.namers import SPECS
from clusterforge.contracts import Context, Details, DetailTable, Evidence, Name
from clusterforge.errors import ClusterforgeError, PluginError, RecipeError
from clusterforge.pipeline.api import resume
from clusterforge.registry import Distribution, Registry
from clusterforge.registry.hooks import Found
from clusterforge.runs.folder import RunFolder
from tests.pipeline import toy


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(
        "clusterforge.pipeline.execute.write_report",
        lambda folder, figures: (folder / "report.html").touch(),
    )
    toy.CALLS.clear()
    yield
    toy.FAIL.clear()


def run(folder: Path, **changes: Any) -> dict[int, str]:
    clusterforge.run(toy.recipe(**changes), out=folder, registry=toy.registry(), cache=False)
    return RunFolder.open(folder).names("cut")


def test_every_cluster_has_a_name_of_its_own(tmp_path: Path) -> None:
    names = run(tmp_path / "run")
    assert sorted(names) == [0, 1, 2]
    assert len(set(names.values())) == 3
    assert all(name.startswith("wide") for name in names.values())


def test_without_a_namer_clusters_go_by_number(tmp_path: Path) -> None:
    names = run(tmp_path / "run", namer={"use": "none"})
    assert names == {number: f"cluster {number}" for number in range(3)}
    assert "widest.names" not in toy.CALLS


def test_names_of_the_clusterer_stay_and_the_namer_is_asked_for_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(toy.Cut, "details", lambda self: Details(names=(None, "Mine <b>")))
    names = run(tmp_path / "run")
    assert names[1] == "Mine <b>"
    assert names[0].startswith("wide")
    assert names[2].startswith("wide")
    assert names[0] != names[2]


def test_a_finished_run_does_not_name_again(tmp_path: Path) -> None:
    for name in ("a", "b"):
        clusterforge.run(toy.recipe(), out=tmp_path / name, registry=toy.registry())
    assert toy.CALLS.count("widest.names") == 1
    one, two = (RunFolder.open(tmp_path / name) for name in ("a", "b"))
    assert one.hash_of("explanations.json") == two.hash_of("explanations.json")


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (RuntimeError("no words"), "no words"),
        (["a", "b"], "must be a mapping"),
        ({9: Name("nine")}, "names cluster 9, which does not exist"),
        ({0: "zero"}, "must be a Name"),
        ({0: Name("\n\x00 ")}, "is empty"),
        ({0: Name("zero", ("a", 1))}, "evidence must be lines"),  # type: ignore[arg-type]
    ],
)
def test_a_namer_that_fails_is_named_with_its_package(
    tmp_path: Path, answer: Any, problem: str
) -> None:
    toy.FAIL["names"] = answer
    with pytest.raises(PluginError, match=problem) as caught:
        run(tmp_path / "run")
    assert str(caught.value).startswith("namer: namer 'widest' of toy 1.0 failed")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("namer", "problem"),
    [
        ({"use": "wides"}, "namer.use: no namer is named 'wides'"),
        ({"use": "none", "parts": 3}, "namer.parts"),
        ({"use": "widest", "parts": 3}, "namer.parts"),
        ({}, "namer.use"),
    ],
)
def test_a_wrong_table_is_refused(tmp_path: Path, namer: dict[str, Any], problem: str) -> None:
    with pytest.raises(RecipeError, match=problem):
        run(tmp_path / "run", namer=namer)


def test_names_of_a_clusterer_must_be_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = replace(Details(), names=(3,))  # type: ignore[arg-type]
    monkeypatch.setattr(toy.Cut, "details", lambda self: wrong)
    with pytest.raises(ClusterforgeError, match="clusterer 'cut'"):
        run(tmp_path / "run")


def test_the_tables_and_warnings_of_a_namer_are_in_the_run_and_not_reused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = DetailTable("Asked", ("cluster", "tokens"), ((0, 7),))
    monkeypatch.setattr(toy.Widest, "tables", lambda self: [table])
    monkeypatch.setattr(toy.Widest, "warnings", lambda self: ["cluster 2 was not named"])
    for name in ("a", "b"):
        done = clusterforge.run(toy.recipe(), out=tmp_path / name, registry=toy.registry())
        naming = done.files.naming
        assert naming is not None
        assert naming.levels["cut"].tables == (table,)
        assert "namer.widest: cluster 2 was not named" in done.info.warnings
    assert toy.CALLS.count("widest.names") == 2


@pytest.mark.parametrize(
    ("method", "answer", "problem"),
    [
        ("tables", ["x"], "must be DetailTable"),
        ("tables", [DetailTable("x", ("a", "b"), ((1,),))], "lacks values"),
        ("tables", [DetailTable("x", ("a",), ((float("nan"),),))], "do not go into JSON"),
        ("warnings", "text", "must be lines"),
        ("sent", -1, "must be a number of rows"),
    ],
)
def test_what_a_namer_says_of_its_names_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str, answer: Any, problem: str
) -> None:
    monkeypatch.setattr(toy.Widest, method, lambda self: answer)
    with pytest.raises(PluginError, match=problem):
        run(tmp_path / "run")


def test_clusters_that_a_namer_leaves_out_get_the_name_of_the_default_one(tmp_path: Path) -> None:
    toy.FAIL["names"] = {0: Name("mine")}
    toys = [Found(spec, Distribution("toy", "1.0")) for spec in toy.SPECS]
    registry = Registry([*toys, Found(SPECS[0], Distribution("clusterforge", "1.0"))])
    recipe = toy.recipe()
    done = clusterforge.run(recipe, out=tmp_path / "run", registry=registry, cache=False)
    names = done.files.names("cut")
    assert names[0] == "mine"
    assert all(name.endswith(("high", "low")) for name in (names[1], names[2]))


class Remote(toy.Widest):
    def names(self, evidence: Evidence, context: Context) -> Any:
        assert context.replies is not None
        for cluster in evidence.clusters:
            if context.replies.load(f"about {cluster.cluster}") is None:
                toy.CALLS.append("asked")
                context.replies.save(f"about {cluster.cluster}", f"name {cluster.cluster}")
                if "names" in toy.FAIL and cluster.cluster == 1:
                    raise KeyboardInterrupt
        return {
            c.cluster: Name(context.replies.load(f"about {c.cluster}") or "")
            for c in evidence.clusters
        }


@pytest.mark.parametrize("cache", [True, False])
def test_replies_survive_an_interruption(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: bool
) -> None:
    monkeypatch.setattr(toy, "Widest", Remote)
    toy.FAIL["names"] = True
    with pytest.raises(KeyboardInterrupt):
        clusterforge.run(toy.recipe(), out=tmp_path / "a", registry=toy.registry(), cache=cache)
    assert toy.CALLS.count("asked") in (1, 2, 3)
    toy.FAIL.clear()
    resume(tmp_path / "a", registry=toy.registry(), cache=cache)
    assert toy.CALLS.count("asked") == 3
    assert (tmp_path / "a" / "names" / "replies.json").read_text().count('"name ') == 3
