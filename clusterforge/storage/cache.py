"""The cache of finished stages, keyed by content, bounded in size, oldest use out first."""

from __future__ import annotations

import os
import re
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path

from clusterforge.errors import InputError
from clusterforge.registry import cache_folder
from clusterforge.storage.stages import clear, copy_files, sealed

SIZE_VARIABLE = "CLUSTERFORGE_CACHE_SIZE"
DEFAULT_SIZE = "20GB"
SHARE = 16
CLAIMS, SECONDS = "claims", ".seconds"
UNITS = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}


class Cache:
    """Finished stages of all runs.

    Parameters
    ----------
    folder
        Where they are; default: ``CLUSTERFORGE_CACHE``, else the platform's user cache folder.
    size
        Largest total size in bytes; default: ``CLUSTERFORGE_CACHE_SIZE`` (``"20GB"``).
    """

    def __init__(self, folder: Path | None = None, size: int | None = None) -> None:
        self.folder = folder or cache_folder()
        self.size = _size(os.environ.get(SIZE_VARIABLE, DEFAULT_SIZE)) if size is None else size
        self._room = 0

    def fetch(self, key: str, into: Path) -> bool:
        """Put a stage's files into a folder; tell whether it is here.

        A damaged entry counts as absent and is removed.
        """
        entry = self._entry(key)
        if not entry.is_dir():
            return False
        clear(into)
        try:
            copy_files(entry, into)
        except OSError:  # evicted meanwhile by another process, or the disk is full
            clear(into)
            return False
        # What came, not what was there: some of it may have gone meanwhile.
        if not sealed(into, key):
            shutil.rmtree(entry, ignore_errors=True)
            clear(into)
            return False
        with suppress(OSError):  # a cache that is only read
            os.utime(entry)
        return True

    @contextmanager
    def claimed(self, key: str) -> Iterator[None]:
        """Hold a stage: another process that needs it waits, and then finds it finished.

        The system ends the claim of a process that dies. Where claims can't be made, nobody waits.
        """
        place = self.folder / CLAIMS / key
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            file = place.open("a")
        except OSError:
            yield
            return
        with file:
            if os.name == "posix":
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                place.unlink(missing_ok=True)

    def seconds(self, key: str) -> float:
        """Return how long the work on a stage took; 0 where that is not known."""
        try:
            return float((self._entry(key) / SECONDS).read_text("ascii"))
        except (OSError, ValueError):
            return 0.0

    def keep(self, key: str, folder: Path, seconds: float = 0.0) -> None:
        """Take a finished stage in. What can't be stored is left out: the cache is a convenience.

        Parameters
        ----------
        key
            Its content key.
        folder
            Its files.
        seconds
            How long the work on it took.
        """

        def fill(part: Path) -> None:
            copy_files(folder, part)
            (part / SECONDS).write_text(f"{seconds:.3f}", "ascii")

        self._add(key, fill)

    def pack(self, key: str) -> bytes | None:
        """Return the files of a stage as bytes, for another machine; None where it is not here."""
        buffer = BytesIO()
        try:
            with tarfile.open(fileobj=buffer, mode="w") as archive:
                for path in sorted(self._entry(key).iterdir()):
                    archive.add(path, path.name)
        except OSError:
            return None
        return buffer.getvalue()

    def unpack(self, key: str, packed: bytes) -> None:
        """Take in a stage that another machine has packed."""

        def fill(part: Path) -> None:
            with tarfile.open(fileobj=BytesIO(packed)) as archive:
                archive.extractall(part, filter="data")

        self._add(key, fill)

    def _add(self, key: str, fill: Callable[[Path], None]) -> None:
        """Make an entry of the files that are put into a folder; it is there whole or not at all."""
        entry = self._entry(key)
        if entry.exists():
            return
        try:
            entry.parent.mkdir(parents=True, exist_ok=True)
            part = Path(tempfile.mkdtemp(dir=entry.parent, prefix=".part-"))
            try:
                fill(part)
                part.chmod(0o755)
                part.rename(entry)
            finally:
                shutil.rmtree(part, ignore_errors=True)
            self._room -= _size_of(entry)
            if self._room <= 0:
                self.evict()
        except OSError:
            return

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """Give an empty folder on the cache's own disk, for as long as it is needed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=".part-") as folder:
            yield Path(folder)

    def evict(self) -> None:
        """Remove the entries used longest ago until the rest fits."""
        entries = []
        for entry in (self.folder / "stages").glob("*/*"):
            try:
                used = entry.stat().st_mtime
                entries.append((used, _size_of(entry), entry))
            except OSError:
                continue
        total = sum(size for _, size, _ in entries)
        for _, size, entry in sorted(entries):
            if total <= self.size:
                break
            shutil.rmtree(entry, ignore_errors=True)
            total -= size
        # All entries are looked at again when this much has come in; others may add some meanwhile.
        self._room = (self.size - total) // SHARE

    def _entry(self, key: str) -> Path:
        return self.folder / "stages" / key[:2] / key


def _size_of(entry: Path) -> int:
    return sum(file.stat().st_size for file in entry.iterdir())


def _size(text: str) -> int:
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]B)\s*", text, re.IGNORECASE)
    if not match:
        raise InputError(f"{text!r} is not a size", key=SIZE_VARIABLE, remedy="write it as 20GB")
    return int(float(match[1]) * UNITS[match[2].upper()])
