"""Stages of a run: each is done once for its content key, here, in an earlier run, or now."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np

from clusterforge.contracts import Context, IntArray
from clusterforge.errors import redacted
from clusterforge.interrupts import raise_swallowed
from clusterforge.models import derived
from clusterforge.models.compute import Resources, using
from clusterforge.pipeline.checkpoint import FolderCheckpoint
from clusterforge.pipeline.events import Observer
from clusterforge.pipeline.on_cluster import RowsOnCluster
from clusterforge.pipeline.resuming import Continuation
from clusterforge.recipe import Entry
from clusterforge.registry import Registry
from clusterforge.runs import files
from clusterforge.runs.records import Record, SentRecord, StageRecord
from clusterforge.storage.cache import Cache
from clusterforge.storage.stages import CHECKPOINT, STAGE, Hashes, clear, seal, sealed
from clusterforge.storage.tree import check_tree, remove

R = TypeVar("R", bound=Record)
SAME = 0.9  # of the rows in either of two clusters: in both, where the two count as one


@dataclass(frozen=True)
class Stage(Generic[R]):
    """One stage.

    Parameters
    ----------
    name
        Name for the user: ``encoder.1.triplet``.
    key
        Content key: everything that the stage's files rest on.
    folder
        The stage's folder below the run's.
    info
        The record that the stage leaves as ``info.json``.
    work
        Writes the stage's other files into the folder and returns its record.
    lasting
        Whether later runs may reuse it, by its record.
    """

    name: str
    key: str
    folder: str
    info: type[R]
    work: Callable[[Path], R]
    lasting: Callable[[R], bool] = lambda info: True


@dataclass(frozen=True)
class NamedClusters:
    """Clusters of rows and their names.

    Parameters
    ----------
    labels
        int64 (n,), -1 for noise.
    names
        By cluster, of those that have one.
    """

    labels: IntArray
    names: Mapping[int, str]

    def kept(self, labels: IntArray) -> dict[int, str]:
        """Return the names of the clusters of other labels, int64 (n,), that have nearly the same members.

        That is nine tenths of all rows that are in either: a few that come from noise are no other cluster.
        """
        width = int(labels.max(initial=-1)) + 2
        pairs, both = np.unique((self.labels + 1) * width + labels + 1, return_counts=True)
        before, after = pairs // width, pairs % width
        either = np.bincount(before, both)[before] + np.bincount(after, both)[after] - both
        alike = both >= SAME * either
        homes = zip((before[alike] - 1).tolist(), (after[alike] - 1).tolist(), strict=True)
        return {new: self.names[old] for old, new in homes if new >= 0 and self.names.get(old)}


@dataclass(frozen=True)
class Parent:
    """The run that a curation is made of.

    Parameters
    ----------
    id
        Its id.
    data
        The key of its data, which must be the same.
    seed
        The seed that it was fitted with.
    keys
        The keys of its encoders and clusterers, by kind and id: these stay as they are, whatever code or
        library is another one now.
    edited
        The clusterer whose clusters are edited.
    clusterings
        By clusterer the clusters of its train rows, and their names.
    """

    id: str
    data: str
    seed: int
    keys: Mapping[str, str]
    edited: str
    clusterings: Mapping[str, NamedClusters]


@dataclass
class Session:
    """What the stages of one run share, and what became of each.

    ``sealed`` has the sha256 of each file of its stages, as they were when they ended.

    Parameters
    ----------
    folder
        The run's folder.
    cache
        Where finished stages of all runs are; None: neither read nor written.
    observer
        Told of each stage.
    registry
        The plugins.
    resources
        Device, precision and threads.
    seed
        The recipe's.
    file
        The recipe's file, for messages.
    parent
        The run that a curation is made of.
    cluster
        Where encoders encode rows that need not do it here.
    continuation
        What the run goes on from; None where it can't be resumed.
    """

    folder: Path
    cache: Cache | None
    observer: Observer
    registry: Registry
    resources: Resources
    seed: int
    file: str | None
    parent: Parent | None = None
    cluster: RowsOnCluster | None = None
    continuation: Continuation | None = None
    records: list[StageRecord] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    sent: list[SentRecord] = field(default_factory=list)
    sealed: dict[str, str] = field(default_factory=dict)

    def do(self, stage: Stage[R], retell: Callable[[R], None] | None = None) -> R:
        """Have the stage's files in its folder, from here, from the cache, or by doing the work.

        Parameters
        ----------
        stage
            What to do.
        retell
            Called with the record of a stage that is not done again, before it ends: trackers of this
            run have not heard of its epochs.
        """
        check_tree(self.folder)
        self.observer.stage_started(stage.name)
        start, where = time.perf_counter(), self.folder / stage.folder
        info = self._read(stage, where, sealed(where, stage.key)) or self._from_cache(stage, where)
        reused = info is not None
        if info is None:
            if self.continuation and (
                lost := self.continuation.check(stage.name, stage.key, where)
            ):
                self.warn(lost)
            with self.cache.claimed(stage.key) if self.cache else nullcontext():
                # Another process may have been working on this very stage.
                info = self._from_cache(stage, where)
                reused = info is not None
                if info is None:
                    info = self._work(stage, where)
        if reused and retell:
            retell(info)
        remove(where / CHECKPOINT)
        self.finished(stage.name, stage.key, reused, time.perf_counter() - start)
        return info

    def _from_cache(self, stage: Stage[R], where: Path) -> R | None:
        if self.cache is None:
            return None
        return self._read(stage, where, self.cache.fetch(stage.key, where))

    def _read(self, stage: Stage[R], where: Path, hashes: Hashes) -> R | None:
        """Return the record of a stage whose files have these hashes, where it has any."""
        self._remember(stage, hashes)
        return stage.info.read(where / files.INFO) if hashes else None

    def _remember(self, stage: Stage[R], hashes: Hashes) -> None:
        self.sealed |= {f"{stage.folder}/{name}": digest for name, digest in hashes.items()}

    def _work(self, stage: Stage[R], where: Path) -> R:
        clear(where)
        start = time.perf_counter()
        with using(self.resources):  # also the libraries that have come since the run began
            info = stage.work(where)
        raise_swallowed()  # what was under way may have gone wrong without a word
        info.write(where / files.INFO)
        self._remember(stage, seal(where, stage.key))
        if self.cache is not None and stage.lasting(info):
            self.cache.keep(stage.key, where, time.perf_counter() - start)
        return info

    def has(self, key: str, folder: Path) -> bool:
        """Tell whether a stage of this key is here or in the cache; its files are not verified."""
        return (folder / STAGE).is_file() or bool(self.cache and self.cache.holds(key))

    def key(self, entry: Entry, key: str) -> str:
        """Return the key of an entry's stage: in a curation, that of the run that it is made of."""
        return self.parent.keys.get(entry.address, key) if self.parent else key

    def finished(self, stage: str, key: str, reused: bool, seconds: float) -> None:
        """Remember a stage and tell of it."""
        record = StageRecord(stage=stage, key=key, reused=reused, seconds=round(seconds, 3))
        self.records.append(record)
        if self.continuation and not reused:
            self.continuation.add(record)
        self.observer.stage_finished(stage, reused, seconds)

    def warn(self, text: str) -> None:
        """Remember what the user should know, and tell of it, without secrets that a library repeats."""
        text = redacted(text)
        self.warnings.append(text)
        self.observer.warning(text)

    def context(self, stage: str) -> Context:
        """Return what a plugin is given in a stage."""
        return replace(
            self.resources.context(self.seed),
            progress=lambda done, total, text="": self.observer.progress(stage, done, total, text),
            on_epoch=partial(self.observer.epoch_finished, stage),
            clusterer=derived.by_name(self.registry),
        )

    def checkpoint(self, stage: str, folder: str, key: str) -> FolderCheckpoint:
        """Return where a training run in a stage may leave its state."""
        tell = partial(self.observer.stage_resumed, stage)
        return FolderCheckpoint(self.folder / folder / CHECKPOINT, key, tell)
