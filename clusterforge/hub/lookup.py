"""Where a data set or a model named as on the Hub lies: a folder, a mirror, the Hugging Face cache, the Hub.

Mirrors are folders that hold ``<org>/<name>``, for machines without the internet.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from clusterforge.errors import EnvironmentProblem, InputError, nearest

VARIABLE = "CLUSTERFORGE_MIRROR"
COMMIT = re.compile(r"[0-9a-f]{40}")
_NAME = re.compile(r"\w[\w.-]*(/\w[\w.-]*)?", re.ASCII)
_WEIGHTS = ("*.safetensors", "*.bin")
_WANTED = ["*.json", "*.txt", "*.model", "*.safetensors"]
_OTHER_FORMATS = ["onnx/*", "openvino/*", "coreml/*", "flax/*", "tf/*"]

Origin = Literal["folder", "mirror", "cache", "hub"]
What = Literal["data set", "model"]
HELD = {"all-MiniLM-L6-v2": "minilm"}
"""The encoders that hold models of the Hub, in packages kept here."""
KEYS: dict[What, str] = {"data set": "path", "model": "model"}
"""The parameter that names each."""


@dataclass(frozen=True)
class Place:
    """A local folder that holds a data set or a model.

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


def mirrors() -> list[Path]:
    """Return the folders of ``CLUSTERFORGE_MIRROR``, in order, whether or not they are there."""
    listed = os.environ.get(VARIABLE, "").split(os.pathsep)
    return [Path(folder).expanduser() for folder in listed if folder]


def places(name: str, revision: str | None, what: What = "data set") -> Iterator[Place]:
    """Yield the local folders that may hold a data set or a model, in the order of look-up.

    A name that means a local folder yields that alone, whether or not it is there.

    Raises
    ------
    InputError
        Where a name is not one on the Hub.
    """
    if name.startswith(("./", "../", "~")) or Path(name).is_absolute():
        folder = Path(name).expanduser()
        yield Place(folder, "folder", _downloaded_revision(folder))
        return
    if not _NAME.fullmatch(name) or ".." in name:
        raise InputError(
            f"{name!r} is not a name on the Hub",
            key=KEYS[what],
            remedy="write org/name, or a local folder as ./folder",
        )
    for mirror in mirrors():
        if (folder := mirror / name).is_dir():
            commit = _downloaded_revision(folder)
            if not (_pinned(revision) and commit and commit != revision):
                yield Place(folder, "mirror", commit)
    snapshot = _snapshot(name, revision, what)
    if snapshot is not None:
        yield Place(snapshot, "cache", snapshot.name)


def _pinned(revision: str | None) -> bool:
    return revision is not None and bool(COMMIT.fullmatch(revision))


def _downloaded_revision(folder: Path) -> str | None:
    """Return the commit that the Hub's command line notes next to what it downloads."""
    note = folder / ".cache" / "huggingface" / "download" / "README.md.metadata"
    try:
        first = note.read_text(encoding="utf-8").split("\n", 1)[0].strip()
    except (OSError, ValueError):
        return None
    return first if COMMIT.fullmatch(first) else None


def _snapshot(name: str, revision: str | None, what: What) -> Path | None:
    """Return the snapshot of a repository in the Hub's cache."""
    home = os.environ.get("HF_HOME") or Path("~/.cache/huggingface").expanduser()
    cache = Path(os.environ.get("HF_HUB_CACHE") or Path(home) / "hub")
    kind = "models" if what == "model" else "datasets"
    repository = cache / f"{kind}--{name.replace('/', '--')}"
    commit = revision
    if not _pinned(revision):
        branch = revision or "main"
        if ".." in Path(branch).parts or Path(branch).is_absolute():
            raise InputError(f"{branch!r} is not a revision", key="revision")
        try:
            commit = (repository / "refs" / branch).read_text(encoding="utf-8").strip()
        except (OSError, ValueError):
            return None
    folder = repository / "snapshots" / str(commit)
    return folder if _pinned(commit) and folder.is_dir() else None


