"""Where a data set named as on the Hub lies: a mirror, the Hugging Face cache, or nowhere local."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from clusterforge.errors import InputError
from clusterforge.hub.mirror import mirrors

_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?", re.ASCII)
_COMMIT = re.compile(r"[0-9a-f]{40}")

Origin = Literal["folder", "mirror", "cache", "hub"]


@dataclass(frozen=True)
class Place:
    """A local folder that holds a data set.

    Parameters
    ----------
    folder
        The folder.
    origin
        What kind of place it is.
    revision
        The Hub's commit, where it is known.
    """

    folder: Path
    origin: Origin
    revision: str | None


def is_local(path: str) -> bool:
    """Return whether a path means a local folder and not a name on the Hub."""
    return path.startswith(("./", "../", "~")) or Path(path).is_absolute()


def places(path: str, revision: str | None) -> Iterator[Place]:
    """Yield the local folders that may hold a data set, in the order of look-up.

    Raises
    ------
    InputError
        Where a local folder is not there, or a name is not one.
    """
    if is_local(path):
        folder = Path(path).expanduser()
        if not folder.is_dir():
            what = "is a file" if folder.exists() else "does not exist"
            raise InputError(
                f"{folder} {what}",
                key="path",
                remedy='name a folder, or use = "files" for files of your own',
            )
        yield Place(folder, "folder", _downloaded_revision(folder))
        return
    if not _NAME.fullmatch(path) or ".." in path:
        raise InputError(
            f"{path!r} is not a name on the Hub",
            key="path",
            remedy="write org/name, or a local folder as ./folder",
        )
    for mirror in mirrors():
        folder = mirror / path
        if folder.is_dir():
            known = _downloaded_revision(folder)
            if not (_pinned(revision) and known and known != revision):
                yield Place(folder, "mirror", known)
    snapshot = _snapshot(path, revision)
    if snapshot is not None:
        yield Place(snapshot, "cache", snapshot.name)


def _pinned(revision: str | None) -> bool:
    return revision is not None and bool(_COMMIT.fullmatch(revision))


def _downloaded_revision(folder: Path) -> str | None:
    """Return the commit that the Hub's command line notes beside what it downloads."""
    note = folder / ".cache" / "huggingface" / "download" / "README.md.metadata"
    try:
        first = note.read_text(encoding="utf-8").split("\n", 1)[0].strip()
    except (OSError, ValueError):
        return None
    return first if _COMMIT.fullmatch(first) else None


def _snapshot(path: str, revision: str | None) -> Path | None:
    """Return the snapshot of a repository in the Hub's cache."""
    home = os.environ.get("HF_HOME") or Path("~/.cache/huggingface").expanduser()
    cache = Path(os.environ.get("HF_HUB_CACHE") or Path(home) / "hub")
    repository = cache / f"datasets--{path.replace('/', '--')}"
    commit = revision
    if not _pinned(revision):
        name = revision or "main"
        if ".." in Path(name).parts or Path(name).is_absolute():
            raise InputError(f"{name!r} is not a revision", key="revision")
        try:
            commit = (repository / "refs" / name).read_text(encoding="utf-8").strip()
        except (OSError, ValueError):
            return None
    folder = repository / "snapshots" / str(commit)
    return folder if _pinned(commit) and folder.is_dir() else None
