"""The cache of finished stages, keyed by content, bounded in size, oldest use out first."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

from clusterforge.errors import InputError
from clusterforge.registry import cache_folder
from clusterforge.storage.stages import Hashes, clear, copy_files, sealed
from clusterforge.storage.tree import is_own, open_own, own_folders, remove

SIZE_VARIABLE = "CLUSTERFORGE_CACHE_SIZE"
DEFAULT_SIZE = "20GB"
SHARE = 16
STAGES, CLAIMS, SECONDS, PART = "stages", "claims", ".seconds", ".part-"
LEFT = 24 * 3600.0  # seconds after which nobody fills a folder any more
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
        self._warn: Callable[[str], None] | None = None

    def watch(self, warn: Callable[[str], None]) -> None:
        """Say once where nothing can be stored; that ends no run.

        Parameters
        ----------
        warn
            Called with the reason.
        """
        self._warn = warn
        with self._storing(), self.scratch():
            pass

    @contextmanager
    def _storing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if self._warn:
                problem = error.strerror or error
                self._warn(
                    f"the cache {self.folder} can't be written ({problem}): nothing is stored"
                )
            self._warn = None

    def fetch(self, key: str, into: Path) -> Hashes:
        """Put a stage's files into a folder, and return the sha256 of each; nothing unless it is here.

        A damaged entry counts as absent and is removed.
        """
        entry = self._entry(key)
        if not self._has(entry):
            return {}
        clear(into)
        try:
            copy_files(entry, into)
        except OSError:  # evicted meanwhile by another process, or the disk is full
            clear(into)
            return {}
        # What came, not what was there: some of it may have gone meanwhile.
        hashes = sealed(into, key)
        if not hashes:
            shutil.rmtree(entry, ignore_errors=True)
            clear(into)
            return {}
        with suppress(OSError):  # a cache that is only read
            os.utime(entry)
        return hashes

    def holds(self, key: str) -> bool:
        """Tell whether a stage is here, without looking whether it is whole."""
        return self._has(self._entry(key))

    @contextmanager
    def claimed(self, key: str) -> Iterator[None]:
        """Hold a stage: another process that needs it waits, and then finds it finished.

        The system ends the claim of a process that dies. Where claims can't be made, nobody waits.
        """
        place = self.folder / CLAIMS / key
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            handle = open_own(place)
        except (OSError, InputError):
            yield
            return
        try:
            if os.name == "posix":
                import fcntl

                with suppress(OSError):  # not every file system has locks
                    fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            with suppress(OSError):
                place.unlink(missing_ok=True)
            os.close(handle)

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
        entry = self._entry(key)
        if not self._has(entry):
            return None
        try:
            with ZipFile(buffer, "w", strict_timestamps=False) as archive:
                for path in sorted(entry.rglob("*")):
                    archive.write(path, path.relative_to(entry))
        except OSError:
            return None
        return buffer.getvalue()

    def unpack(self, key: str, packed: bytes) -> None:
        """Take in a stage that another machine has packed."""

        def fill(part: Path) -> None:
            with ZipFile(BytesIO(packed)) as archive:
                archive.extractall(part)

        self._add(key, fill)

    def _add(self, key: str, fill: Callable[[Path], None]) -> None:
        """Make an entry of the files that are put into a folder; it is there whole or not at all."""
        entry = self._entry(key)
        if self._has(entry):
            return
        with self._storing():
            entry.parent.mkdir(parents=True, exist_ok=True)
            part = Path(tempfile.mkdtemp(dir=entry.parent, prefix=PART))
            try:
                fill(part)
                part.chmod(0o755)
                part.rename(entry)
            except OSError:
                if not self._has(entry):  # else another process was faster
                    raise
            finally:
                shutil.rmtree(part, ignore_errors=True)
            self._room -= _size_of(entry)
            if self._room <= 0:
                self.evict()

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """Give an empty folder on the cache's own disk, for as long as it is needed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=PART) as folder:
            yield Path(folder)

    def evict(self) -> None:
        """Remove what killed processes have left, and the entries used longest ago until the rest fits."""
        entries = []
        shelves = own_folders(self.folder / STAGES)
        for entry in (place for shelf in (self.folder, *shelves) for place in own_folders(shelf)):
            try:
                used = entry.stat().st_mtime
                if entry.name.startswith(PART) and time.time() - used > LEFT:
                    remove(entry)
                elif entry.parent != self.folder:
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

    def damaged(self) -> tuple[list[str], int]:
        """Say which entries are not what was stored, and how many there are in all."""
        entries = [
            entry
            for shelf in own_folders(self.folder / STAGES)
            for entry in own_folders(shelf)
            if not entry.name.startswith(PART)
        ]
        broken = [one for one in sorted(entries) if not (is_own(one) and sealed(one, one.name))]
        return [f"{one}: is not what was stored; it is computed anew" for one in broken], len(
            entries
        )

    def _entry(self, key: str) -> Path:
        return self.folder / STAGES / key[:2] / key

    def _has(self, entry: Path) -> bool:
        """Tell whether there is an entry; one that is or holds a link, a pipe or a device is removed."""
        shelf = entry.parent
        linked = os.path.islink(shelf)
        if is_own(entry) and not linked:
            return True
        with suppress(OSError):
            remove(shelf if linked else entry)
        return False


def holds_cache(folder: Path) -> bool:
    """Tell whether a folder is that of a cache."""
    return folder.resolve() == cache_folder().resolve() or (folder / STAGES).is_dir()


def _size_of(entry: Path) -> int:
    return sum(file.stat().st_size for file in entry.iterdir())


def _size(text: str) -> int:
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]B)\s*", text, re.IGNORECASE)
    if not match:
        raise InputError(f"{text!r} is not a size", key=SIZE_VARIABLE, remedy="write it as 20GB")
    return int(float(match[1]) * UNITS[match[2].upper()])
