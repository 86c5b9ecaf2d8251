"""Stages of a run: each is done once for its content key, here, in an earlier run, or now."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache as memoised
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from clusterforge.contracts import State
from clusterforge.errors import InputError
from clusterforge.pipeline.compute import Resources
from clusterforge.pipeline.events import Observer
from clusterforge.recipe import Entry
from clusterforge.registry import Plugin
from clusterforge.storage.atomic import sha256, write_json
from clusterforge.storage.cache import Cache
from clusterforge.storage.stages import CHECKPOINT, clear, seal, sealed
from clusterforge.storage.states import ARRAYS, META, read_state, write_state

KEY_FORMAT = 1
STAMP = "stamp.json"
LIBRARIES = (
    "numpy",
    "scipy",
    "scikit-learn",
    "torch",
    "transformers",
    "sentence-transformers",
    "datasets",
    "pandas",
    "pyarrow",
    "pydantic",
    "safetensors",
    "matplotlib",
)


@memoised
def library_versions() -> dict[str, str]:
    """Return the versions of the libraries that results rest on."""
    versions = {}
    for name in LIBRARIES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions


def digest(value: Any) -> str:
    """Return the sha256 of a JSON value."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def plugin_identity(plugin: Plugin) -> dict[str, str]:
    """Return what tells one version of a plugin's code from another."""
    return {
        "plugin": plugin.qualified,
        "kind": plugin.spec.kind,
        "version": plugin.distribution.version,
        "code": plugin.code_hash,
    }


def stage_key(
    entry: Entry, *, upstream: str, seed: int | None, resources: Resources, **extra: Any
) -> str:
    """Return the content key of a stage: 64 hex digits.

    Parameters
    ----------
    entry
        The plugin and its parameters, ``"classes"`` already a number.
    upstream
        Key of what comes in: the data's fingerprint or the stage before.
    seed
        The seed where the stage is stochastic, else None: then five seeds share it.
    resources
        Device, precision and threads, which all change the last bits.
    extra
        Whatever else the result depends on.
    """
    return digest(
        {
            "format": KEY_FORMAT,
            **plugin_identity(entry.plugin),
            "params": entry.params.model_dump(mode="json"),
            "upstream": upstream,
            "seed": seed,
            "device": resources.device,
            "precision": resources.precision,
            "threads": resources.threads,
            "libraries": library_versions(),
            **extra,
        }
    )


def weights_digest(path: str) -> str:
    """Return the hash of a weights file, or of those in a folder; empty where there are none."""
    place = Path(path)
    files = [place] if place.is_file() else sorted(place.rglob("*.safetensors"))
    return digest([sha256(file) for file in files]) if files else ""


@dataclass
class FolderCheckpoint:
    """Keeps the state of a training run in the stage's folder, for this very stage only."""

    folder: Path
    key: str

    def load(self) -> State | None:
        """Return the state last saved, if it belongs to this stage and is whole."""
        try:
            stamp = json.loads((self.folder / STAMP).read_text("utf-8"))
            state = read_state(self.folder)
        except (OSError, ValueError, InputError):
            return None
        return state if stamp == self._stamp() else None

    def save(self, state: State) -> None:
        """Replace the state. A save that is cut short is found out by ``load``."""
        self.folder.mkdir(parents=True, exist_ok=True)
        write_state(self.folder, state)
        write_json(self.folder / STAMP, self._stamp())

    def _stamp(self) -> dict[str, str]:
        return {
            "key": self.key,
            "arrays": sha256(self.folder / ARRAYS),
            "values": sha256(self.folder / META),
        }


@dataclass
class Stages:
    """Does stages and remembers what became of each.

    Parameters
    ----------
    folder
        The run's folder.
    cache
        Where finished stages of all runs are; None: neither read nor written.
    observer
        Told of each stage.
    """

    folder: Path
    cache: Cache | None
    observer: Observer
    record: list[dict[str, Any]] = field(default_factory=list)

    def do(
        self, stage: str, key: str, where: Path, work: Callable[[Path], Mapping[str, Any]]
    ) -> Mapping[str, Any]:
        """Have the stage's files in ``where``, from here, from the cache, or by doing the work.

        Parameters
        ----------
        stage
            Name for the user: ``encoder.1.triplet``.
        key
            Content key.
        where
            The stage's folder in the run.
        work
            Writes the stage's files into the folder and returns its info as JSON values.

        Returns
        -------
        dict
            The stage's info.
        """
        self.observer.stage_started(stage)
        start = time.perf_counter()
        reused = True
        info: Mapping[str, Any] | None = sealed(where, key)
        if info is None and self.cache is not None:
            info = self.cache.fetch(key, where)
        if info is None:
            reused = False
            clear(where)
            info = dict(work(where))
            seal(where, key, dict(info))
            if self.cache is not None:
                self.cache.keep(key, where)
        self.finished(stage, key, reused, time.perf_counter() - start)
        return info

    def finished(self, stage: str, key: str, reused: bool, seconds: float) -> None:
        """Remember a stage and tell of it."""
        self.record.append(
            {"stage": stage, "key": key, "reused": reused, "seconds": round(seconds, 3)}
        )
        self.observer.stage_finished(stage, reused, seconds)

    def checkpoint(self, where: Path, key: str) -> FolderCheckpoint:
        """Return where a training run in this stage may leave its state."""
        return FolderCheckpoint(where / CHECKPOINT, key)
