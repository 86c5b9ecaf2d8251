"""Processes of this machine, each on its own share of the threads."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe, wait
from types import TracebackType

from clusterforge.errors import EnvironmentProblem
from clusterforge.search.engines.base import Ended, Engine
from clusterforge.search.trial import Outcome, Setting, Task

MODULE = "clusterforge.search.engines.process"
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


@dataclass
class _Process:
    """A worker: its process, the connection to it, and what it is working on."""

    process: subprocess.Popen[bytes]
    connection: Connection
    task: Task | None = None


class LocalProcesses(Engine):
    """Runs trials in processes of this machine; one that dies is replaced.

    A process of its own kind is started, not forked, so that neither threads nor a script's own code
    come along.
    """

    name = "local"

    def __init__(self, setting: Setting, workers: int, threads: int) -> None:
        super().__init__(setting, workers)
        self._environment = {**os.environ, **dict.fromkeys(THREADS, str(threads))}
        self._processes: list[_Process] = []

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for worker in self._processes:
            worker.process.kill()
            worker.process.wait()
            worker.connection.close()
        self._processes.clear()

    def submit(self, task: Task) -> None:
        """Send a task to a process that has none."""
        for worker in self._idle():
            worker.task = task
            try:
                worker.connection.send(task)
            except OSError:
                worker.task = None
                self._remove(worker)
                continue
            return

    def wait(self, seconds: float | None = None) -> list[Ended]:
        """Return what has ended since; at least one unless the time is over."""
        busy = {worker.connection: worker for worker in self._processes if worker.task}
        ended = []
        for ready in wait(list(busy), seconds):
            assert isinstance(ready, Connection)
            worker = busy[ready]
            task, worker.task = worker.task, None
            assert task is not None
            try:
                answer = worker.connection.recv()
            except (EOFError, OSError, pickle.UnpicklingError):
                ended.append(Ended(task, None, self._remove(worker)))
                continue
            if isinstance(answer, BaseException):
                raise answer
            assert isinstance(answer, Outcome)
            ended.append(Ended(task, answer))
        return ended

    def _idle(self) -> Iterator[_Process]:
        """Yield processes without a task, new ones at last."""
        yield from [worker for worker in self._processes if worker.task is None]
        while len(self._processes) < self.workers:
            worker = self._started()
            self._processes.append(worker)
            yield worker
        raise EnvironmentProblem(
            "the processes that run trials end at once; see the messages above"
        )

    def _started(self) -> _Process:
        ours, theirs = Pipe()
        try:
            process = subprocess.Popen(
                [sys.executable, "-m", MODULE, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env=self._environment,
            )
        except OSError as error:
            raise EnvironmentProblem(f"no process can be started ({error.strerror})") from error
        theirs.close()
        ours.send(self.setting)
        return _Process(process, ours)

    def _remove(self, worker: _Process) -> str:
        """Take a process away, and say how it has ended."""
        self._processes.remove(worker)
        worker.connection.close()
        try:
            status = worker.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            worker.process.kill()
            status = worker.process.wait()
        return (
            f"its process was ended by signal {-status}"
            if status < 0
            else f"its process ended ({status})"
        )
