"""The pipeline: data set → encoders → clusterers → scores → map → run folder."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from clusterforge import __version__
from clusterforge.contracts import Context, Corpus
from clusterforge.errors import EnvironmentProblem
from clusterforge.pipeline import compute, records
from clusterforge.pipeline.by_phase import STAGE as PHASES
from clusterforge.pipeline.by_phase import ByPhase, inflated
from clusterforge.pipeline.cluster import ClustererStage
from clusterforge.pipeline.data import check_content, load_corpus, n_classes, with_classes
from clusterforge.pipeline.encode import EncoderStage
from clusterforge.pipeline.evaluate import DATA as DATA_CHECKS
from clusterforge.pipeline.evaluate import STAGE as EVALUATION
from clusterforge.pipeline.evaluate import Evaluating
from clusterforge.pipeline.events import Observer
from clusterforge.pipeline.explain import STAGE as EXPLANATIONS
from clusterforge.pipeline.explain import explain_clusters
from clusterforge.pipeline.factory import encoder_spec
from clusterforge.pipeline.old_json import old_scores, write_old
from clusterforge.pipeline.project import project
from clusterforge.pipeline.score import Scoring, metrics_of
from clusterforge.pipeline.stages import Stages, digest
from clusterforge.recipe import Entry, Recipe
from clusterforge.registry import Registry
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
)
from clusterforge.storage.cache import Cache


def execute(
    recipe: Recipe, registry: Registry, folder: Path, cache: Cache | None, observer: Observer
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
    """
    resources = compute.choose(recipe.compute, recipe.file)
    with compute.using(resources), _disk(folder):
        _Execution(recipe, registry, folder, cache, observer, resources).run()


