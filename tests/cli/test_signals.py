"""Signals and closed pipes, on a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from clusterforge.clusterers.kmeans import Kmeans
from clusterforge.interrupts import exceptions
from clusterforge.pipeline import execute
from tests.cli.conftest import BLOBS, Cli
from tests.registry.conftest import Install

SLOW = """
@hookimpl
def clusterforge_clusterers():
    return [easy("slow", "slow_code:Slow")]
"""
CODE = """
import os, time
import numpy as np
from clusterforge.contracts import Clusterer, State

class Slow(Clusterer):
    def fit(self, points, context):
        context.progress(1, 9, "at it")
        if os.environ.get("SLOW") == "held":
            sum(range(10**11))  # one call of minutes, which does not give back the interpreter's lock
        elif "SLOW" in os.environ:
            time.sleep(60)
        return np.zeros(len(points), np.int64)

    def state(self):
        return State()

    def restore(self, state):
        pass
"""


def _heed_interrupts() -> None:
    # A shell lets its background jobs ignore SIGINT, nohup SIGHUP, and what they start ignores them too.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture
def start(tmp_path: Path, install: Install) -> object:
    site = install("clusterforge-slow", SLOW)
    (site / "slow_code.py").write_text(CODE)
    recipe = BLOBS.replace('use = "dbscan"', 'use = "slow"')
    (tmp_path / "slow.toml").write_text(recipe)
    env = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(site), str(Path(__file__).parents[2])]),
        "CLUSTERFORGE_PLUGINS": "clusterforge-slow",
        "CLUSTERFORGE_CACHE": str(tmp_path / "cache"),
        "OMP_NUM_THREADS": "1",
    }

    def run(*args: str, slow: str = "", **options: object) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "clusterforge", *args],
            cwd=tmp_path,
            env={**env, "SLOW": slow} if slow else env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=_heed_interrupts,
            **options,  # type: ignore[call-overload]
        )

    return run


@pytest.mark.parametrize(
    ("number", "status", "word"),
    [
        (signal.SIGINT, 130, "interrupted"),
        (signal.SIGTERM, 143, "terminated"),
        (signal.SIGHUP, 129, "hung up"),
    ],
)
def test_a_signal_leaves_a_run_that_can_be_resumed(
    number: signal.Signals,
    status: int,
    word: str,
    start: object,
    cli: Cli,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    process = start("run", "slow.toml", "--out", "here", "--no-cache", slow="yes")  # type: ignore[operator]
    for line in process.stderr:
        if line.startswith("clusterer.0.kmeans"):
            break
    time.sleep(0.5)
    process.send_signal(number)
    out, err = process.communicate(timeout=250)

    assert (process.returncode, out) == (status, "")
    assert err == f"{word}; resume with: clusterforge run --resume here\n"

    monkeypatch.setenv("CLUSTERFORGE_PLUGINS", "clusterforge-slow")
    done = cli("run", "--resume", "here", "--no-cache")
    assert done.status == 0, done.err
    assert "clusterer.0.kmeans: reused" in done.err
    assert "run:    here" in done.out


LATE = """
import os, signal, sys
from clusterforge.__main__ import command
from clusterforge.cli import terminal

def stop(text="", shown=terminal.result):
    shown(text)
    if str(text).startswith("report:"):
        os.kill(os.getpid(), signal.SIGTERM)

terminal.result = stop
sys.exit(command())
"""


def test_a_signal_after_the_result_comes_too_late(tmp_path: Path) -> None:
    (tmp_path / "late.py").write_text(LATE)
    done = subprocess.run(
        [sys.executable, "late.py", "run", "blobs.toml", "--out", "here", "--quiet"],
        cwd=_with_blobs(tmp_path),
        env={
            **os.environ,
            "CLUSTERFORGE_PLUGINS": "",
            "PYTHONPATH": str(Path(__file__).parents[2]),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("report: here/report.html\n")


TWICE = """
import os, signal, sys
from clusterforge.__main__ import command
from clusterforge.cli import main, terminal

def interrupted(*_):
    raise KeyboardInterrupt

