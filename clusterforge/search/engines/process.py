"""A process that does trials: ``python -m clusterforge.search.engines.process FD``."""

from __future__ import annotations

import os
import sys
import threading
from multiprocessing.connection import Connection

from clusterforge.errors import EnvironmentProblem
from clusterforge.registry import Registry
from clusterforge.registry.python_names import Imported
from clusterforge.search.engines.local import READY
from clusterforge.search.trial import Outcome, Task, Worker

WATCH = 0.5  # seconds between two looks at whether the driver is still there


def main(descriptor: int) -> None:
    """Do tasks until the driver has gone."""
    parent = os.getppid()
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    connection = Connection(descriptor)
    worker = Worker(connection.recv(), Registry.installed().naming(Imported({})))
    connection.send(READY)
    while True:
        try:
            task = connection.recv()
        except EOFError:
            return
        assert isinstance(task, Task)
        answer: Outcome | EnvironmentProblem
        try:
            answer = worker.run(task)
        except EnvironmentProblem as error:
            answer = error
        connection.send(answer)


def _end_with(parent: int) -> None:
    """End this process, whatever it does, when the one that began it has ended."""
    pause = threading.Event()
    while os.getppid() == parent:
        pause.wait(WATCH)
    os._exit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]))
