"""The pipeline: data set → encoders → clusterers → scores → map → run folder."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from clusterforge import __version__
from clusterforge.errors import ClusterforgeError, EnvironmentProblem, InputError, of_the_disk
from clusterforge.formats import count
from clusterforge.models import compute
from clusterforge.models.build import encoder_spec, weights
from clusterforge.pipeline import records
from clusterforge.pipeline.baselines import run_baselines
from clusterforge.pipeline.by_phase import STAGE as PHASES
from clusterforge.pipeline.by_phase import ByPhase
from clusterforge.pipeline.data import Data, check_items, load_corpus
from clusterforge.pipeline.estimate import DataSize, Estimate
from clusterforge.pipeline.evaluate import DATA as DATA_CHECKS
from clusterforge.pipeline.evaluate import STAGE as EVALUATION
from clusterforge.pipeline.evaluate import Evaluating
from clusterforge.pipeline.events import Observer
from clusterforge.pipeline.explain import STAGE as EXPLANATIONS
from clusterforge.pipeline.explain import explain_clusters
from clusterforge.pipeline.fit import Fits
from clusterforge.pipeline.keys import digest
from clusterforge.pipeline.limits import estimated
from clusterforge.pipeline.name import name_clusters
from clusterforge.pipeline.on_cluster import cluster_of
from clusterforge.pipeline.preflight import check_counts
from clusterforge.pipeline.profile import profile_new
from clusterforge.pipeline.project import project
from clusterforge.pipeline.resuming import Begun, Continuation, flat
from clusterforge.pipeline.score import metrics_of
from clusterforge.pipeline.seeds import by_seeds, clear_seeds
from clusterforge.pipeline.stages import Parent, Session
from clusterforge.recipe import Recipe
from clusterforge.registry import Registry, package_hash
from clusterforge.report import write_report
from clusterforge.runs import files
from clusterforge.runs.assignments import write_assignments
from clusterforge.runs.manifest import extend_manifest, write_manifest
from clusterforge.runs.records import (
    Compute,
    EncoderRecord,
    History,
    Metrics,
    PluginRecord,
    RunRecord,
    Seeds,
)
from clusterforge.runs.source_rows import source_rows, write_source_rows
from clusterforge.storage.cache import Cache
from clusterforge.storage.stages import STAGE

REPORT = "report"
FEWEST = 5  # rows of train below which a warning says that they say nothing
SAID = 5.0  # seconds that a run takes at least, for it to be said how long it will take


def execute(
    recipe: Recipe,
    registry: Registry,
    folder: Path,
    cache: Cache | None,
    observer: Observer,
    parent: Parent | None = None,
    *,
    accept: bool = False,
) -> None:
    """Run a recipe into a folder; stages that the folder already holds are not done again.

    Parameters
    ----------
    recipe
        The validated recipe.
    registry
        The plugins.
    folder
        The run's folder; it exists and is ours.
    cache
        Where finished stages of all runs are; None: neither read nor written.
    observer
        Told of everything.
    parent
        The run that a curation is made of: its data, encoders and clusterers are not computed anew.
    accept
        Whether finished work that does not fit any more may be computed again.

    Raises
    ------
    InputError
        Where it may not.
    """
    resources = compute.choose(recipe.compute, recipe.file)
    session = Session(
        folder, cache, observer, registry, resources, recipe.seed, recipe.file, parent
    )
    if cache is not None:
        cache.watch(observer.warning)
    with compute.using(resources), _disk(folder), cluster_of(recipe.compute, resources) as cluster:
        session.cluster = cluster
        _Execution(recipe, session, accept).run()


class _Execution:
    def __init__(self, recipe: Recipe, session: Session, accept: bool) -> None:
        self.recipe, self.session, self.accept = recipe, session, accept
        self.estimate: Estimate | None = None
        self.started, self.clock = datetime.now(UTC), time.perf_counter()

    def run(self) -> None:
        recipe, session, folder = self.recipe, self.session, self.session.folder
        session.observer.run_started(folder, recipe.full(), self._stage_names())
        data = self._load()
        seeds = self._by_seeds(data)
        recipe = self.recipe
        fits = Fits(recipe, data, session)
        self._say_estimate(fits)
        fits.run()
        chain, clusterers, scoring = fits.chain, fits.clusterers, fits.scoring
        # Before what takes longest: a map that can't be drawn ends the run.
        rows, map_record = (
            project(recipe.projection, chain[-1], session) if recipe.projection else ({}, None)
        )
        scores = list(fits.scores())
        bounded, evaluation = Evaluating(scoring).run(clusterers, scores)
        k = data.classes or max(1, *(stage.record.n_clusters for stage in clusterers))
        phases = ByPhase(scoring, k).run(chain)
        key, explanations = explain_clusters(chain, clusterers, session)
        explanations = name_clusters(recipe.namer, key, explanations, data, clusterers, session)
        records.write_rows(folder, data.corpus, rows)
        write_source_rows(folder / files.SOURCE, source_rows(data.corpus))
        table = records.assignments(data.corpus, clusterers, explanations)
        write_assignments(folder / files.ASSIGNMENTS, table)
        profiled = profile_new(recipe, data.corpus, table.clusters)
        if profiled:
            profiled[0].write(folder / files.PROFILES)
            profiled[1].write(folder / files.PROFILED)
        del table  # of many rows it takes much, and what follows reads it again
        metrics = Metrics(
            metrics=scoring.records(phases=bool(phases)),
            scores=tuple(bounded),
            clusterings={stage.entry.id: stage.record for stage in clusterers},
            phases=phases,
        )
        needed = {*files.ALWAYS, *(files.rows(name) for name in data.corpus.splits)}
        history = History(epochs=tuple(epoch for stage in chain for epoch in stage.history))
        for name, record in (
            (files.METRICS, metrics),
            (files.EVALUATION, evaluation),
            (files.EXPLANATIONS, explanations),
            (files.HISTORY, history),
            (files.MAP_RECORD, map_record),
            (files.SEEDS, seeds),
            (files.BASELINES, run_baselines(fits, session) if recipe.baselines else None),
        ):
            if record:
                record.write(folder / name)
                needed.add(name)
        self._record(fits).write(folder / files.RUN)
        clear_seeds(folder)
        self._report()
        self._record(fits).write(folder / files.RUN)
        (folder / files.SENT).unlink(missing_ok=True)  # the run's record has it now
        if session.continuation:
            session.continuation.end()
        # Nobody is told of the end of a run that could still fail.
        write_manifest(folder, session.sealed, needed)
        session.observer.run_finished(folder, metrics.scores)
        extend_manifest(folder)  # by what hooks have left

    def _by_seeds(self, data: Data) -> Seeds | None:
        """Fit by all seeds of the recipe; from here on its seed is that of the most stable fit."""
        parent, recipe = self.session.parent, self.recipe
        if parent:
            self._take_seed(parent.seed)
        elif recipe.seeds > 1:
            seeds = by_seeds(recipe, data, self.session)
            self._take_seed(seeds.chosen)
            return seeds
        return None

    def _take_seed(self, seed: int) -> None:
        self.recipe, self.session.seed = replace(self.recipe, seed=seed), seed

    def _record(self, fits: Fits) -> RunRecord:
        recipe, session, data, chain = self.recipe, self.session, fits.data, fits.chain
        training = [f"training of {stage.entry.stage}" for stage in chain if stage.labels]
        return RunRecord(
            clusterforge=__version__,
            id=session.folder.name,
            parent=session.parent.id if session.parent else None,
            name=recipe.name,
            description=recipe.description,
            started=self.started.isoformat(timespec="seconds"),
            finished=datetime.now(UTC).isoformat(timespec="seconds"),
            seconds=round(time.perf_counter() - self.clock, 3),
            seed=recipe.seed,
            compute=Compute(**vars(session.resources)),
            versions=records.versions(),
            plugins=self._plugins(),
            data=records.data_record(data),
            encoders=tuple(
                EncoderRecord(
                    id=stage.entry.id,
                    use=stage.spec.name,
                    dim=stage.info.dim,
                    shortfalls=stage.info.shortfalls,
                    weights=weights(stage.entry, session.registry),
                )
                for stage in chain
            ),
            labels_in_training=bool(training),
            labels_used=(*training[::-1], *fits.labels_used, *data.corpus.notes),
            sent=tuple(session.sent),
            stages=tuple(session.records),
            warnings=tuple(session.warnings),
            networks={stage.entry.stage: stage.network for stage in chain if stage.network},
            peak_memory_mb=records.peak_memory_mb(),
        )

    def _load(self) -> Data:
        stage = f"dataset.{self.recipe.dataset.id}"
        self.session.observer.stage_started(stage)
        start = time.perf_counter()
        corpus = load_corpus(self.recipe.dataset, self.session.context(stage), self.recipe.file)
        check_items(self.recipe, corpus.train.items)
        if not self.session.parent:
            check_counts(self.recipe, len(corpus.train))
        for remark in corpus.remarks:
            if remark in corpus.asked:
                self.session.observer.note(remark)
            else:
                self.session.warn(remark)
        if not self.session.parent and len(corpus.train) < FEWEST:
            rows = count(len(corpus.train), "row")
            self.session.warn(f"train has {rows}: clusters and scores of so few say nothing")
        data = Data.of(corpus)
        key = digest(data.fingerprints)
        parent = self.session.parent
        if parent and parent.data != key:
            raise InputError(
                f"the data are not those of {parent.id} any more",
                key=self.recipe.dataset.table,
                remedy="name an unchanged copy, or run the recipe again with the file of edits as its "
                "key `edits`",
                file=self.recipe.file,
            )
        self.session.finished(stage, key, False, time.perf_counter() - start)
        if not parent:
            self._check_estimate(data)
            self.session.continuation = self._continuation(data)
        return data

    def _check_estimate(self, data: Data) -> None:
        """Refuse what can't fit, before anything is computed; tell what was chosen so that it does."""
        recipe, session = self.recipe, self.session
        size = DataSize.of(data.corpus, data.classes)
        try:
            self.estimate = estimated(recipe, session.registry, size, session.folder)
        except (InputError, EnvironmentProblem):
            if not any(session.folder.rglob(STAGE)):  # a resumed run may have the worst behind it
                raise
        for line in recipe.compute.chosen:
            session.warn(f"chosen to stay within time and memory: {line}")

    def _say_estimate(self, fits: Fits) -> None:
        """Tell what is still to come, without the stages that the cache or an interrupted run has."""
        if self.estimate is None:
            return
        evaluating, session = Evaluating(fits.scoring), self.session
        reused = set(fits.reused())
        for clusterer in fits.clusterers:
            name = clusterer.entry.id
            folder = session.folder / files.evaluation(name)
            if session.has(evaluating.key(clusterer), folder):
                reused.add(f"{EVALUATION}.{name}")
        rest = self.estimate.after(1).without(reused)
        if rest.seconds > SAID:
            more = f", {count(len(reused), 'stage')} reused" if reused else ""
            session.observer.run_estimated(f"still to come: {rest.line()}{more}")

    def _continuation(self, data: Data) -> Continuation:
        now = Begun(
            compute=Compute(**vars(self.session.resources)),
            versions=records.versions(),
            plugins=self._plugins(),
            data=dict(data.fingerprints),
            recipe=dict(flat(self.recipe.full())),
        )
        return Continuation(self.session.folder, now, self.accept)

    def _report(self) -> None:
        self.session.observer.stage_started(REPORT)
        start = time.perf_counter()
        try:
            write_report(self.session.folder, figures=self.recipe.figures)
        except InputError as error:  # of files that this run has just written
            raise EnvironmentProblem(f"{error.file}: {error.problem}") from error
        key = digest([REPORT, package_hash("clusterforge"), *self.session.records])
        self.session.finished(REPORT, key, False, time.perf_counter() - start)

    def _stage_names(self) -> list[str]:
        recipe = self.recipe
        names = [f"dataset.{recipe.dataset.id}"]
        names += [entry.stage for entry in (*recipe.encoders, *recipe.clusterers)]
        names += [f"projection.{recipe.projection.entry.id}"] if recipe.projection else []
        names += [f"scores.{entry.id}" for entry in recipe.clusterers]
        names += [f"{EVALUATION}.{entry.id}" for entry in recipe.clusterers] + [DATA_CHECKS]
        names += [PHASES] if any(encoder_spec(entry).trained for entry in recipe.encoders) else []
        names += [EXPLANATIONS]
        names += [recipe.namer.stage] if recipe.namer else []
        return [*names, REPORT]

    def _plugins(self) -> tuple[PluginRecord, ...]:
        entries = (*self.recipe.entries, *metrics_of(self.recipe, self.session.registry))
        used = {entry.plugin.qualified + entry.plugin.spec.kind: entry.plugin for entry in entries}
        return tuple(
            PluginRecord(
                kind=plugin.spec.kind,
                name=plugin.spec.name,
                distribution=plugin.distribution.name,
                version=plugin.distribution.version,
                code=plugin.code_hash,
            )
            for plugin in used.values()
        )


@contextmanager
def _disk(folder: Path) -> Iterator[None]:
    """Say of any failure of the disk that it is one."""
    try:
        yield
    except ClusterforgeError:
        raise
    except Exception as error:
        if problem := of_the_disk(error):
            raise problem from error
        if isinstance(error, OSError) and str(error.filename).startswith(str(folder)):
            raise EnvironmentProblem(f"{error.filename}: {error.strerror}") from error
        raise
