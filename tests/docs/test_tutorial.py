"""Every file, command and Python example of docs/tutorial.md works, in the order of the page."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "tutorial.md"
PART = re.compile(
    r"^(?:File: `(?P<path>[^`\n]+)`\n\n)?```(?P<language>\w+)\n(?P<code>.*?)^```$", re.M | re.S
)
NEEDS = ("clusterforge-hdbscan", "clusterforge-minilm")


def on_one_processor() -> None:
    """Take one thread: threads that wait for each other on a busy machine cost minutes."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def installed(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


@pytest.fixture
def reader(tmp_path: Path) -> Path:
    """Return an empty folder, with the program on the path."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, arguments in {"clusterforge": "-m clusterforge", "python": ""}.items():
        script = programs / name
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments} "$@"\n', "utf-8")
        script.chmod(0o755)
    return tmp_path


@pytest.mark.timeout(900)
@pytest.mark.skipif(
    not all(map(installed, NEEDS)), reason=f"the tutorial uses {' and '.join(NEEDS)}"
)
def test_the_tutorial_from_top_to_bottom(reader: Path) -> None:
    env = {
        **os.environ,
        "PATH": f"{reader / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        "CLUSTERFORGE_CACHE": str(reader / "cache"),
    }
    parts = list(PART.finditer(PAGE.read_text("utf-8")))
    for part in parts:
        if part["path"]:
            (reader / part["path"]).write_text(part["code"], "utf-8")
            continue
        if part["language"] == "sh":
            command = ["sh", "-ec", part["code"]]
        elif part["language"] == "python":
            command = [sys.executable, "-c", part["code"]]
        else:
            continue
        done = subprocess.run(
            command,
            cwd=reader,
            env=env,
            preexec_fn=on_one_processor,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{part['code']}\n{done.stdout}{done.stderr}"
    runs = {path.parent.name for path in (reader / "runs").glob("*/manifest.json")}
    assert runs >= {"first", "wider", "wine", "again", "news"}
    stages = json.loads((reader / "runs" / "again" / "run.json").read_text("utf-8"))["stages"]
    reused = {stage["stage"] for stage in stages if stage["reused"]}
    assert {"encoder.1.dec", "clusterer.1.kmeans", "scores.kmeans"} <= reused


def test_the_mistake_is_answered_as_the_tutorial_shows(reader: Path) -> None:
    shown = re.search(
        r"^```console\n\$ (clusterforge check .+)\n((?:.+\n)+)```$", PAGE.read_text("utf-8"), re.M
    )
    assert shown
    env = {**os.environ, "PYTHONPATH": str(ROOT), "CLUSTERFORGE_PLUGINS": ""}
    done = subprocess.run(
        [sys.executable, "-m", "clusterforge", *shown[1].split()[1:]],
        cwd=reader,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.split() == shown[2].split()
