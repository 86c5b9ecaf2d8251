"""Processes of this machine, each on its own share of the threads."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe, wait
from pathlib import Path

from clusterforge.errors import EnvironmentProblem
from clusterforge.search.engines.base import Ended, Engine
from clusterforge.search.trial import Outcome, Setting, Task

MODULE = "clusterforge.search.engines.process"
READY = "ready"
QUIET = {"TOKENIZERS_PARALLELISM": "false", "HF_HUB_DISABLE_TELEMETRY": "1"}
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


@dataclass
class _Process:
    """A worker: its process, the connection to it, its stderr, and what it is working on."""

    process: subprocess.Popen[bytes]
    connection: Connection
    log: Path
    task: Task | None = None
    ready: bool = False


class LocalProcesses(Engine):
    """Runs trials in processes of this machine; one that dies is replaced.

    A process of its own kind is started, not forked, so that neither threads nor a script's own code
    come along.
    """

    name = "local"

    def __init__(self, setting: Setting, workers: int, threads: int) -> None:
        super().__init__(setting, workers)
        self._environment = {**QUIET, **os.environ, **dict.fromkeys(THREADS, str(threads))}
        self._processes: list[_Process] = []
        self._begun = 0

    def __exit__(self, *error: object) -> None:
        for worker in self._processes:
            worker.process.kill()
            worker.process.wait()
            worker.connection.close()
        self._processes.clear()

    def submit(self, task: Task) -> None:
        """Send a task to a process that has none, or to a new one."""
        for worker in [one for one in self._processes if one.task is None]:
            try:
                worker.connection.send(task)
            except OSError:  # it has died meanwhile
                self._remove(worker)
                continue
            worker.task = task
            return
        worker = self._started()
        worker.connection.send(task)
        worker.task = task
        self._processes.append(worker)

    def wait(self, seconds: float | None = None) -> list[Ended]:
        """Return what has ended since; at least one unless the time is over."""
        ended: list[Ended] = []
        while not ended:
            busy = {worker.connection: worker for worker in self._processes if worker.task}
            found = wait(list(busy), seconds)
            if not found:
                break
            for connection in found:
                assert isinstance(connection, Connection)
                ended += self._answer(busy[connection])
        return ended

    def _answer(self, worker: _Process) -> list[Ended]:
        """Take what a process says: that it is ready, or the outcome of its task."""
        task = worker.task
        assert task is not None
        try:
            answer = worker.connection.recv()
        except (EOFError, OSError, pickle.UnpicklingError):
            return [Ended(task, None, self._remove(worker))]
        if answer == READY:
            worker.ready = True
            return []
        if isinstance(answer, BaseException):
            raise answer
        assert isinstance(answer, Outcome)
        worker.task = None
        return [Ended(task, answer)]

    def _started(self) -> _Process:
        ours, theirs = Pipe()
        self._begun += 1
        log = self.setting.work / f"worker-{self._begun}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        try:
            with log.open("wb") as stderr:
                process = subprocess.Popen(  # noqa: S603 this Python
                    [sys.executable, "-m", MODULE, str(theirs.fileno())],
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=stderr,
                    env=self._environment,
                    start_new_session=True,  # Ctrl-C is the driver's to take
                )
        except OSError as error:
            raise EnvironmentProblem(f"no process can be started ({error.strerror})") from error
        theirs.close()
        ours.send(self.setting)
        return _Process(process, ours, log)

    def _remove(self, worker: _Process) -> str:
        """Take a process away, and say how it has ended.

        Raises
        ------
        EnvironmentProblem
            Where it could not even start: another one would not either.
        """
        self._processes.remove(worker)
        worker.connection.close()
        try:
            status = worker.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            worker.process.kill()
            status = worker.process.wait()
        if status < 0:
            return f"its process was ended by signal {-status}"
        words = f"its process ended with status {status}: {_last_line(worker.log)}"
        if not worker.ready:
            raise EnvironmentProblem(f"no process for trials can start; {words}")
        return words


def _last_line(log: Path) -> str:
    lines = [line.strip() for line in log.read_text("utf-8", "replace").splitlines()]
    return next((line for line in reversed(lines) if line), "it said nothing")
