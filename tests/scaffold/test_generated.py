"""Freshly written packages, as they stand: installed, listed, tested, checked and run."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from clusterforge.scaffold import KINDS, new_package
from tests.scaffold.packages import QUICK, install, python, typed

SIX = ("dataset", "encoder", "loss", "clusterer", "metric", "namer")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """One package of each kind, and one of all six, installed."""
    folder = tmp_path_factory.mktemp("generated")
    made = [new_package(f"new-{kind}", [kind], folder).folder for kind in KINDS]
    made.append(new_package("all-six", SIX, folder).folder)
    for package in made:
        assert install(package) == package.name
    return made


def test_each_is_listed_with_what_it_brings(written: list[Path]) -> None:
    done = python(written[0].parent, written, "-m", "clusterforge", "list-plugins", "--json")

    found = json.loads(done.stdout)
    assert found["problems"] == [] or {p["state"] for p in found["problems"]} == {"disabled"}
    ours = {
        (plugin["distribution"], plugin["kind"], plugin["name"], plugin["state"])
        for plugin in found["plugins"]
        if plugin["distribution"] != "clusterforge"
    }
    assert ours == {
        *(
            (f"clusterforge-new-{name}", kind, f"new-{name}", "ok")
            for name, kind in KINDS.items()
            if kind != "tracker"
        ),
        *(("clusterforge-all-six", kind, "all-six", "ok") for kind in SIX),
    }


def test_the_hook_modules_import_nothing_heavy(written: list[Path]) -> None:
    look = (
        "import sys; from clusterforge.registry import Registry; Registry.installed();"
        "print([m for m in ('numpy', 'torch', 'sklearn') if m in sys.modules])"
    )

    assert python(written[0].parent, written, "-c", look).stdout.strip() == "[]"


@pytest.mark.timeout(900)
def test_their_tests_pass_and_their_recipes_run(written: list[Path]) -> None:
    folder = written[0].parent
    *singles, six = map(str, written)
    commands = [
        ["pytest", *singles, "--import-mode=importlib"],
        ["pytest", six],
        ["clusterforge", "check-plugin", "metric:new-metric"],
    ]
    for number, package in enumerate(written):
        recipe = str(next(package.glob("*-*.toml")))
        commands.append(["clusterforge", "check", recipe])
        quick = [] if package is written[-1] else QUICK
        commands.append(["clusterforge", "run", recipe, "--out", f"run-{number}", *quick])

    assert typed(folder, written, commands).count(" passed") >= 2

    for number, package in enumerate(written):
        run = json.loads((folder / f"run-{number}" / "run.json").read_text("utf-8"))
        used = {
            plugin["kind"] for plugin in run["plugins"] if plugin["distribution"] == package.name
        }
        name = package.name.removeprefix("clusterforge-new-")
        expected = set(SIX) if package is written[-1] else {KINDS[name]} - {"tracker"}
        assert used == expected - {"loss"} or used == expected
        scores = json.loads((folder / f"run-{number}" / "metrics.json").read_text("utf-8"))[
            "scores"
        ]
        held_out = [s["value"] for s in scores if (s["metric"], s["split"]) == ("ari", "test")]
        assert min(held_out) > 0.8, (package.name, held_out)
        # A tracker follows every run, whichever package its recipe is of.
        events = (folder / f"run-{number}" / "new-tracker.jsonl").read_text("utf-8").splitlines()
        assert [json.loads(events[0])["event"], json.loads(events[-1])["event"]] == [
            "started",
            "finished",
        ]


@pytest.mark.skipif(not importlib.util.find_spec("hatchling"), reason="hatchling is not installed")
def test_pip_installs_it(tmp_path: Path) -> None:
    package = new_package("demo", SIX, tmp_path).folder
    site = tmp_path / "site"
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation"]
    done = subprocess.run(
        [*command, "--no-index", "--target", str(site), str(package)],
        env={**os.environ, "PIP_NO_CACHE_DIR": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr

    names = {path.name for path in site.iterdir()}
    assert names == {"clusterforge_demo", "clusterforge_demo-0.1.0.dist-info"}
    told = python(
        tmp_path,
        [site],
        "-m",
        "clusterforge",
        "describe",
        "metric",
        "demo",
        CLUSTERFORGE_PLUGINS="clusterforge-demo",
    )
    assert told.returncode == 0, told.stderr
    assert "clusterforge-demo 0.1.0" in told.stdout
