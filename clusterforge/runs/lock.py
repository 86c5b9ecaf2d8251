"""One process per run folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from clusterforge.errors import EnvironmentProblem, unwritable
from clusterforge.runs.files import LOCK
from clusterforge.storage.tree import check_tree, open_own, remove_parts


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a run folder; the system releases it when the process ends.

    What a process that was killed has left half written is removed.

    Raises
    ------
    InputError
        Where something in the folder is not its own: a link, say.
    EnvironmentProblem
        Where another process holds it, or it can't be written.
    """
    path = folder / LOCK
    try:
        handle = _taken(path)
    except OSError as error:
        raise unwritable(path, error) from error
    if handle is None:
        raise EnvironmentProblem(
            f"{folder}: another process is working on this run; wait until it ends"
        )
    try:
        check_tree(folder)
        remove_parts(folder)
        yield
    finally:
        # Removed while it is held: who waits for it finds that it is not the folder's any more.
        # What has gone wrong meanwhile, with the folder too, is not hidden by what goes wrong here.
        with suppress(OSError):
            path.unlink(missing_ok=True)
        os.close(handle)


def is_held(folder: Path) -> bool:
    """Tell whether a process is working on a run folder."""
    path = folder / LOCK
    if os.name != "posix" or not path.is_file():
        return False
    handle = _taken(path)
    if handle is not None:
        os.close(handle)
    return handle is None


def _taken(path: Path) -> int | None:
    """Return the descriptor of the lock's file, locked, or None where another process has it."""
    while True:
        handle = open_own(path)
        if os.name != "posix":
            return handle
        import fcntl

        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(handle), path.stat()):
                return handle
        except BlockingIOError:
            os.close(handle)
            return None
        except FileNotFoundError:
            pass
        os.close(handle)
