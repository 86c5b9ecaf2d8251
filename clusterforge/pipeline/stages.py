"""Stages of a run: each is done once for its content key, here, in an earlier run, or now."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache as memoised
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any

from clusterforge.contracts import State
from clusterforge.pipeline.compute import Resources
from clusterforge.pipeline.contents import contents
from clusterforge.pipeline.events import Observer
from clusterforge.recipe import Entry
from clusterforge.registry import Plugin, package_hash
from clusterforge.runs.records import StageRecord
from clusterforge.storage.atomic import sha256, write_json
from clusterforge.storage.cache import Cache
from clusterforge.storage.stages import CHECKPOINT, clear, seal, sealed
from clusterforge.storage.states import ARRAYS, META, read_state, write_state

KEY_FORMAT = 1
STAMP, HISTORY = "stamp.json", "history.json"
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


@memoised
def required_versions(distribution: str) -> dict[str, str]:
    """Return the installed versions of what a distribution requires, but for clusterforge."""
    try:
        needs = requires(distribution) or []
    except PackageNotFoundError:
        return {}
    names = {match[0] for need in needs if (match := re.match(r"[A-Za-z0-9._-]+", need))}
    versions = {}
    for name in sorted(names - {"clusterforge"}):
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions


def plugin_identity(plugin: Plugin) -> dict[str, Any]:
    """Return what tells one version of a plugin's code from another: its own, its libraries', ours."""
    ours = plugin.distribution.ours
    return {
        "plugin": plugin.qualified,
        "kind": plugin.spec.kind,
        "version": plugin.distribution.version,
        "code": plugin.code_hash,
        "requires": {} if ours else required_versions(plugin.distribution.name),
        "core": "" if ours else package_hash("clusterforge"),
    }


def computed_with(resources: Resources) -> dict[str, Any]:
    """Return what every key holds: device, precision and threads, libraries, the keys' own version."""
    return {**vars(resources), "libraries": library_versions(), "format": KEY_FORMAT}


def stage_key(
    entry: Entry, *, upstream: str, seed: int | None, resources: Resources, **extra: Any
) -> str:
    """Return the content key of a stage: 64 hex digits.

    Parameters
    ----------
    entry
        The plugin and its parameters, ``"classes"`` already a number. What these name (files,
        folders, models) counts by its content.
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
            **plugin_identity(entry.plugin),
            "params": entry.values(),
            "contents": contents(entry.params),
            "upstream": upstream,
            "seed": seed,
            **computed_with(resources),
            **extra,
        }
    )


@dataclass
class FolderCheckpoint:
    """Keeps the state of a training run in the stage's folder, for this very stage only."""

    folder: Path
    key: str

    def load(self) -> State | None:
        """Return the newest whole state, if it belongs to this stage."""
        found = [
            (stamp["number"], place) for place in self._places() if (stamp := self._good(place))
        ]
        return read_state(max(found)[1]) if found else None

    def save(self, state: State) -> None:
        """Save beside the state before, which stays until this one is whole."""
        numbers = {
            place: (self._good(place) or {"number": 0})["number"] for place in self._places()
        }
        oldest = min(self._places(), key=lambda place: numbers[place])
        (oldest / STAMP).unlink(missing_ok=True)
        oldest.mkdir(parents=True, exist_ok=True)
        write_state(oldest, state)
        write_json(oldest / STAMP, self._stamp(oldest, max(numbers.values()) + 1))

    def _places(self) -> list[Path]:
        return [self.folder / "0", self.folder / "1"]

    def _good(self, place: Path) -> dict[str, Any] | None:
        """Return the stamp of a state that is whole and of this stage."""
        try:
            stamp: dict[str, Any] = json.loads((place / STAMP).read_text("utf-8"))
            whole = stamp == self._stamp(place, stamp["number"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return stamp if whole else None

    def _stamp(self, place: Path, number: int) -> dict[str, Any]:
        return {
            "key": self.key,
            "number": number,
            "arrays": sha256(place / ARRAYS),
            "values": sha256(place / META),
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
    records: list[StageRecord] = field(default_factory=list)

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
        if info is not None:
            self._retell(stage, where)
        else:
            reused = False
            clear(where)
            info = dict(work(where))
            seal(where, key, dict(info))
            if self.cache is not None:
                self.cache.keep(key, where)
        shutil.rmtree(where / CHECKPOINT, ignore_errors=True)
        self.finished(stage, key, reused, time.perf_counter() - start)
        return info

    def finished(self, stage: str, key: str, reused: bool, seconds: float) -> None:
        """Remember a stage and tell of it."""
        self.records.append(
            StageRecord(stage=stage, key=key, reused=reused, seconds=round(seconds, 3))
        )
        self.observer.stage_finished(stage, reused, seconds)

    def _retell(self, stage: str, where: Path) -> None:
        """Tell the epochs of a reused stage again: a tracker of this run has not heard of them."""
        path = where / HISTORY
        for line in json.loads(path.read_text("utf-8")) if path.is_file() else ():
            self.observer.epoch_finished(stage, line["phase"], line["epoch"], line["values"])

    def checkpoint(self, where: Path, key: str) -> FolderCheckpoint:
        """Return where a training run in this stage may leave its state."""
        return FolderCheckpoint(where / CHECKPOINT, key)
