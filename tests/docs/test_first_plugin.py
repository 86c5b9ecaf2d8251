"""A package written only from docs/first-plugin.md is found, checks and runs."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from clusterforge.runs import RunFolder
from tests.scaffold.packages import QUICK, built, install, typed
from tests.scaffold.packages import python as packages_python

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "first-plugin.md"
BLOCK = re.compile(
    r"^(?P<how>File|Add to): `(?P<path>[^`\n]+)`\n\n```\w+\n(?P<code>.*?)^```$", re.M | re.S
)
SHELL = re.compile(r"^```sh\n(.*?)^```$", re.M | re.S)
PACKAGE = "clusterforge-pebbles"


def write_files(page: str, folder: Path) -> list[str]:
    """Write the page's files as a reader would, and return their names."""
    written = []
    for block in BLOCK.finditer(page):
        path = folder / block["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a" if block["how"] == "Add to" else "x", encoding="utf-8") as file:
            file.write(block["code"])
        written.append(block["path"])
    return written


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a reader who followed the page up to its commands."""
    folder = tmp_path_factory.mktemp("reader")
    write_files(PAGE.read_text("utf-8"), folder)
    install(folder / PACKAGE)
    return folder


def python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    packages = sorted(info.parent for info in folder.glob("clusterforge-*/*.dist-info"))
    return packages_python(folder, packages, *arguments)


def clusterforge(folder: Path, *arguments: str) -> str:
    done = python(folder, "-m", "clusterforge", *arguments)
    assert done.returncode == 0, f"clusterforge {' '.join(arguments)}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_the_package_brings_one_plugin_of_each_kind(reader: Path) -> None:
    listed = json.loads(clusterforge(reader, "list-plugins", "--json"))
    plugins = listed["plugins"] if isinstance(listed, dict) else listed
    ours = {(p["kind"], p["name"]) for p in plugins if p.get("distribution") == PACKAGE}
    assert ours == {
        ("dataset", "pebbles"),
        ("encoder", "log-scale"),
        ("encoder", "squeeze"),
        ("loss", "huber"),
        ("clusterer", "leader"),
        ("metric", "balance"),
        ("namer", "shape"),
    }


def test_pip_can_build_the_package(tmp_path: Path) -> None:
    write_files(PAGE.read_text("utf-8"), tmp_path)

    for version in ("standard", "editable"):  # pip install, pip install -e
        _, entry_points = built(tmp_path / PACKAGE, tmp_path / version, version)
        assert "clusterforge_pebbles.plugin" in entry_points


def test_each_class_is_written_before_a_command_needs_it() -> None:
    page = PAGE.read_text("utf-8")
    for block in SHELL.finditer(page):
        before = page[: block.start()]
        named = set(re.findall(r'"clusterforge_pebbles\.(\w+):', before))
        written = {Path(file["path"]).stem for file in BLOCK.finditer(before)}
        assert named <= written, block[1]


@pytest.mark.timeout(900)
def test_every_command_of_the_page_works_in_order(reader: Path) -> None:
    lines = [
        line for block in SHELL.findall(PAGE.read_text("utf-8")) for line in block.splitlines()
    ]
    assert len(lines) >= 5
    commands = [shlex.split(line) for line in lines]
    commands = [words + QUICK if words[1] == "run" else words for words in commands]
    assert {program for program, *_ in commands} == {"pip", "pytest", "clusterforge"}
    packages = [reader / PACKAGE, reader / "clusterforge-shells"]

    typed(reader, packages, [*commands, ["clusterforge", "check-plugin", "squeeze"]])

    run = json.loads((reader / "pebbles-run" / "run.json").read_text("utf-8"))
    used = {(p["kind"], p["name"]) for p in run["plugins"] if p["distribution"] == PACKAGE}
    assert {kind for kind, _ in used} >= {"dataset", "encoder", "clusterer", "metric", "namer"}
    history = json.loads((reader / "pebbles-run" / "history.json").read_text("utf-8"))["epochs"]
    assert history[-1]["values"]["huber"] < history[0]["values"]["huber"]

    assert set(RunFolder.open(reader / "pebbles-run").names("kmeans").values()) & {
        f"{size} {column}"
        for size in ("large", "small")
        for column in ("length mm", "width mm", "thickness mm", "weight g")
    }

    for folder in ("pebbles-run", "squeezed-run"):
        found = json.loads((reader / folder / "metrics.json").read_text("utf-8"))["scores"]
        scores = {
            (s["clusterer"], s["split"], s["metric"]): s["value"]
            for s in found
            if s["noise"] == "excluded"
        }
        assert len(scores) == 8
        for split in ("train", "test"):
            for clusterer in ("leader", "kmeans"):
                assert scores[clusterer, split, "ari"] > 0.9, (folder, scores)
                assert 0.5 < scores[clusterer, split, "balance"] <= 1
        assert (reader / folder / "report.html").is_file()
        assert len((reader / folder / "scores.csv").read_text("utf-8").splitlines()) > 8


def test_input_errors_of_the_package_name_the_recipe(reader: Path) -> None:
    done = python(
        reader,
        "-m",
        "clusterforge",
        "check",
        f"{PACKAGE}/pebbles.toml",
        "--set",
        "encoder.0.offset=-1",
    )
    assert done.returncode == 2
    assert "encoder.0.offset" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_named_twice_would_be_found_out(tmp_path: Path) -> None:
    block = "File: `a.py`\n\n```python\nx = 1\n```\n"
    assert write_files(block, tmp_path) == ["a.py"]
    with pytest.raises(FileExistsError):
        write_files(block, tmp_path)
