"""Plugin packages on ``PYTHONPATH``, installed as an editable installation would, and run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Less work for commands that run a recipe, where what takes long is not the point.
QUICK = [
    *("--set", "evaluation.refits=0"),
    *("--set", "evaluation.resamples=0"),
    *("--set", "evaluation.null_draws=0"),
    *("--set", "report.projection=none"),
]
# Every command in one process, which imports torch once: the status of each, on the last line.
COMMANDS = """
import importlib, json, pathlib, sys
import pytest
from clusterforge.cli.main import main
from tests.scaffold.packages import install

def status(program, *arguments):
    print("$", program, *arguments, flush=True)
    print("$", program, *arguments, file=sys.stderr, flush=True)
    if program == "clusterforge":
        return main(arguments)
    if program == "pytest":
        return int(pytest.main(["-q", "-p", "no:cacheprovider", *arguments]))
    package = pathlib.Path(arguments[-1].partition("[")[0])
    if not list(package.glob("*.dist-info")):
        install(package)
        importlib.invalidate_caches()
    return 0

print("\\n" + json.dumps([status(*command) for command in json.loads(sys.argv[1])]))
"""


def install(package: Path) -> str:
    """Put the metadata beside the package, made from its pyproject; return its name."""
    project = tomllib.loads((package / "pyproject.toml").read_text("utf-8"))["project"]
    info = package / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    requires = "".join(f"Requires-Dist: {item}\n" for item in project["dependencies"])
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n{requires}",
        "utf-8",
    )
    points = "".join(
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in entries.items())
        for group, entries in project["entry-points"].items()
    )
    (info / "entry_points.txt").write_text(points, "utf-8")
    return str(project["name"])


def built(package: Path, out: Path, version: str) -> tuple[set[str], str]:
    """Build a wheel as pip has hatchling do it; return the names of its files, and its entry points."""
    from hatchling.builders.wheel import WheelBuilder

    (wheel,) = WheelBuilder(str(package)).build(directory=str(out), versions=[version])
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        (points,) = (name for name in names if name.endswith("/entry_points.txt"))
        return names, archive.read(points).decode()


def python(
    folder: Path, packages: Sequence[Path], *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run Python in a folder where these packages, and no others, are plugins."""
    env = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, [*packages, ROOT])),
        "CLUSTERFORGE_CACHE": str(folder / "cache"),
        "CLUSTERFORGE_PLUGINS": ",".join(package.name for package in packages),
        "OMP_NUM_THREADS": "1",
        **environment,
    }
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def typed(folder: Path, packages: Sequence[Path], commands: Sequence[Sequence[str]]) -> str:
    """Run commands of ``clusterforge``, ``pytest`` and ``pip`` one after another; return what they print.

    ``pip`` installs as :func:`install` does; packages that are not there yet may be among the plugins.
    """
    done = python(folder, packages, "-c", COMMANDS, json.dumps([list(each) for each in commands]))
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert json.loads(done.stdout.splitlines()[-1]) == [0] * len(commands), said
    return done.stdout