class _Execution:
    def __init__(
        self,
        recipe: Recipe,
        registry: Registry,
        folder: Path,
        cache: Cache | None,
        observer: Observer,
        resources: compute.Resources,
    ) -> None:
        self.recipe, self.registry, self.folder = recipe, registry, folder
        self.observer, self.resources = observer, resources
        self.stages = Stages(folder, cache, observer)
        self.started, self.clock = datetime.now(UTC), time.perf_counter()
        self.labels_used: list[str] = []
        self.warnings: list[str] = []

    def run(self) -> None:
        recipe = self.recipe
        records.write_recipe(self.folder, recipe)
        self.observer.run_started(self.folder, recipe.full(), self._stage_names())
        corpus, fingerprints = self._load()
        data = digest([sorted(fingerprints.items()), corpus.label_names])
        classes = n_classes(corpus)
        chain = self._chain(corpus, classes)
        clusterers = [
            ClustererStage(self._resolved(entry, classes), recipe.file)
            for entry in recipe.clusterers
        ]
        for stage in chain:
            stage.run(self.stages, data, recipe.seed, self.resources, self._context)
            for text in stage.warnings:
                self._warn(text)
        encoded = chain[-1]
        for clusterer in clusterers:
            clusterer.run(encoded, self.stages, recipe.seed, self.resources, self._context)
            if not clusterer.found:
                self._warn(
                    f"{clusterer.entry.stage} called every row noise: nothing is dense enough for its "
                    "parameters"
                )
            for text in clusterer.warnings:
                self._warn(text)
        heads = classes if encoded.labels else None
        scoring = Scoring(recipe, self.registry, corpus, encoded, heads)
        scores = [
            score
            for clusterer in clusterers
            for score in scoring.run(clusterer, self.stages, self.resources)
        ]
        evaluating = Evaluating(recipe, corpus, data, encoded, scoring, self.stages)
        bounded, evaluation = evaluating.run(clusterers, scores, self.resources, self._context)
        k = classes or max(1, *(clusterer.found for clusterer in clusterers))
        phases = ByPhase(scoring, corpus, k, recipe.seed).run(
            chain, self.stages, self.resources.device
        )
        for text in inflated(phases, scoring.records(phases=True)):
            self._warn(text)
        explanations = explain_clusters(corpus, data, chain, clusterers, self.stages, self._context)
        shown, map_record = project(
            recipe.projection,
            encoded,
            self.stages,
            self.registry,
            recipe.seed,
            self.resources,
            self._context,
            recipe.file,
        )
        for stage in chain:
            if stage.labels:
                self.labels_used.insert(0, f"training of {stage.entry.stage}")
        self.labels_used += list(corpus.notes)
        records.write_rows(self.folder, corpus, shown)
        write_assignments(self.folder / files.ASSIGNMENTS, records.assignments(corpus, clusterers))
        metrics = Metrics(
            metrics=scoring.records(phases=bool(phases)),
            scores=tuple(bounded),
            clusterings={c.entry.id: c.record for c in clusterers},
            phases=phases,
        )
        history = History(epochs=tuple(epoch for stage in chain for epoch in stage.history))
        run = self._record(corpus, fingerprints, chain)
        run.write(self.folder / files.RUN)
        metrics.write(self.folder / files.METRICS)
        evaluation.write(self.folder / files.EVALUATION)
        explanations.write(self.folder / files.EXPLANATIONS)
        history.write(self.folder / files.HISTORY)
        if map_record:
            map_record.write(self.folder / files.MAP_RECORD)
        write_old(self.folder, run, metrics, evaluation, explanations, history, map_record)
        self.observer.stage_started("report")
        start = time.perf_counter()
        write_report(self.folder, figures=self.recipe.figures)
        self.observer.stage_finished("report", False, time.perf_counter() - start)
        # Nobody is told of the end of a run that could still fail.
        write_manifest(self.folder)
        self.observer.run_finished(self.folder, old_scores(metrics.scores, metrics))
        extend_manifest(self.folder)  # by what hooks have left

    def _record(
        self, corpus: Corpus, fingerprints: dict[str, str], chain: list[EncoderStage]
    ) -> RunRecord:
        return RunRecord(
            clusterforge=__version__,
            id=self.folder.name,
            name=self.recipe.name,
            description=self.recipe.description,
            started=self.started.isoformat(timespec="seconds"),
            finished=datetime.now(UTC).isoformat(timespec="seconds"),
            seconds=round(time.perf_counter() - self.clock, 3),
            seed=self.recipe.seed,
            compute=Compute(**vars(self.resources)),
            versions=records.versions(),
            plugins=self._plugins(),
            data=records.data_record(corpus, fingerprints),
            encoders=tuple(
                EncoderRecord(
                    id=stage.entry.id, use=stage.entry.plugin.spec.name, dim=stage.info["dim"]
                )
                for stage in chain
            ),
            labels_in_training=any(stage.labels for stage in chain),
            labels_used=tuple(self.labels_used),
            stages=tuple(self.stages.records),
            warnings=tuple(self.warnings),
            networks={stage.entry.stage: stage.network for stage in chain if stage.network},
            peak_memory_mb=records.peak_memory_mb(),
        )

    def _load(self) -> tuple[Corpus, dict[str, str]]:
        stage = f"dataset.{self.recipe.dataset.id}"
        self.observer.stage_started(stage)
        start = time.perf_counter()
        corpus = load_corpus(self.recipe.dataset, self._context(stage), self.recipe.file)
        check_content(self.recipe, corpus.content)
        fingerprints = {name: split.fingerprint() for name, split in corpus.splits.items()}
        self.stages.finished(stage, digest(fingerprints), False, time.perf_counter() - start)
        return corpus, fingerprints

    def _chain(self, corpus: Corpus, classes: int | None) -> list[EncoderStage]:
        chain: list[EncoderStage] = []
        for entry in self.recipe.encoders:
            below = chain[-1] if chain else None
            resolved = self._resolved(entry, classes)
            last = entry is self.recipe.encoders[-1]
            chain.append(
                EncoderStage(resolved, corpus, below, self.registry, self.recipe.file, last=last)
            )
        return chain

    def _resolved(self, entry: Entry, classes: int | None) -> Entry:
        resolved, looked = with_classes(entry, classes, self.recipe.file)
        if looked:
            self.labels_used.append(f"number of clusters of {entry.stage}")
        return resolved

    def _context(self, stage: str) -> Context:
        return Context(
            seed=self.recipe.seed,
            device=self.resources.device,
            precision=self.resources.precision,
            threads=self.resources.threads,
            progress=lambda done, total, text="": self.observer.progress(stage, done, total, text),
            on_epoch=partial(self.observer.epoch_finished, stage),
        )

    def _stage_names(self) -> list[str]:
        recipe = self.recipe
        names = [f"dataset.{recipe.dataset.id}"]
        names += [entry.stage for entry in (*recipe.encoders, *recipe.clusterers)]
        names += [f"scores.{entry.id}" for entry in recipe.clusterers]
        names += [f"{EVALUATION}.{entry.id}" for entry in recipe.clusterers] + [DATA_CHECKS]
        names += [PHASES] if any(encoder_spec(entry).trained for entry in recipe.encoders) else []
        names += [EXPLANATIONS]
        names += [f"projection.{recipe.projection.entry.id}"] if recipe.projection else []
        return [*names, "report"]

    def _plugins(self) -> tuple[PluginRecord, ...]:
        entries = (*self.recipe.entries, *metrics_of(self.recipe, self.registry))
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

    def _warn(self, text: str) -> None:
        self.warnings.append(text)
        self.observer.warning(text)


@contextmanager
def _disk(folder: Path) -> Iterator[None]:
    """Say of any failure of the disk that it is one."""
    try:
        yield
    except OSError as error:
        if error.filename is not None and str(error.filename).startswith(str(folder)):
            raise EnvironmentProblem(f"{error.filename}: {error.strerror}") from error
        raise
