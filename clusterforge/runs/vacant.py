"""New folders: absent or empty before, and begun by one process alone."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from clusterforge.errors import InputError, unwritable
from clusterforge.interrupts import postponed
from clusterforge.runs.files import LOCK, RECIPE
from clusterforge.runs.manifest import is_complete
from clusterforge.storage.tree import none_empty


@dataclass(frozen=True)
class Vacant:
    """Folders in which something can be begun.

    Parameters
    ----------
    command
        The command that begins it, and with ``--resume`` goes on with it.
    begun
        The file with which it can go on.
    first
        A file that is written before that one: with it alone nothing was begun.
    """

    command: str = "run"
    begun: str = RECIPE
    first: str = LOCK

    @contextmanager
    def begin(self, out: Path | None, home: Path, key: str) -> Iterator[Path]:
        """Make a folder as :meth:`make` does; where an error or a signal comes, none is left that is empty.

        Parameters
        ----------
        out, home
            As there.
        key
            Tells what is begun from all else: a folder of its own is called by the time and by it.
        """
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{key[:8]}"
        with none_empty(home if out is None else out) as made:
            with postponed():
                folder = self.make(out, home, name)
                if out is None:
                    made.insert(0, folder)
            yield folder

    def make(self, out: Path | None, home: Path, name: str) -> Path:
        """Make a folder for what is begun now.

        Parameters
        ----------
        out
            Which folder; None: one of its own.
        home, name
            Where that is, and its name, to which a number is added where it is there.

        Raises
        ------
        InputError
            Where ``out`` is a file or not empty.
        EnvironmentProblem
            Where it can't be made.
        """
        if out is None:
            places = (home / (f"{name}-{n}" if n > 1 else name) for n in itertools.count(1))
            return next(place for place in places if _made(place))
        if out.exists() and not out.is_dir():
            raise InputError("is a file", file=str(out), remedy="name a folder")
        if not _made(out):
            self.check(out)
        return out

    def check(self, folder: Path) -> None:
        """See that nothing was begun in a folder; who holds the folder's lock does so again.

        Raises
        ------
        InputError
            Where it is not empty.
        """
        if not {path.name for path in folder.iterdir()} - {LOCK, self.first}:
            return
        remedy = "name another folder"
        if (folder / self.begun).is_file() and not is_complete(folder):
            remedy += f", or finish the {self.command} in it: clusterforge {self.command} --resume {folder}"
        raise InputError("is not empty", file=str(folder), remedy=remedy)


def _made(folder: Path) -> bool:
    """Make a folder; tell whether it was not there before."""
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        return False
    except OSError as error:
        raise unwritable(folder, error, "can't be made") from error
    return True
