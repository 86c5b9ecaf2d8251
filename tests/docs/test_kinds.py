"""The complete plugin on the page of each kind is installed, conforms and runs, as it stands."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from clusterforge import contracts
from clusterforge.contracts import training
from clusterforge.specs import SPEC_TYPES
from tests.docs.test_first_plugin import write_files
from tests.scaffold.packages import QUICK, ROOT, built, install, python, typed

PAGES = {kind: ROOT / "docs" / "kinds" / f"{kind}.md" for kind in SPEC_TYPES}
BASES = {
    "dataset": (contracts.Dataset,),
    "encoder": (contracts.Encoder, contracts.Trainable, training.TrainedEncoder, training.Network),
    "loss": (training.Loss,),
    "clusterer": (contracts.Clusterer,),
    "metric": (contracts.Metric,),
    "namer": (contracts.Namer,),
}
IN_PROSE = (contracts.Trainable, training.Network)
CONFORMS = """
from clusterforge.testing import conformance

test_conformance = conformance("{kind}:{name}")
"""


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The package on each page, written by a reader and installed, by kind."""
    folder = tmp_path_factory.mktemp("kinds")
    found = {}
    for kind, page in PAGES.items():
        written = write_files(page.read_text("utf-8"), folder)
        found[kind] = folder / written[0].partition("/")[0]
        install(found[kind])
    return found


def named(package: Path) -> str:
    return package.name.removeprefix("clusterforge-")


@pytest.mark.parametrize("kind", PAGES)
def test_pip_can_build_each_package(kind: str, tmp_path: Path) -> None:
    written = write_files(PAGES[kind].read_text("utf-8"), tmp_path)
    package = written[0].partition("/")[0]

    for version in ("standard", "editable"):  # pip install, pip install -e
        files, entry_points = built(tmp_path / package, tmp_path / version, version)
        if version == "standard":
            ours = {name.partition("/")[2] for name in written if name.endswith(".py")}
            assert {name for name in files if name.endswith(".py")} == ours
        assert entry_points.startswith("[clusterforge]\n")


def test_each_package_brings_the_kind_of_its_page(packages: dict[str, Path]) -> None:
    ours = list(packages.values())
    done = python(ours[0].parent, ours, "-m", "clusterforge", "list-plugins", "--json")

    found = json.loads(done.stdout)
    assert {problem["state"] for problem in found["problems"]} <= {"disabled"}
    assert {
        (plugin["kind"], plugin["distribution"], plugin["name"], plugin["state"])
        for plugin in found["plugins"]
        if plugin["distribution"] != "clusterforge"
    } == {(kind, package.name, named(package), "ok") for kind, package in packages.items()}


@pytest.mark.timeout(900)
def test_each_plugin_conforms_and_each_recipe_runs(packages: dict[str, Path]) -> None:
    ours = list(packages.values())
    folder = ours[0].parent
    tests = folder / "tests"
    tests.mkdir()
    for kind, package in packages.items():
        code = CONFORMS.format(kind=kind, name=named(package))
        (tests / f"test_{kind}.py").write_text(code, "utf-8")
    commands = [["pytest", str(tests)]]
    for package in ours:
        recipe = f"./{package.name}/{named(package)}.toml"
        commands.append(["clusterforge", "check", recipe])
        commands.append(["clusterforge", "run", recipe, "--out", f"{package.name}-run", *QUICK])

    assert " passed" in typed(folder, ours, commands)

    scores = {name: read(folder, name, "metrics")["scores"] for name in map(named, ours)}
    assert {s["metric"] for s in scores["evenness"]} == {"evenness"}
    assert {s["clusterer"] for s in scores["halves"]} == {"halves"}
    for name in ("coins", "ranks"):
        (ari,) = (s["value"] for s in scores[name] if (s["metric"], s["split"]) == ("ari", "train"))
        assert ari > 0.8, name
    clusters = read(folder, "tallest", "explanations")["clusterings"]["kmeans"]["clusters"]
    assert all(cluster["name"].startswith("most ") for cluster in clusters)
    history = [epoch["values"]["cosine"] for epoch in read(folder, "cosine", "history")["epochs"]]
    assert history[-1] < history[0]


def read(folder: Path, name: str, file: str) -> Any:
    return json.loads((folder / f"clusterforge-{name}-run" / f"{file}.json").read_text("utf-8"))


def words(kind: str) -> set[str]:
    """Return what the page of a kind sets as code, outside of blocks."""
    page = re.sub(r"^```.*?^```$", "", PAGES[kind].read_text("utf-8"), flags=re.M | re.S)
    return set(re.findall(r"`(\w+(?:\([\w, ]*\))?)`", page))


def members(kind: str) -> Iterator[str]:
    yield from (field.name for field in fields(SPEC_TYPES[kind]))
    for base in BASES[kind]:
        for name, value in vars(base).items():
            public = not name.startswith("_") and name != "forward"
            if (public or name == "__call__") and inspect.isfunction(value):
                arguments = [*inspect.signature(value).parameters][1:]
                yield name if base in IN_PROSE else f"{name}({', '.join(arguments)})"


@pytest.mark.parametrize("kind", PAGES)
def test_the_page_tells_of_every_field_and_method(kind: str) -> None:
    assert set(members(kind)) - words(kind) == set()
    assert "predict(points, context)" in set(members("clusterer"))