said = terminal.note
main._invoke = interrupted
terminal.note = lambda text: (said(text), os.kill(os.getpid(), signal.SIGINT))
sys.exit(command())
"""


def test_a_second_interrupt_while_the_first_is_reported_is_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "twice.py").write_text(TWICE)
    done = subprocess.run(
        [sys.executable, "twice.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        preexec_fn=_heed_interrupts,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (-signal.SIGINT, "interrupted\n")


def test_a_hangup_that_nohup_ignores_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with exceptions():
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_signal_within_a_long_call_of_a_library_is_heard_within_seconds(
    start: object, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = start("run", "slow.toml", "--out", "here", "--no-cache", slow="held")  # type: ignore[operator]
    for line in process.stderr:
        if line.startswith("clusterer.0.kmeans"):
            break
    time.sleep(0.5)
    process.send_signal(signal.SIGTERM)
    sent = time.monotonic()
    out, err = process.communicate(timeout=50)

    assert time.monotonic() - sent < 10
    assert (process.returncode, out) == (-signal.SIGTERM, "")  # 143 for a shell
    assert err == "terminated; resume with: clusterforge run --resume here\n"

    monkeypatch.setenv("CLUSTERFORGE_PLUGINS", "clusterforge-slow")
    done = cli("run", "--resume", "here", "--no-cache")
    assert done.status == 0, done.err
    assert "clusterer.0.kmeans: reused" in done.err
    assert not list(Path("here").rglob("*.part"))


@pytest.mark.parametrize("command", [("list-plugins", "--json"), ("--help",)])
def test_a_closed_pipe_ends_a_command_as_other_programs(
    command: tuple[str, ...], start: object
) -> None:
    process = start(*command)  # type: ignore[operator]
    process.stdout.close()
    process.wait(timeout=250)

    assert process.stderr.read() == ""
    assert process.returncode == 128 + signal.SIGPIPE
    process.stderr.close()


def test_a_run_that_is_done_is_so_though_nobody_reads_what_it_prints(
    start: object, tmp_path: Path
) -> None:
    process = start("run", "slow.toml", "--out", "here", "--quiet")  # type: ignore[operator]
    process.stdout.close()
    process.wait(timeout=250)

    assert process.stderr.read() == ""
    assert process.returncode == 0
    assert (tmp_path / "here" / "manifest.json").is_file()
    process.stderr.close()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
@pytest.mark.parametrize("command", [["list-plugins"], ["--help"], ["describe", "metric", "ari"]])
def test_a_full_disk_below_stdout_is_status_3(command: list[str], tmp_path: Path) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "clusterforge", *command],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=250,
            check=False,
        )

    assert done.stderr == "error: stdout: No space left on device; free some space there\n"
    assert done.returncode == 3


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="no pseudo-terminals here")
def test_a_terminal_gets_bars_on_stderr_and_none_of_it_on_stdout(
    tmp_path: Path, start: object
) -> None:
    import pty

    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "clusterforge", "run", "blobs.toml", "--out", "here"],
        cwd=_with_blobs(tmp_path),
        env={**os.environ, "TERM": "xterm", "CLUSTERFORGE_PLUGINS": ""},
        stdout=subprocess.PIPE,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:
            break
        if not part:
            break
        shown += part
    out = process.communicate(timeout=250)[0]
    os.close(ours)

    assert process.returncode == 0, shown
    assert b"\x1b[" in shown  # bars are drawn and drawn again
    assert b"clusterer.0.kmeans: " in shown
    assert shown.rstrip().endswith(b"\x1b[?25h") or b"\x1b[?25h" in shown  # the cursor is back
    assert b"\x1b" not in out


def _with_blobs(folder: Path) -> Path:
    (folder / "blobs.toml").write_text(BLOBS)
    return folder


def test_an_interrupt_while_modules_are_imported_is_one_line(tmp_path: Path) -> None:
    code = "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n"
    (tmp_path / "click.py").write_text(code)
    paths = os.pathsep.join([str(tmp_path), str(Path(__file__).parents[2])])
    done = subprocess.run(
        [sys.executable, "-m", "clusterforge", "--version"],
        env={**os.environ, "PYTHONPATH": paths},
        preexec_fn=_heed_interrupts,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "interrupted\n")


def test_a_signal_that_a_library_makes_another_error_of_is_still_one(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As NumPy does while it reads a file: "expected str, bytes or os.PathLike object"."""

    def write(*_: object) -> None:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        except KeyboardInterrupt:
            raise TypeError("expected str") from None

    _with_blobs(tmp_path)
    monkeypatch.setattr(execute, "write_assignments", write)
    done = cli("run", "blobs.toml", "--out", "here", "--quiet")
    assert (done.status, done.out) == (143, "")
    assert done.err == "terminated; resume with: clusterforge run --resume here\n"


def test_a_signal_that_a_library_swallows_ends_the_stage(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fit(*_: object) -> np.ndarray:
        with suppress(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGTERM)
        return np.zeros(60, np.int64)

    _with_blobs(tmp_path)
    monkeypatch.setattr(Kmeans, "fit", fit)
    done = cli("run", "blobs.toml", "--out", "here", "--quiet")
    assert (done.status, done.out) == (143, "")
    assert not (tmp_path / "here" / "clusterers" / "kmeans" / "stage.json").exists()
