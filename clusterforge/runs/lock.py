"""One process per run folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
    with path.open("a") as file:
        if os.name == "posix":
            import fcntl

            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise EnvironmentProblem(
                    f"{folder}: another process is working on this run; wait until it ends"
                ) from None
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
