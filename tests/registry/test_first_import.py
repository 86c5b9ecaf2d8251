"""Packages whose import never comes back, before and after it is known."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from clusterforge.registry import Registry
from tests.registry.conftest import Install

HOOK = "\n@hookimpl\ndef clusterforge_clusterers():\n    return [easy('x')]\n"
# Each does harm only outside of the first import's own process, if it gets there at all.
LOOPS = {
    "loops": ("\nimport time\nwhile True: time.sleep(1)\n", "not answer within 1 s"),
    "hook-loops": (
        "\nimport time\n@hookimpl\ndef clusterforge_clusterers():\n    while True: time.sleep(1)\n",
        "not answer within 1 s",
    ),
}
ENDS = {
    "exits-hard": ("\nimport os, sys\nsys.stderr.write('bye')\nos._exit(7)\n", "(status 7): bye"),
    "interrupts": ("\nraise KeyboardInterrupt\n", "raises KeyboardInterrupt"),
    "good": (HOOK, ""),
}


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, install: Install) -> Path:
    """Give first imports as long as they need; return where their outcome is stored."""
    monkeypatch.setenv("CLUSTERFORGE_IMPORT_LIMIT", "60")
    monkeypatch.setenv("CLUSTERFORGE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("CLUSTERFORGE_PLUGINS", ",".join([*LOOPS, *ENDS, "other"]))
    return tmp_path / "cache" / "imports.json"


def refuse(*rest: object, **more: object) -> None:
    raise AssertionError("a process")


def names(registry: Registry) -> set[str]:
    return {plugin.distribution.name for plugin in registry.plugins}


@pytest.mark.parametrize(("limit", "packages"), [("1", LOOPS), ("60", ENDS)], ids=["loops", "ends"])
def test_an_import_that_never_comes_back_is_named_and_left_out(
    limit: str,
    packages: dict[str, tuple[str, str]],
    install: Install,
    store: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CLUSTERFORGE_IMPORT_LIMIT", limit)
    for name, (code, _) in packages.items():
        install(name, code)
    expected = {name: says for name, (_, says) in packages.items() if says}

    problems = {p.distribution.name: p for p in Registry.installed().problems}

    assert set(problems) >= set(expected)
    assert [name for name, says in expected.items() if says not in problems[name].reason] == []
    assert all("clusterforge doctor" in problems[name].remedy for name in expected)
    monkeypatch.setattr(subprocess, "Popen", refuse)
    registry = Registry.installed()
    assert ("good" in names(registry)) == ("good" in packages)
    assert {p.distribution.name for p in registry.problems if p.state == "broken"} == set(expected)


def test_it_is_tried_again_when_it_is_another(
    install: Install, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = install("good", "\nimport os\nif os.environ.get('HARM'): os._exit(3)\n" + HOOK)
    monkeypatch.setenv("HARM", "1")
    assert "good" not in names(Registry.installed())
    monkeypatch.delenv("HARM")
    assert "good" not in names(Registry.installed())
    assert "good" in names(Registry.installed(again=True))

    (site / "good.py").write_text("import os\nos._exit(4)\n")

    [problem] = [p for p in Registry.installed().problems if p.distribution.name == "good"]
    assert "status 4" in problem.reason


def test_what_is_known_to_be_good_starts_no_process(
    install: Install, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("good", HOOK)
    Registry.installed()
    assert list(json.loads(store.read_text()).values()) == [""]

    monkeypatch.setattr(subprocess, "Popen", refuse)

    assert "good" in names(Registry.installed())


@pytest.mark.parametrize("content", ["", "[]", "{", '{"a": 1}'])
def test_a_damaged_store_is_written_anew(content: str, install: Install, store: Path) -> None:
    store.parent.mkdir()
    store.write_text(content)
    install("good", HOOK)

    assert "good" in names(Registry.installed())
    assert "" in json.loads(store.read_text()).values()


def test_a_print_at_import_and_in_use_leaves_json_alone(install: Install, store: Path) -> None:
    noise = "\nimport os\nprint('noise')\nos.write(1, b'more noise')\n"
    site = install("good", noise + HOOK)

    done = subprocess.run(
        [sys.executable, "-m", "clusterforge", "list-plugins", "--json"],
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert "x" in {plugin["name"] for plugin in json.loads(done.stdout)["plugins"]}
    assert "noise" in done.stderr
    assert "more noise" in done.stderr


def test_an_unreadable_entry_points_file_of_anybody_stops_nothing(install: Install) -> None:
    site = install("binary", None, entry_points=b"\xff\xfe\x00[pydantic]\n")
    code = "import clusterforge; print(len(clusterforge.plugins()) > 9)"
    environment = {**os.environ, "PYTHONPATH": str(site)}
    environment.pop("PYDANTIC_DISABLE_PLUGINS", None)
    for command in (["-c", code], ["-m", "clusterforge", "describe", "clusterer", "kmeans"]):
        done = subprocess.run(
            [sys.executable, *command],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    [problem] = [p for p in Registry.installed().problems if p.distribution.name == "binary"]
    assert "metadata can't be read" in problem.reason
