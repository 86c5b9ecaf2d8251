"""The command line in this process: status, stdout and stderr; never a terminal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from clusterforge.cli.main import main
from tests.registry.conftest import install

__all__ = ["install"]

BLOBS = """
[dataset]
use = "blobs"
rows = 60
[[encoder]]
use = "scale"
[[clusterer]]
use = "kmeans"
n_clusters = 3
[[clusterer]]
use = "dbscan"
[evaluation]
null_draws = 0
[report]
projection = "none"
[compute]
threads = 1
"""


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    status: int
    out: str
    err: str


Cli = Callable[..., Done]


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Run a command in an empty folder, without third-party plugins, 80 columns wide."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLUSTERFORGE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("CLUSTERFORGE_PLUGINS", "")
    monkeypatch.setenv("COLUMNS", "80")

    def run(*args: str) -> Done:
        capsys.readouterr()
        status = main(args)
        out, err = capsys.readouterr()
        return Done(status, out, err)

    return run


@pytest.fixture
def blobs(tmp_path: Path) -> str:
    """A recipe that takes no time."""
    (tmp_path / "blobs.toml").write_text(BLOBS)
    return "blobs.toml"
