"""The stage that names clusters, in whole runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import clusterforge
from clusterforge.contracts import Details, Name
from clusterforge.errors import ClusterforgeError, PluginError, RecipeError
from clusterforge.runs.folder import RunFolder
from tests.pipeline import toy


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("clusterforge.pipeline.execute.write_report", lambda folder, figures: None)
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
        ({9: Name("nine")}, "names 9, and there is no such cluster"),
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
