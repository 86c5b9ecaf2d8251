"""The built wheel in an environment of its own: recipes by name, from an empty folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
QUICK = {
    "dataset.limit": 200,
    "dataset.limit_test": 50,
    "encoder.0.phase.0.epochs": 1,
    "evaluation.resamples": 0,
    "evaluation.refits": 0,
    "report.projection": "none",
    "compute.threads": 1,
}
Command = Callable[..., str]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Command:
    """Build the wheel, install it without its dependencies, which come from here."""
    pytest.importorskip("hatchling")
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "venv")
    python = folder / "venv" / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "--no-deps"]
    subprocess.run([*pip, "--no-index", str(wheel)], check=True, capture_output=True)
    (site,) = (folder / "venv").glob("lib/python*/site-packages")
    here = [path for path in sys.path if path.endswith("site-packages")]
    (site / "dependencies.pth").write_text("\n".join(here))
    empty = folder / "empty"
    empty.mkdir()
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    env |= {
        "CLUSTERFORGE_CACHE": str(folder / "cache"),
        "CLUSTERFORGE_PLUGINS": "",
        "COLUMNS": "80",
    }

    def run(*args: str) -> str:
        done = subprocess.run(
            [str(python.parent / "clusterforge"), *args],
            cwd=empty,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_recipes_are_listed_and_copied(installed: Command) -> None:
    listed = json.loads(installed("recipes", "--json"))["recipes"]

    assert {one["name"] for one in listed} == {p.stem for p in (ROOT / "recipes").glob("*.toml")}
    assert not any(one["path"].startswith(str(ROOT)) for one in listed)
    assert installed("recipes", "--copy", "mnist_idec") == "mnist_idec.toml\n"
    assert "plugins found" in installed("check", "mnist_idec.toml")


def test_the_quickstart_runs_by_name(installed: Command) -> None:
    settings = [part for key, value in QUICK.items() for part in ("--set", f"{key}={value}")]

    out = installed("run", "quickstart", "--out", "run", "--quiet", *settings)

    assert out.endswith("report: run/report.html\n")
