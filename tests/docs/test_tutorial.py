"""Every file, command and Python example of docs/tutorial.md works, in the order of the page."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

from clusterforge.cli.main import main

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "tutorial.md"
PART = re.compile(
    r"^(?:File: `(?P<path>[^`\n]+)`\n\n)?```(?P<language>\w+)\n(?P<code>.*?)^```$", re.M | re.S
)
# Less work for the commands that take long; what they leave behind is the same files.
SHORTER = [
    "evaluation.resamples=0",
    "evaluation.refits=0",
    "evaluation.null_draws=0",
    "report.projection=pca",
]
SHORTER_TRAINING = ["encoder.0.phase.0.epochs=1", "dataset.limit=500"]
QUICK = {
    ("run", "quickstart"): [f"--set={each}" for each in (*SHORTER, *SHORTER_TRAINING)],
    ("run", "quickstart_text"): [f"--set={each}" for each in SHORTER],
    ("run", "wine.toml"): [f"--set={each}" for each in SHORTER],
}
NEEDS = ("clusterforge-hdbscan", "clusterforge-minilm")


def installed(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


def typed(line: str) -> Iterator[list[str]]:
    """Yield the arguments of each call of the program in a line to type; none if it has no call."""
    loop = re.fullmatch(r"for (\w+) in (.+); do (.+); done", line)
    for value in loop[2].split() if loop else [""]:
        call = loop[3].replace(f"${loop[1]}", value) if loop else line
        program, *arguments = shlex.split(call)
        if program == "clusterforge":
            yield [*arguments, *QUICK.get(tuple(arguments[:2]), ())]


@pytest.mark.timeout(900)
@pytest.mark.skipif(
    not all(map(installed, NEEDS)), reason=f"the tutorial uses {' and '.join(NEEDS)}"
)
def test_the_tutorial_from_top_to_bottom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLUSTERFORGE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    for part in PART.finditer(PAGE.read_text("utf-8")):
        if part["path"]:
            Path(part["path"]).write_text(part["code"], "utf-8")
        elif part["language"] == "python":
            exec(part["code"], {})
        elif part["language"] == "sh":
            for line in part["code"].splitlines():
                calls = list(typed(line))
                for arguments in calls:
                    assert main(arguments) == 0, f"{line}\n{''.join(capfd.readouterr())}"
                if not calls:
                    subprocess.run(["sh", "-ec", line], check=True)

    runs = {path.parent.name for path in Path("runs").glob("*/manifest.json")}
    assert runs >= {"first", "wider", "wine", "again", "news", "news-seeds"}
    stages = json.loads(Path("runs/again/run.json").read_text("utf-8"))["stages"]
    reused = {stage["stage"] for stage in stages if stage["reused"]}
    assert {"encoder.0.conv-autoencoder", "clusterer.0.kmeans", "scores.kmeans"} <= reused
    assert len(Path("wine-clusters.csv").read_text("utf-8").splitlines()) == 179


def test_the_mistake_is_answered_as_the_tutorial_shows(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CLUSTERFORGE_PLUGINS", "")
    shown = re.search(
        r"^```console\n\$ (clusterforge check .+)\n((?:.+\n)+)```$", PAGE.read_text("utf-8"), re.M
    )
    assert shown
    assert main(shown[1].split()[1:]) == 2
    assert capsys.readouterr().err.split() == shown[2].split()
