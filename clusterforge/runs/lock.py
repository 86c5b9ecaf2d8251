"""One process per run folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from clusterforge.errors import EnvironmentProblem
from clusterforge.runs.files import LOCK


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a run folder; the system releases it when the process ends.

    Raises
    ------
    EnvironmentProblem
        Where another process holds it.
    """
    path = folder / LOCK
    file = _taken(path)
    if file is None:
        raise EnvironmentProblem(
            f"{folder}: another process is working on this run; wait until it ends"
        )
    try:
        yield
    finally:
        # Removed while it is held: who waits for it finds that it is not the folder's any more.
        path.unlink(missing_ok=True)
        file.close()


def _taken(path: Path) -> IO[str] | None:
    """Return the lock's file, locked, or None where another process has it."""
    while True:
        file = path.open("a")
        if os.name != "posix":
            return file
        import fcntl

        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(file.fileno()), path.stat()):
                return file
        except BlockingIOError:
            file.close()
            return None
        except FileNotFoundError:
            pass
        file.close()
