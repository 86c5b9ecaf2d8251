"""A finished run computed once more from its own recipe, and where the two part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from clusterforge.errors import InputError
from clusterforge.formats import share
from clusterforge.numerics.contingency import contingency, match
from clusterforge.pipeline import api
from clusterforge.pipeline.events import Observer
from clusterforge.pipeline.resuming import Begun
from clusterforge.recipe import read, resolve
from clusterforge.registry import Registry
from clusterforge.runs import RunFolder, files
from clusterforge.runs.fitting import problems
from clusterforge.runs.records import Record
from clusterforge.storage.atomic import sha256
from clusterforge.storage.stages import STAGE

OF_RUNNING = {STAGE, files.INFO}
"""Files of a stage that hold times or keys, and so differ where nothing else does."""

TABLES = (files.ASSIGNMENTS, files.METRICS, files.EVALUATION, files.EXPLANATIONS)


class StageDifference(Record):
    """A stage that gave something else; numbers are None where the stage has no such result.

    ``embedding`` is the largest absolute difference of a value, ``labels`` the largest share of a split's
    rows that are in another cluster once clusters are matched, ``scores`` the largest absolute difference of
    a score.
    """

    stage: str
    files: tuple[str, ...]
    embedding: float | None = None
    labels: float | None = None
    scores: float | None = None

    def __str__(self) -> str:
        found = [
            None
            if self.embedding is None
            else f"embeddings differ by at most {self.embedding:.3g}",
            None if self.labels is None else f"{share(self.labels)} of the labels changed",
            None if self.scores is None else f"scores differ by at most {self.scores:.3g}",
        ]
        return ", ".join(filter(None, found)) or f"other bytes in {', '.join(self.files)}"


class Replay(Record):
    """What became of a run that was computed once more.

    ``stages`` are those that gave something else, in the order of the run; ``differences`` is what was not
    the same to begin with.
    """

    run: str
    replay: str
    identical: bool
    stages: tuple[StageDifference, ...]
    differences: tuple[str, ...]

    @property
    def first(self) -> StageDifference | None:
        """The first stage that gave something else."""
        return self.stages[0] if self.stages else None


def replay(
    run: str | Path,
    out: str | Path | None = None,
    *,
    observer: Observer | None = None,
    registry: Registry | None = None,
    trust_python: bool = False,
) -> Replay:
    """Compute a finished run once more, with every default that it recorded, and compare stage by stage.

    Nothing comes from the cache. Device, precision and threads are those of the run.

    Parameters
    ----------
    run
        The run's folder.
    out
        Folder of the new run, absent or empty; default: the run's name with ``-replay`` behind it.
    observer, registry
        As in :func:`~clusterforge.run`.
    trust_python
        Whether to import what the run's recipe names as ``python:module:Class``.

    Raises
    ------
    InputError
        Where the run is a curation, its files are damaged, or its recipe does not fit the plugins that are
        here.
    """
    folder = RunFolder.open(run)
    if problem := next(problems(folder), None):
        raise InputError(problem)
    record = folder.run
    if record.parent is not None:
        raise InputError(
            "is a curation, whose stages are those of another run",
            file=str(run),
            remedy=f"replay {record.parent}",
        )
    then = record.compute
    if then.processes > 1:
        raise InputError(
            f"was computed by {then.processes} processes of torchrun, and a replay is one",
            file=str(run),
            remedy="run its recipe again by torchrun, and compare the two runs",
        )
    registry = api.trusted(registry, trust_python)
    tables: dict[str, Any] = dict(folder.recipe)
    here: dict[str, Any] = tables["compute"]
    tables["compute"] = here | then.model_dump(mode="json", exclude={"processes"})
    if not resolve(read(tables), registry).metrics:  # refuses what may not be imported
        registry = registry.measuring(folder.metrics.metrics)  # others may have come since
    whole = folder.path.resolve()
    place = Path(out) if out is not None else whole.with_name(f"{whole.name}-replay")
    done = api.run(tables, out=place, cache=False, observer=observer, registry=registry)
    again = RunFolder.open(done.folder)
    stages = tuple(_differences(folder, again))
    before, now = (Begun.of(one.run, one.recipe) for one in (folder, again))
    return Replay(
        run=str(run),
        replay=str(done.folder),
        identical=not stages,
        stages=stages,
        differences=tuple(before.differences(now)),
    )


def _differences(one: RunFolder, other: RunFolder) -> Iterator[StageDifference]:
    """Yield the stages whose files are not the same, in the order of the run."""
    for split, record in one.run.data.splits.items():
        if record != other.run.data.splits.get(split):
            yield StageDifference(stage=one.run.stages[0].stage, files=(split,))
    places = {stage.parent for stage in one.path.rglob(STAGE)}
    names = sorted((place.relative_to(one.path) for place in places), key=_order)
    for name in names:
        if differ := _other_bytes(one.path / name, other.path / name):
            yield _measured(name.as_posix(), one.path / name, other.path / name, differ)
    differ = [name for name in TABLES if _digest(one.path / name) != _digest(other.path / name)]
    if differ:
        yield StageDifference(stage="results", files=tuple(differ), scores=_scores(one, other))


KINDS = (files.ENCODERS, files.CLUSTERERS, files.PROJECTION, files.SCORES, files.EVALUATIONS)


def _order(name: Path) -> tuple[int, str]:
    kind = name.parts[0]
    return KINDS.index(kind) if kind in KINDS else len(KINDS), name.as_posix()


def _other_bytes(one: Path, other: Path) -> list[str]:
    names = {path.name for place in (one, other) if place.is_dir() for path in place.iterdir()}
    return sorted(n for n in names - OF_RUNNING if _digest(one / n) != _digest(other / n))


def _digest(path: Path) -> str | None:
    return sha256(path) if path.is_file() else None


def _measured(name: str, one: Path, other: Path, differ: list[str]) -> StageDifference:
    pairs = {n: (_array(one / n), _array(other / n)) for n in differ if n.endswith(".npy")}
    real = [_apart(a, b) for a, b in pairs.values() if a is not None and a.ndim == 2]
    whole = [_changed(a, b) for a, b in pairs.values() if a is not None and a.dtype.kind == "i"]
    return StageDifference(
        stage=name,
        files=tuple(differ),
        embedding=max((value for value in real if value is not None), default=None),
        labels=max((value for value in whole if value is not None), default=None),
    )


Array = npt.NDArray[Any]


def _array(path: Path) -> Array | None:
    return np.load(path, allow_pickle=False) if path.is_file() else None


def _apart(a: Array, b: Array | None) -> float | None:
    if b is None or a.shape != b.shape:
        return None
    return float(np.abs(a.astype(np.float64) - b).max(initial=0.0))


def _changed(a: Array, b: Array | None) -> float | None:
    """Return the share of rows in another cluster, clusters matched; noise matches noise alone."""
    if b is None or a.shape != b.shape or not len(a):
        return None
    both = (a >= 0) & (b >= 0)
    same = int(((a < 0) & (b < 0)).sum())
    if both.any():
        counts = contingency(a[both], b[both]).counts
        same += int(counts[match(counts)].sum())
    return 1 - same / len(a)


def _scores(one: RunFolder, other: RunFolder) -> float | None:
    tables: list[Mapping[tuple[str, str, str, str], float | None]] = [
        {(s.clusterer, s.split, s.metric, s.noise): s.value for s in folder.metrics.scores}
        for folder in (one, other)
    ]
    pairs = [(value, tables[1].get(place)) for place, value in tables[0].items()]
    apart = [abs(a - b) for a, b in pairs if a is not None and b is not None]
    return max(apart, default=None)
