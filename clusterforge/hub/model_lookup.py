"""Where a model of the Hub is: a mirror folder, the Hugging Face cache, or the Hub."""

from __future__ import annotations

import re
from pathlib import Path

from clusterforge.errors import EnvironmentProblem, InputError, nearest
from clusterforge.hub.mirror import VARIABLE, mirrors

HUB_NAME = re.compile(r"\w[\w.-]*(/\w[\w.-]*)?")
WEIGHTS = ("*.safetensors", "*.bin")
WANTED = ["*.json", "*.txt", "*.model", "*.safetensors"]
OTHER_FORMATS = ["onnx/*", "openvino/*", "coreml/*", "flax/*", "tf/*"]


def find_model(name: str, revision: str | None = None) -> Path:
    """Return the folder of a model, downloading it where it is nowhere on this machine.

    Parameters
    ----------
    name
        A local folder (absolute or ``./…``) or a name on the Hub, ``org/name``. A name is looked
        up in the folders of ``CLUSTERFORGE_MIRROR``, then in the Hugging Face cache, then on the
        Hub.
    revision
        Branch, tag or commit on the Hub. Local and mirrored folders hold one revision, so it
        says nothing there.

    Raises
    ------
    InputError
        Where the folder is not there or not complete, or the Hub has no such model; ``key`` is
        ``model``.
    EnvironmentProblem
        Where the Hub can't be reached.
    """
    return _complete(locate_model(name, revision), name)


def locate_model(name: str, revision: str | None = None) -> Path:
    """Return the folder of a model as ``find_model`` does, whether or not it is complete, or there."""
    if name.startswith((".", "~")) or Path(name).is_absolute():
        return Path(name).expanduser()
    if not HUB_NAME.fullmatch(name) or ".." in name:
        raise InputError(
            f"{name!r} is not a name on the Hub",
            key="model",
            remedy="write org/name, or a local folder as ./folder",
        )
    for mirror in mirrors():
        if (mirror / name).is_dir():
            return mirror / name
    return _from_hub(name, revision)


def lacks(folder: Path) -> str | None:
    """Return what a model's folder lacks, or None where it is complete."""
    if not (folder / "config.json").is_file() and not (folder / "modules.json").is_file():
        return "config.json"
    if not any(next(folder.glob(pattern), None) for pattern in ("*.safetensors", "*.bin")) and (
        not any(next(folder.glob(f"*/{pattern}"), None) for pattern in WEIGHTS)
    ):
        return "weights (*.safetensors or *.bin)"
    return None


def _complete(folder: Path, name: str) -> Path:
    if not folder.is_dir():
        raise InputError(
            f"there is no folder {name}", key="model", remedy="check the path of the model"
        )
    lacking = lacks(folder)
    if lacking:
        raise InputError(
            f"{name} has no {lacking}", key="model", remedy="name the folder of a complete model"
        )
    return folder


def _from_hub(name: str, revision: str | None) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import (
        HFValidationError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    def snapshot(wanted: list[str], *, local: bool) -> Path:
        return Path(
            snapshot_download(
                name,
                revision=revision,
                local_files_only=local,
                allow_patterns=wanted,
                ignore_patterns=OTHER_FORMATS,
            )
        )

    try:
        cached = snapshot(WANTED, local=True)
        if lacks(cached) is None:
            return cached
    except (LocalEntryNotFoundError, FileNotFoundError):
        pass
    try:
        folder = snapshot(WANTED, local=False)
        if lacks(folder):
            folder = snapshot([*WANTED, "*.bin"], local=False)
    except RevisionNotFoundError as error:
        raise InputError(
            f"{name} has no revision {revision!r} on the Hub", key="revision"
        ) from error
    except (RepositoryNotFoundError, HFValidationError) as error:
        raise InputError(
            f"the Hub has no model {name!r}, or it is not public",
            key="model",
            remedy=_near(name),
        ) from error
    except OSError as error:
        raise _unreachable(name) from error
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in {"httpx", "requests", "huggingface_hub"}:
            raise
        raise _unreachable(name) from error
    return folder


def _unreachable(name: str) -> EnvironmentProblem:
    return EnvironmentProblem(
        f"model {name!r} is neither in a mirror nor in the Hugging Face cache, and the Hub can't "
        f"be reached; put it in a folder of {VARIABLE} as <folder>/{name}, or go online; "
        f"{_near(name)}"
    )


def _near(name: str) -> str:
    mirrored = [
        str(config.parent.relative_to(mirror))
        for mirror in mirrors()
        for config in mirror.glob("*/*/config.json")
    ]
    return f"models in the mirror: {nearest(name, mirrored)}"