@contextmanager
def asking(name: str, revision: str | None, what: What) -> Iterator[None]:
    """Make what the Hub's library raises the user's error.

    Raises
    ------
    InputError
        Where the Hub has no such repository or revision, or does not give it to this user.
    EnvironmentProblem
        Where the Hub can't be reached.
    """
    from huggingface_hub import errors

    try:
        yield
    except errors.RevisionNotFoundError:
        raise InputError(f"{name} has no revision {revision!r}", key="revision") from None
    except errors.GatedRepoError:
        raise InputError(
            f"{name} requires its terms to be accepted",
            key=KEYS[what],
            remedy="accept them on its page and set HF_TOKEN",
        ) from None
    except errors.RepositoryNotFoundError:
        raise InputError(
            f"there is no {what} {name!r} on the Hub",
            key=KEYS[what],
            remedy="check the name; for a private one, set HF_TOKEN",
        ) from None
    except errors.HFValidationError as error:
        raise InputError(one_line(error), key=KEYS[what]) from None
    # Each version of the library has another HTTP client, and each client its own exceptions.
    except Exception as error:
        raise unreachable(name, what, error) from None


def unreachable(name: str, what: What, error: Exception) -> EnvironmentProblem:
    """Return the error for what is nowhere on this machine, where the Hub can't be reached."""
    mirrored = [str(f.relative_to(mirror)) for mirror in mirrors() for f in mirror.glob("*/*")]
    known = f"; in the mirror: {nearest(name, mirrored)}" if mirrored else ""
    return EnvironmentProblem(
        f"{what} {name!r} is in no mirror and no cache, and the Hub can't be reached "
        f"({_why(error)}); {without_hub(name)}set {VARIABLE} to a folder that holds {name}, or name a "
        f"local folder as ./folder{known}"
    )


def without_hub(name: str) -> str:
    """Say which encoder holds a model, and needs no network; empty where none does."""
    use = HELD.get(name.rpartition("/")[2])
    return f'use = "{use}" is this model, without the Hub; else ' if use else ""


def _why(error: Exception) -> str:
    """Say in a few words what keeps the Hub from being reached."""
    text = one_line(error)
    if "outgoing traffic has been disabled" in text:
        return "HF_HUB_OFFLINE is set"
    cause = re.search(r"\[Errno -?\d+\] (.+?)(?= An error| \(|[.>]|$)", text)
    return cause[1] if cause else text


def one_line(error: BaseException) -> str:
    """Return what a library says of an error, in one line of at most 200 characters."""
    return " ".join(str(error).split())[:200] or type(error).__name__


def find_model(name: str, revision: str | None = None) -> Path:
    """Return the folder of a model, downloading it where it is nowhere on this machine.

    Parameters
    ----------
    name
        A local folder (absolute or ``./…``) or a name on the Hub, ``org/name``. A name is looked
        up in the folders of ``CLUSTERFORGE_MIRROR``, then in the Hugging Face cache, then on the
        Hub.
    revision
        Branch, tag or commit on the Hub. Local and mirrored folders hold one revision, so a branch
        or tag says nothing there.

    Raises
    ------
    InputError
        Where the folder is not there or not complete, or the Hub has no such model; ``key`` is
        ``model``.
    EnvironmentProblem
        Where the Hub can't be reached.
    """
    folder = locate_model(name, revision)
    if not folder.is_dir():
        raise InputError(
            f"there is no folder {name}", key="model", remedy="check the path of the model"
        )
    if lacking := lacks(folder):
        raise InputError(
            f"{name} has no {lacking}", key="model", remedy="name the folder of a complete model"
        )
    return folder


def locate_model(name: str, revision: str | None = None) -> Path:
    """Return the folder of a model as ``find_model`` does, whether or not it is complete, or there."""
    for place in places(name, revision, "model"):
        if place.origin != "cache" or lacks(place.folder) is None:
            return place.folder
    from huggingface_hub import snapshot_download

    def snapshot(wanted: list[str]) -> Path:
        return Path(
            snapshot_download(
                name, revision=revision, allow_patterns=wanted, ignore_patterns=_OTHER_FORMATS
            )
        )

    with asking(name, revision, "model"):
        folder = snapshot(_WANTED)
        return snapshot([*_WANTED, "*.bin"]) if lacks(folder) else folder


def lacks(folder: Path) -> str | None:
    """Return what a model's folder lacks, or None where it is complete."""
    if not (folder / "config.json").is_file() and not (folder / "modules.json").is_file():
        return "config.json"
    patterns = [*_WEIGHTS, *(f"*/{pattern}" for pattern in _WEIGHTS)]
    if not any(next(folder.glob(pattern), None) for pattern in patterns):
        return "weights (*.safetensors or *.bin)"
    return None
