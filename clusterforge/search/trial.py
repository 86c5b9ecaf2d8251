"""One trial: a recipe with some values set, its encoders and clusterers fitted, and judged."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import numpy as np
import numpy.typing as npt

from clusterforge.contracts import Details, IntArray
from clusterforge.errors import ClusterforgeError, EnvironmentProblem, bounded
from clusterforge.models import compute
from clusterforge.pipeline.cluster import ClustererStage
from clusterforge.pipeline.data import Data, check_items, load_corpus
from clusterforge.pipeline.events import Observer
from clusterforge.pipeline.fit import Fits
from clusterforge.pipeline.keys import digest
from clusterforge.pipeline.sample import sample
from clusterforge.pipeline.stages import Session
from clusterforge.recipe import Recipe, Source, resolve
from clusterforge.recipe.source import with_values
from clusterforge.registry import Registry
from clusterforge.search.objectives import (
    Combination,
    CommonSpaces,
    Judged,
    Objective,
    objectives_of,
)
from clusterforge.search.records import TrialRecord
from clusterforge.search.space import Values
from clusterforge.storage.atomic import unsynced
from clusterforge.storage.cache import Cache

LABELLED = 5_000  # rows whose cluster in every trial is kept
DATA_SETS = 4  # that a worker keeps in memory


@dataclass(frozen=True)
class Setting:
    """What all trials of a sweep share; it can be sent to another process.

    Parameters
    ----------
    source
        The recipe with its table ``[search]``.
    cache
        Folder of the stages that all trials share; None: the user's cache.
    work
        Folder for files that last as long as a trial.
    """

    source: Source
    cache: Path | None
    work: Path


@dataclass(frozen=True)
class Task:
    """A trial to be done.

    Parameters
    ----------
    number
        Its number.
    values
        What it sets.
    rung
        Of ``halving``: how often its budget has grown.
    attempt
        From 1: more where a worker has died of it, or with it.
    """

    number: int
    values: Values
    rung: int = 0
    attempt: int = 1


@dataclass(frozen=True)
class Outcome:
    """What a trial gave: its record, and the clusters of some train rows, int (m,)."""

    record: TrialRecord
    labels: IntArray | None = None


class Worker:
    """Does trials, one after the other, and keeps the data in memory.

    Parameters
    ----------
    setting
        What they share.
    registry
        The plugins.
    cache
        Of finished stages; default: that of the setting.
    """

    def __init__(self, setting: Setting, registry: Registry, cache: Cache | None = None) -> None:
        self.setting, self.registry = setting, registry
        self.cache = cache or Cache(setting.cache)
        self._data: dict[str, Data] = {}
        self._common = CommonSpaces()
        # One for all its trials: a stage replaces that of the trial before, or is there already.
        self._folder = setting.work / uuid4().hex

    def run(self, task: Task) -> Outcome:
        """Do a trial.

        Raises
        ------
        EnvironmentProblem
            Where the machine, and not the trial, is at fault.
        """
        start = time.perf_counter()
        try:
            with warnings.catch_warnings(action="ignore"), unsynced():
                recipe = resolve(with_values(self.setting.source, task.values), self.registry)
                return self._run(task, recipe, start)
        except EnvironmentProblem:
            raise
        except Exception as error:
            text = str(error) if isinstance(error, ClusterforgeError) else _internal(error)
            return Outcome(
                TrialRecord(
                    number=task.number,
                    rung=task.rung,
                    values=task.values,
                    state="failed",
                    problem=bounded(" ".join(text.split())),
                    seconds=round(time.perf_counter() - start, 3),
                    attempts=task.attempt,
                )
            )

    def _run(self, task: Task, recipe: Recipe, start: float) -> Outcome:
        resources = compute.choose(recipe.compute, recipe.file)
        session = Session(
            self._folder, self.cache, Observer(), self.registry, resources, recipe.seed, recipe.file
        )
        with compute.using(resources):
            data = self._loaded(recipe, session)
            fits = Fits(recipe, data, session)
            fits.run()
            scores = tuple(fits.scores())
            clusterer = judged_clusterer(fits, recipe)
            judged = Judged(fits, clusterer, scores, self._common)
            objectives = objectives_of(recipe, self.registry)
            judging = time.perf_counter()
            values = {
                one.record.name: one.value(judged)
                for one in objectives
                if isinstance(one, Objective)
            }
            for one in objectives:
                if isinstance(one, Combination) and not one.record.comparative:
                    values[one.record.name] = one.combined(values)
            judging = time.perf_counter() - judging
        labels = clusterer.labels("train")
        assert labels is not None
        saved = sum(self.cache.seconds(stage.key) for stage in session.records if stage.reused)
        record = TrialRecord(
            number=task.number,
            rung=task.rung,
            values=task.values,
            state="complete",
            objectives=values,
            degenerate=judged.degenerate,
            scores=scores,
            data=data.key,
            clusterer=clusterer.entry.id,
            clusters=clusterer.record.n_clusters,
            noise=float((labels < 0).mean()),
            details=_numbers(clusterer.record.details),
            stages=tuple(session.records),
            warnings=tuple(session.warnings),
            seconds=round(time.perf_counter() - start, 3),
            work=round(judging + sum(s.seconds for s in session.records if not s.reused), 3),
            saved=round(saved, 3),
            attempts=task.attempt,
        )
        return Outcome(record, _smallest(labels[sample(len(labels), LABELLED, 0)]))

    def _loaded(self, recipe: Recipe, session: Session) -> Data:
        """Return the data of a recipe; loaded once, as long as trials agree on them."""
        key = digest(recipe.dataset.full())
        if key not in self._data:
            while len(self._data) >= DATA_SETS:
                del self._data[next(iter(self._data))]
            context = session.context(f"dataset.{recipe.dataset.id}")
            self._data[key] = Data.of(load_corpus(recipe.dataset, context, recipe.file))
        data = self._data[key]
        check_items(recipe, data.corpus.train.items)
        return data


def judged_clusterer(fits: Fits, recipe: Recipe) -> ClustererStage:
    """Return the clusterer that ``[search]`` judges."""
    assert recipe.search is not None
    entry = recipe.clusterer(recipe.search.clusterer)
    return next(stage for stage in fits.clusterers if stage.entry.id == entry.id)


def _numbers(details: Details) -> dict[str, float]:
    """Return those of the values that a clusterer reports which are numbers."""
    plain = {k: v for k, v in details.values.items() if isinstance(v, int | float)}
    return {name: float(value) for name, value in plain.items()}


def _smallest(labels: IntArray) -> npt.NDArray[np.signedinteger]:
    """Return labels in the narrowest type that holds them."""
    return labels.astype(np.min_scalar_type(-max(2, int(labels.max(initial=0)) + 1)))


def _internal(error: Exception) -> str:
    return f"internal error: {type(error).__name__}: {error}"
