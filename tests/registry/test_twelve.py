"""Twelve hostile packages at once: nothing else stops working, and every culprit is named."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAD = """
from clusterforge.hookspecs import hookimpl
from clusterforge.params import Params
from clusterforge.specs import ClustererSpec

class NoParams(Params):
    pass

def spec(name, target):
    return ClustererSpec(name, "One of the twelve.", NoParams, target)
"""
HOOK = "\n@hookimpl\ndef clusterforge_clusterers():\n    "
TWELVE = {  # package: (its hooks module, what is said of it)
    "raises-at-import": ("raise RuntimeError('no luck')", "RuntimeError: no luck"),
    "exits-at-import": ("import sys\nsys.exit(3)", "SystemExit: 3"),
    "syntax-error": ("def broken(:", "SyntaxError"),
    "misspelt-hook": ("\n@hookimpl\ndef clusterforge_clusterer():\n    return []", "unknown hook"),
    "wrong-type": (HOOK + "return ['kmeans']", "returned str, not ClustererSpec"),
    "missing-target": (HOOK + "return [spec('lost', 'missing_target.deep:Lost')]", "no module"),
    "heavy-hooks": ("import torch\n" + HOOK + "return [spec('slow', 'x:Slow')]", "imports torch"),
    "duplicate-one": (HOOK + "return [spec('twin', 'x:Twin')]", "duplicate-two 1.0 also provides"),
    "duplicate-two": (HOOK + "return [spec('twin', 'x:Twin')]", "duplicate-one 1.0 also provides"),
    "shadows-ours": (HOOK + "return [spec('kmeans', 'x:Kmeans')]", "the bare name means that one"),
    "malformed-metadata": (None, "no readable section"),
    "wrong-shape": (HOOK + "return [spec('bent', 'bent:Bent')]", ""),
    "raises-in-a-hook": (HOOK + "raise KeyError('gone')", "KeyError"),
}
BENT = """
from clusterforge.contracts import Clusterer, State

class Bent(Clusterer):
    def fit(self, points, context):
        return points.embedding

    def state(self):
        return State()

    def restore(self, state):
        pass
"""
RECIPE = """
name = "twelve"
[dataset]
use = "blobs"
[[encoder]]
use = "scale"
[[clusterer]]
use = "{use}"
{more}
[evaluation]
null_draws = 0
[report]
projection = "none"
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which all of them are installed."""
    site = tmp_path_factory.mktemp("site")
    for name, (code, _) in TWELVE.items():
        module = name.replace("-", "_")
        info = site / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        points = f"[clusterforge]\nplugin = {module}\n" if code else "[clusterforge\nnonsense"
        (info / "entry_points.txt").write_text(points)
        marker = f"open({str(site / (module + '.imported'))!r}, 'w').close()\n"
        (site / f"{module}.py").write_text(marker + HEAD + (code or ""))
    (site / "bent.py").write_text(BENT)
    return site


def clusterforge(site: Path, *arguments: str, plugins: str | None = None) -> tuple[int, str]:
    env = {**os.environ, "PYTHONPATH": f"{site}{os.pathsep}{ROOT}", "COLUMNS": "200"}
    env.pop("CLUSTERFORGE_PLUGINS", None)
    env["CLUSTERFORGE_CACHE"] = str(site / "cache")
    if plugins is not None:
        env["CLUSTERFORGE_PLUGINS"] = plugins
    done = subprocess.run(
        [sys.executable, "-m", "clusterforge", *arguments],
        cwd=site,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("command", ["list-plugins", "doctor"])
def test_every_culprit_is_named_with_a_reason(command: str, site: Path) -> None:
    status, said = clusterforge(site, command)
    assert status == 0
    words = " ".join(said.split())
    for name, (_, reason) in TWELVE.items():
        assert name in words, name
        assert reason in words, (name, reason)


def test_as_json_each_has_a_state_and_a_remedy(site: Path) -> None:
    status, said = clusterforge(site, "doctor", "--json")
    assert status == 0
    problems = {p["distribution"]: p for p in json.loads(said)["problems"]}
    at_rest = set(TWELVE) - {"wrong-shape"}  # which is only wrong when it runs
    assert at_rest <= problems.keys()
    assert all(problems[name]["reason"] and problems[name]["remedy"] for name in at_rest)


def test_built_ins_work_and_a_culprit_that_runs_is_named(site: Path) -> None:
    for use, more, status in (("kmeans", "n_clusters = 3", 0), ("bent", "", 4), ("twin", "", 2)):
        recipe = site / f"{use}.toml"
        recipe.write_text(RECIPE.format(use=use, more=more))
        found, said = clusterforge(site, "run", str(recipe), "--out", str(site / f"run-{use}"))
        assert found == status, said
        if status == 4:
            assert "'bent' of wrong-shape 1.0" in said


def test_turned_off_none_is_imported(site: Path) -> None:
    for marker in site.glob("*.imported"):
        marker.unlink()
    status, said = clusterforge(site, "list-plugins", plugins="")
    assert status == 0
    assert not list(site.glob("*.imported"))
    assert "kmeans" in said
