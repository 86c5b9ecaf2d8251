"""What is written: complete, linted, named by the law, and whole or not at all."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

import clusterforge
from clusterforge.errors import EnvironmentProblem, InputError
from clusterforge.scaffold import KINDS, new_package
from clusterforge.specs import SPEC_TYPES
from tests.scaffold.packages import ROOT

FIVE = ("dataset", "encoder", "loss", "clusterer", "metric")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """One package of each kind, and one of all five."""
    folder = tmp_path_factory.mktemp("written")
    made = [new_package(f"new-{kind}", [kind], folder).folder for kind in KINDS]
    return [*made, new_package("all-five", FIVE, folder).folder]


def listed(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_every_kind_of_plugin_is_on_offer() -> None:
    assert set(KINDS.values()) == {*SPEC_TYPES, "tracker"}


def test_one_plugin_is_one_file_named_as_in_the_recipe(tmp_path: Path) -> None:
    folder = new_package("two-words", ["loss"], tmp_path).folder

    assert listed(folder) == {
        ".github/workflows/test.yml",
        ".gitignore",
        "LICENSE",
        "README.md",
        "clusterforge_two_words/__init__.py",
        "clusterforge_two_words/plugin.py",
        "clusterforge_two_words/two_words.py",
        "pyproject.toml",
        "tests/test_two_words.py",
        "two-words.toml",
    }
    assert "class TwoWordsLoss(Loss[TwoWordsParams])" in (
        folder / "clusterforge_two_words" / "two_words.py"
    ).read_text("utf-8")


def test_several_kinds_have_a_folder_each(written: list[Path]) -> None:
    modules = {path for path in listed(written[-1]) if path.endswith("all_five.py")}

    assert modules == {
        f"{top}/{kind}/{test}all_five.py"
        for top, test in (("clusterforge_all_five", ""), ("tests", "test_"))
        for kind in ("datasets", "encoders", "losses", "clusterers", "metrics")
    }


def test_all_of_it_passes_ruff(written: list[Path]) -> None:
    for arguments in (
        ("check", "--quiet", "--config", str(ROOT / "pyproject.toml")),
        ("check", "--quiet"),
        ("format", "--diff", "--quiet"),
    ):
        for folder in written:
            done = subprocess.run(
                [sys.executable, "-m", "ruff", *arguments, "--no-cache", "."],
                cwd=folder,
                capture_output=True,
                text=True,
                check=False,
            )
            if "No module named ruff" in done.stderr:
                pytest.skip("ruff is not installed")
            assert done.returncode == 0, done.stdout + done.stderr


def test_all_of_it_compiles(written: list[Path], tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "compileall", "-q", "-f", *map(str, written)],
        env={**os.environ, "PYTHONPYCACHEPREFIX": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (0, "")


def test_nothing_is_left_of_the_templates(written: list[Path]) -> None:
    for folder in written:
        for path in listed(folder):
            text = (folder / path).read_text("utf-8")
            left = re.sub(r"\$\{\{ matrix\.python \}\}", "", text)
            assert not re.search(r"\{\{|\}\}|\{%|%\}|TODO|XXX|your[ -]name", left), path
            assert text.endswith("\n"), path
            assert not text.endswith("\n\n"), path


def test_the_workflow_does_what_the_readme_says(written: list[Path]) -> None:
    for folder in written:
        flow = yaml.safe_load((folder / ".github/workflows/test.yml").read_text("utf-8"))
        steps = [step.get("run", "") for step in flow["jobs"]["test"]["steps"]]
        recipe = f"{folder.name.removeprefix('clusterforge-')}.toml"
        assert steps[-4:] == [
            'pip install -e ".[test]"',
            "pytest",
            "clusterforge list-plugins",
            f"clusterforge run {recipe}",
        ]
        readme = (folder / "README.md").read_text("utf-8")
        assert all(step in readme for step in (steps[-4], steps[-3], steps[-1]))
        assert (folder / recipe).is_file()
        for path in re.findall(r"\]\(([\w./-]+)\)", readme):
            assert (folder / path).is_file(), path
        for snippet in re.findall(r"^```toml\n(.*?)^```$", readme, re.M | re.S):
            assert tomllib.loads(snippet)


def test_it_depends_on_this_minor_version_and_on_what_it_imports(written: list[Path]) -> None:
    minor = ".".join(clusterforge.__version__.split(".")[:2])
    for folder in written:
        project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
        assert project["dependencies"][0].startswith(f"clusterforge>={minor},<")
        needed = {
            (node.module or "" if isinstance(node, ast.ImportFrom) else node.names[0].name)
            for path in folder.glob("clusterforge_*/**/*.py")
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Import | ast.ImportFrom)
        }
        packages = {name.partition(".")[0] for name in needed} - sys.stdlib_module_names
        packages -= {f"clusterforge_{folder.name.removeprefix('clusterforge-').replace('-', '_')}"}
        assert {re.split("[<>]", item)[0] for item in project["dependencies"]} == packages


def test_the_prefix_is_not_doubled(tmp_path: Path) -> None:
    assert new_package("clusterforge-demo", ["metric"], tmp_path).folder.name == "clusterforge-demo"
    assert (tmp_path / "clusterforge-demo" / "demo.toml").is_file()


def test_a_built_in_of_another_kind_does_not_stand_in_the_way(tmp_path: Path) -> None:
    assert new_package("kmeans", ["metric"], tmp_path).folder.is_dir()


# Words of which a template makes a class, a module or a file that is there already.
TAKEN = [
    ("clusterer", "clusterer"),
    ("state", "clusterer"),
    ("table", "encoder"),
    ("trained", "trained-encoder"),
    ("plugin", "metric"),
    ("pyproject", "metric"),
]


@pytest.mark.parametrize(("name", "kind"), TAKEN)
def test_words_of_the_contract_are_no_names(name: str, kind: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"'my-{name}'"):
        new_package(name, [kind], tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert new_package(f"my-{name}", [kind], tmp_path).folder.is_dir()


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, count = Path.write_text, 0

    def full(path: Path, *arguments: str) -> int:
        nonlocal count
        count += 1
        if count == 5:
            raise OSError(28, "No space left on device")
        return plain(path, *arguments)

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(EnvironmentProblem, match="clusterforge-demo: can't be written: No space"):
        new_package("demo", ["metric"], tmp_path / "here")

    assert list((tmp_path / "here").iterdir()) == []
    assert new_package("demo", ["metric"], tmp_path / "here").folder.is_dir()
