"""A disk that takes no more, whoever writes: real refusals by the system, at the first bytes of a file."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from clusterforge.contracts import State
from clusterforge.errors import EnvironmentProblem, PluginError, of_the_disk
from clusterforge.interrupts import Terminated, exceptions
from clusterforge.pipeline.checkpoint import FolderCheckpoint
from clusterforge.report.figures import canvas
from clusterforge.search.folder import Journal
from clusterforge.search.records import TrialRecord
from clusterforge.storage import atomic
from clusterforge.storage.atomic import replacing, write_array, write_text
from clusterforge.storage.states import ARRAYS, write_state
from tests.cli.conftest import Cli, cli

__all__ = ["cli"]

BEGIN = atomic.tempfile.mkstemp


@contextmanager
def refused(name: str, nth: int = 1) -> Iterator[None]:
    """Let no file grow beyond a few bytes from the moment when the nth of a name is begun."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    begun: list[str] = []

    def mkstemp(**options: str) -> tuple[int, str]:
        begun.extend([name] * options["prefix"].startswith(f".{name}"))
        if len(begun) == nth:
            resource.setrlimit(resource.RLIMIT_FSIZE, (8, hard))
        return BEGIN(**options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(atomic.tempfile, "mkstemp", mkstemp)
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


BIG = np.arange(100_000, dtype=np.float32)
TRIAL = TrialRecord(number=0, rung=0, values={"a": 1}, state="failed", seconds=1.0, attempts=1)


def parquet(folder: Path) -> None:
    with replacing(folder / "rows.parquet") as part:
        pq.write_table(pa.table({"x": BIG}), part)


def figure(folder: Path) -> None:
    with canvas.drawing(2, 1) as drawn:
        drawn.subplots()
        canvas.save(drawn, folder, "chart", "Title", "What it shows")


def journal(folder: Path) -> None:
    kept = Journal(folder / "trials.jsonl")
    write_text(folder / "trials.jsonl.begun", "a")
    kept.add(TRIAL)


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("state.safetensors", lambda folder: write_state(folder, State({"w": BIG}))),
        ("stamp.json", lambda folder: FolderCheckpoint(folder, "k").save(State({"w": BIG[:1]}))),
        ("train.npy", lambda folder: write_array(folder / "train.npy", BIG)),
        ("rows.parquet", parquet),
        ("chart", figure),
        ("trials.jsonl", journal),
    ],
)
def test_every_writer_says_that_it_is_the_disk(
    name: str, write: Callable[[Path], None], tmp_path: Path
) -> None:
    with refused(name), pytest.raises(EnvironmentProblem, match=rf"{name}.*can't be written"):
        write(tmp_path)

    assert not list(tmp_path.rglob("*.part"))
    assert not (tmp_path / name).exists() or not (tmp_path / name).read_bytes().endswith(b"\n")


@pytest.mark.parametrize(
    ("name", "nth"),
    [(ARRAYS, 2), ("assignments.parquet", 1), ("report.html", 1), ("stage.json", 2)],
)
def test_a_run_on_a_full_disk_says_how_it_goes_on(
    name: str, nth: int, cli: Cli, tmp_path: Path
) -> None:
    (tmp_path / "tiny.toml").write_text(TINY)

    with refused(name, nth):
        done = cli("run", "tiny.toml", "--out", "here", "--quiet", "--no-cache")

    assert done.status == 3, done.err
    assert f"{name}: can't be written" in done.err
    assert "File too large; raise the limit" in done.err
    assert done.err.endswith("resume with: clusterforge run --resume here\n")
    again = cli("run", "--resume", "here", "--quiet", "--no-cache")
    assert again.status == 0, again.err


@pytest.mark.parametrize(
    "text",
    [
        "Error while serializing: I/O error: No space left on device (os error 28)",
        "[Errno 30] Read-only file system: 'a'",
        "PytorchStreamWriter failed: Disk quota exceeded",
        "unexpected pos 64 vs 0: Input/output error",
    ],
)
def test_the_class_of_the_error_does_not_matter(text: str) -> None:
    error = PluginError("hdbscan failed")
    error.__cause__ = RuntimeError(text)
    assert "/r/a: " in str(of_the_disk(error, "/r/a"))
    assert of_the_disk(RuntimeError("shapes differ")) is None


TINY = """
[dataset]
use = "blobs"
rows = 60
[[encoder]]
use = "scale"
[[clusterer]]
use = "kmeans"
n_clusters = 3
[evaluation]
null_draws = 0
[report]
projection = "none"
[compute]
threads = 1
"""


def test_a_file_that_is_begun_when_a_signal_comes_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mkstemp(**options: str) -> tuple[int, str]:
        made = BEGIN(**options)
        os.kill(os.getpid(), signal.SIGTERM)
        return made

    monkeypatch.setattr(atomic.tempfile, "mkstemp", mkstemp)
    with exceptions(), pytest.raises(Terminated):
        write_text(tmp_path / "file", "text")
    assert list(tmp_path.iterdir()) == []
