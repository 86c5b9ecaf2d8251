"""The chain of encoders: each stage fits on the train split and encodes every split."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from clusterforge.contracts import Context, Corpus, Encoder, FloatArray, IntArray, Points, View
from clusterforge.phases import TrainedParams
from clusterforge.pipeline import guard
from clusterforge.pipeline.compute import Resources
from clusterforge.pipeline.contents import contents
from clusterforge.pipeline.data import n_classes, view
from clusterforge.pipeline.factory import build_encoder, encoder_spec, trained_with, uses_labels
from clusterforge.pipeline.memory import PhaseMemory
from clusterforge.pipeline.preflight import no_labels
from clusterforge.pipeline.stages import (
    HISTORY,
    Stages,
    computed_with,
    plugin_identity,
    stage_key,
)
from clusterforge.recipe import Entry
from clusterforge.registry import Registry
from clusterforge.runs.records import Epoch, LayerRecord, NetworkRecord
from clusterforge.storage.atomic import write_array, write_json
from clusterforge.storage.cache import Cache
from clusterforge.storage.states import read_state, write_state

SAMPLE = "sample.npy"
MakeContext = Callable[[str], Context]


class EncoderStage:
    """One encoder of the chain, fitted, with its embedding of every split on demand.

    Parameters
    ----------
    entry
        The encoder's entry, ``"classes"`` already a number.
    corpus
        The data.
    below
        The encoder before it, or None.
    last
        Whether its embedding is the run's, and so stored even where it is cheap to make again.
    """

    def __init__(
        self,
        entry: Entry,
        corpus: Corpus,
        below: EncoderStage | None,
        registry: Registry,
        file: str | None,
        *,
        last: bool = True,
    ) -> None:
        self.entry, self.corpus, self.below = entry, corpus, below
        self.registry, self.file = registry, file
        self.spec = encoder_spec(entry)
        self.stored = last or not self.spec.cheap
        with guard.calling(entry, file):
            self.encoder: Encoder[Any] = build_encoder(entry, registry)
            self.labels = uses_labels(entry, registry)
        self.key = ""
        self.folder = Path()
        self.info: Mapping[str, Any] = {}
        self._ready = False
        self._context = Context()
        self._embeddings: dict[str, FloatArray] = {}

    def run(
        self, stages: Stages, data: str, seed: int, resources: Resources, context: MakeContext
    ) -> None:
        """Fit and encode, unless this very stage is already there."""
        with guard.calling(self.entry, self.file):
            rests_on = trained_with(self.entry.plugin, self.encoder, self.registry)
            self.key = stage_key(
                self.entry,
                upstream=self.below.key if self.below else data,
                seed=seed if self.spec.stochastic else None,
                resources=resources,
                labels=self.labels,
                stored=self.stored,
                data=data if self.spec.trained else None,
                **rests_on,
            )
        number = self.entry.table.rpartition(".")[2]
        self.folder = stages.folder / "encoders" / f"{number}-{self.entry.id}"
        self._context = replace(
            context(self.entry.stage),
            checkpoint=stages.checkpoint(self.folder, self.key),
            memory=self._memory(stages.cache, data, seed, resources, rests_on.get("backbone")),
        )
        self.info = stages.do(self.entry.stage, self.key, self.folder, self._fit)
        self.release_below()

    def _memory(
        self,
        cache: Cache | None,
        data: str,
        seed: int,
        resources: Resources,
        backbone: Any,
    ) -> PhaseMemory | None:
        if cache is None or not self.spec.trained:
            return None
        params = self.entry.params
        assert isinstance(params, TrainedParams)
        of_plugin = plugin_identity(self.entry.plugin)
        rests_on = {
            "plugin": {part: of_plugin[part] for part in ("version", "code", "requires", "core")},
            "params": params.model_dump(mode="json", exclude=set(params.only_in_phases)),
            "upstream": self.below.key if self.below else None,
            "data": data,
            "labels": self.labels,
            "seed": seed,
            **computed_with(resources),
            "below": [contents(params), backbone],
        }
        return PhaseMemory(cache, rests_on, self.registry)

    def embedding(self, split: str) -> FloatArray:
        """Return the embedding of a split: float32 (n, d), finite."""
        if split not in self._embeddings:
            path = self.folder / f"{split}.npy"
            if path.is_file():
                self._embeddings[split] = np.load(path, allow_pickle=False)
            else:
                self._embeddings[split] = self._encode(split)
        return self._embeddings[split]

    def fitted(self) -> Encoder[Any]:
        """Return the encoder, fitted here or restored from what an earlier fit has left."""
        if not self._ready:
            with guard.calling(self.entry, self.file):
                self.encoder.restore(read_state(self.folder))
            self._ready = True
        return self.encoder

    def points(self, split: str) -> Points:
        """Return the embedding of a split with the encoder's own soft assignment."""
        path = self.folder / f"{split}.soft.npy"
        soft = np.load(path, allow_pickle=False) if path.is_file() else None
        return Points(self.embedding(split), soft)

    def phases(self) -> tuple[IntArray, list[tuple[str, FloatArray]]]:
        """Return some training rows and what the input, then each phase of training, made of them.

        Nothing where there was one phase or none: its result is the embedding.
        """
        names = self.info.get("phases", ())
        if not names:
            return np.zeros(0, dtype=np.int64), []
        rows: IntArray = np.load(self.folder / SAMPLE, allow_pickle=False)
        parts: list[tuple[str, FloatArray]] = []
        with suppress(TypeError):  # texts are no matrix
            parts.append(("input", self._view("train").rows(rows)))
        for number, name in enumerate(names):
            path = self.folder / f"phase.{number}.npy"
            parts.append((name, np.load(path, allow_pickle=False)))
        return rows, parts

    def release(self) -> None:
        """Give back the memory of the embeddings; they are read again when needed."""
        self._embeddings.clear()

    def release_below(self) -> None:
        """Give back the memory of every stage before this one."""
        if self.below:
            self.below.release()

    @property
    def warnings(self) -> list[str]:
        """What the encoder noticed while it was fitted."""
        return [f"{self.entry.stage}: {text}" for text in self.info.get("warnings", ())]

    @property
    def history(self) -> list[Epoch]:
        """Epochs of the training."""
        path = self.folder / HISTORY
        epochs = json.loads(path.read_text("utf-8")) if path.is_file() else []
        return [Epoch(stage=self.entry.stage, **epoch) for epoch in epochs]

    @property
    def network(self) -> NetworkRecord | None:
        """The layers of the network, of an encoder that is trained."""
        layers = tuple(
            LayerRecord(**{**layer, "shape": tuple(layer["shape"])})
            for layer in self.info.get("layers", ())
        )
        parameters = sum(layer.parameters for layer in layers)
        return NetworkRecord(parameters=parameters, layers=layers) if layers else None

    def _view(self, split: str) -> View:
        below = self.below.embedding(split) if self.below else None
        return view(self.corpus, split, below, labels=self.labels and split in _FITTED)

    def _fit(self, folder: Path) -> Mapping[str, Any]:
        train = self._view("train")
        if self.labels and n_classes(self.corpus) is None:
            raise no_labels(self.entry, self.file)
        if "validation" in self.corpus.splits and self.spec.trained:
            train = replace(train, validation=self._view("validation"))
        with (
            guard.calling(self.entry, self.file),
            guard.unchanged(self.entry, train.embedding),
        ):
            self.encoder.fit(train, self._context)
            self._ready = True
        for split in self.corpus.splits:
            embedding = self._encode(split)
            if self.stored:
                write_array(folder / f"{split}.npy", embedding)
            with guard.calling(self.entry, self.file):
                soft = self.encoder.assign(embedding)
                if soft is not None:
                    soft = guard.embedding(soft, len(embedding))
            if soft is not None:
                write_array(folder / f"{split}.soft.npy", soft)
            self._embeddings[split] = embedding
        with guard.calling(self.entry, self.file):
            write_state(folder, self.encoder.state())
            report = guard.fit_report(self.encoder.report(), len(train))
        if report.history:
            write_json(folder / HISTORY, [asdict(epoch) for epoch in report.history])
        if report.sample is not None:
            write_array(folder / SAMPLE, report.sample)
        for number, points in enumerate(report.after):
            write_array(folder / f"phase.{number}.npy", points)
        return {
            "plugin": self.entry.plugin.qualified,
            "params": self.entry.values(),
            "dim": int(self._embeddings["train"].shape[1]),
            "rows": {name: len(split) for name, split in self.corpus.splits.items()},
            "labels_in_training": self.labels,
            "warnings": list(report.warnings),
            "pairs": [asdict(used) for used in report.pairs],
            "layers": [asdict(layer) for layer in report.layers],
            "phases": [end.phase for end in report.ends] if report.after else [],
        }

    def _encode(self, split: str) -> FloatArray:
        below = self._view(split)
        encoder = self.fitted()
        with (
            guard.calling(self.entry, self.file),
            guard.unchanged(self.entry, below.embedding),
        ):
            return guard.embedding(encoder.encode(below, self._context), len(below))


_FITTED = ("train", "validation")
