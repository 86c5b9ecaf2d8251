"""The chain of encoders: each stage fits on the train split and encodes every split."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from itertools import chain as one_after_another
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import JsonValue

from clusterforge.contracts import (
    Context,
    Encoder,
    Epoch,
    FloatArray,
    IntArray,
    Layer,
    PairsUsed,
    Points,
    Shortfall,
    View,
)
from clusterforge.contracts.encoder import added
from clusterforge.formats import are
from clusterforge.models import blocks, guard
from clusterforge.models.build import build_encoder, encoder_spec, uses_labels
from clusterforge.numerics.stored_rows import opened
from clusterforge.phases import TrainedParams
from clusterforge.pipeline import crew
from clusterforge.pipeline.contents import contents
from clusterforge.pipeline.data import Data, view
from clusterforge.pipeline.identity import trained_with
from clusterforge.pipeline.keys import PluginCode, computed_with, digest, stage_key
from clusterforge.pipeline.memory import PhaseMemory
from clusterforge.pipeline.preflight import no_labels
from clusterforge.pipeline.stages import Session, Stage
from clusterforge.recipe import Entry
from clusterforge.recipe.model import Link, before_neighbors, stored_links
from clusterforge.runs import files, records
from clusterforge.runs.records import Record, ShortfallRecord
from clusterforge.runs.records.base import Count
from clusterforge.specs import Part
from clusterforge.storage.atomic import write_array, write_array_in_parts
from clusterforge.storage.states import read_state, write_state

SAMPLE = "sample.npy"
FITTED = ("train", "validation")


class EncoderInfo(Record):
    """What an encoder's stage leaves besides arrays and state.

    ``phases`` are those after each of which some rows were kept.
    """

    plugin: str
    params: dict[str, JsonValue]
    dim: Count
    rows: dict[str, Count]
    labels_in_training: bool
    warnings: tuple[str, ...]
    shortfalls: tuple[ShortfallRecord, ...]
    history: tuple[Epoch, ...]
    pairs: tuple[PairsUsed, ...]
    layers: tuple[Layer, ...]
    phases: tuple[str, ...]


class EncoderStage:
    """One encoder of the chain, fitted, with its embedding of every split on demand.

    Parameters
    ----------
    entry
        The encoder's entry, ``"classes"`` already a number.
    data
        The data.
    below
        The encoders whose embeddings come in; none for the first of a branch.
    session
        What the stages of the run share.
    reads
        The part of each row that it sees; None for the first.
    stored
        Whether its embedding is stored even where it is cheap to make again.
    """

    def __init__(
        self,
        entry: Entry,
        data: Data,
        below: Sequence[EncoderStage],
        session: Session,
        *,
        reads: Part | None = None,
        stored: bool = True,
    ) -> None:
        self.entry, self.data, self.corpus, self.below = entry, data, data.corpus, below
        self.session, self.file, self.reads = session, session.file, reads
        self.wide: EncoderStage | None = None  # below the first that keeps neighbours alone
        self.spec = encoder_spec(entry)
        self.stored = stored or not self.spec.cheap
        cluster = session.cluster
        self.cluster = cluster if cluster and cluster.takes(entry) else None
        with guard.calling(entry, self.file):
            self.encoder: Encoder[Any] = build_encoder(entry, session.registry)
            self.labels = uses_labels(entry, session.registry)
        self.key = ""
        self.place = files.encoder(int(entry.table.rpartition(".")[2]), entry.id)
        self.folder = session.folder / self.place
        self.info: EncoderInfo
        self._ready = False
        self._context = Context()
        self._rests_on: dict[str, Any] = {}
        self._embeddings: dict[str, FloatArray] = {}

    def find_key(self) -> None:
        """Find the stage's key, those of the encoders below being known; nothing is computed."""
        session = self.session
        with guard.calling(self.entry, self.file):
            self._rests_on = trained_with(self.entry.plugin, self.encoder, session.registry)
            key = stage_key(
                self.entry,
                upstream=self._upstream,
                seed=session.seed if self.spec.stochastic else None,
                resources=session.resources,
                labels=self.labels,
                stored=self.stored,
                data=self.data.key if self.spec.trained else None,
                **self._rests_on,
                **({"cluster": self.cluster.key} if self.cluster else {}),
            )
        self.key = session.key(self.entry, key)

    def run(self) -> None:
        """Fit and encode, unless this very stage is already there."""
        if not self.key:
            self.find_key()
        session, stage = self.session, self.entry.stage
        self._context = replace(
            session.context(stage),
            checkpoint=session.checkpoint(stage, self.place, self.key),
            memory=self._memory(self._rests_on.get("backbone")),
        )

        def retell(info: EncoderInfo) -> None:
            for epoch in info.history:
                session.observer.epoch_finished(stage, epoch.phase, epoch.epoch, epoch.values)

        self.info = session.do(Stage(stage, self.key, self.place, EncoderInfo, self._fit), retell)
        for text in self.info.warnings:
            session.warn(f"{stage}: {text}")
        for some in self.info.shortfalls:
            of = f"{some.rows:,} of the {self.info.rows[some.split]:,} rows of {some.split}"
            session.warn(f"{stage}: {of} {are(some.rows)} {some.problem}")
        for below in self.below:
            below.release()

    @property
    def _upstream(self) -> str:
        """Key of what comes in."""
        if len(self.below) > 1:
            return digest([stage.key for stage in self.below])
        data = self.data.key if self.reads is None else f"{self.data.key}/{self.reads}"
        return self.below[0].key if self.below else data

    def _memory(self, backbone: object) -> PhaseMemory | None:
        session, params = self.session, self.entry.params
        if session.cache is None or not isinstance(params, TrainedParams):
            return None
        rests_on = {
            "plugin": replace(PluginCode.of(self.entry.plugin), plugin="", kind=""),
            "params": params.model_dump(mode="json", exclude=set(params.only_in_phases)),
            "upstream": self._upstream if self.below else self.reads,
            "data": self.data.key,
            "labels": self.labels,
            "seed": session.seed,
            "computed with": computed_with(session.resources),
            "below": [contents(params), backbone],
        }
        return PhaseMemory(session.cache, rests_on, session.registry)

    def embedding(self, split: str) -> FloatArray:
        """Return the embedding of a split: float32 (n, d), finite."""
        if split not in self._embeddings:
            path = self.folder / f"{split}.npy"
            if path.is_file():
                self._embeddings[split] = opened(path)
            else:
                self._embeddings[split], _ = self._encode(split)
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
        return Points(
            self.embedding(split), soft, wide=self.wide.embedding(split) if self.wide else None
        )

    def phases(self) -> tuple[IntArray, list[tuple[str, FloatArray]]]:
        """Return some training rows and what the input, then each phase of training, made of them.

        Nothing where there was one phase or none: its result is the embedding.
        """
        names = self.info.phases
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

    @property
    def history(self) -> tuple[records.Epoch, ...]:
        """Epochs of the training, as in ``history.json``."""
        return tuple(
            records.Epoch(stage=self.entry.stage, **asdict(epoch)) for epoch in self.info.history
        )

    @property
    def network(self) -> records.NetworkRecord | None:
        """The layers of the network, of an encoder that is trained."""
        layers = self.info.layers
        parameters = sum(layer.parameters for layer in layers)
        return records.NetworkRecord(parameters=parameters, layers=layers) if layers else None

    def _view(self, split: str) -> View:
        below = [stage.embedding(split) for stage in self.below]
        labels = self.labels and split in FITTED
        return view(self.data, split, below, reads=self.reads, labels=labels)

    def _fit(self, folder: Path) -> EncoderInfo:
        train = self._view("train")
        if self.labels and self.data.classes is None:
            raise no_labels(self.entry, self.file)
        if "validation" in self.corpus.splits and self.spec.trained:
            train = replace(train, validation=self._view("validation"))
        with (
            guard.calling(self.entry, self.file),
            guard.unchanged(self.entry, train.embedding),
            crew.led(self.entry, train, self.session.seed, self.session.resources),
        ):
            self.encoder.fit(train, self._context)
            self._ready = True
        shortfalls: list[ShortfallRecord] = []
        for split, rows in self.corpus.splits.items():
            if self.spec.by_row and len(rows) > blocks.BLOCK and not self.cluster:
                some = self._encode_in_blocks(split, folder / f"{split}.npy")
                self._embeddings[split] = opened(folder / f"{split}.npy")
            else:
                self._embeddings[split], some = self._encode(split)
                if self.stored:
                    write_array(folder / f"{split}.npy", self._embeddings[split])
            shortfalls += [
                ShortfallRecord(split=split, rows=one.rows, problem=one.line)
                for one in some
                if one.notable(len(rows))
            ]
            with guard.calling(self.entry, self.file):
                soft = self.encoder.assign(self._embeddings[split])
                if soft is not None:
                    soft = guard.embedding(soft, len(rows))
            if soft is not None:
                write_array(folder / f"{split}.soft.npy", soft)
        with guard.calling(self.entry, self.file):
            write_state(folder, self.encoder.state())
            report = guard.fit_report(self.encoder.report(), len(train))
        if report.sample is not None:
            write_array(folder / SAMPLE, report.sample)
        for number, points in enumerate(report.after):
            write_array(folder / f"phase.{number}.npy", points)
        return EncoderInfo(
            plugin=self.entry.plugin.qualified,
            params=self.entry.values(),
            dim=self._embeddings["train"].shape[1],
            rows={name: len(split) for name, split in self.corpus.splits.items()},
            labels_in_training=self.labels,
            warnings=report.warnings,
            shortfalls=tuple(shortfalls),
            history=report.history,
            pairs=report.pairs,
            layers=report.layers,
            phases=tuple(end.phase for end in report.ends) if report.after else (),
        )

    def _encode(self, split: str) -> tuple[FloatArray, Sequence[Shortfall]]:
        """Return the embedding of a split, and what the encoder did not read of its rows."""
        below = self._view(split)
        encoder = self.fitted()
        if self.cluster:
            return self.cluster.encode(self.entry, encoder, below, self._context, self.file)
        with (
            guard.calling(self.entry, self.file),
            guard.unchanged(self.entry, below.embedding),
        ):
            embedding = guard.embedding(encoder.encode(below, self._context), len(below))
            return embedding, guard.shortfalls(encoder.shortfalls(), len(below))

    def _encode_in_blocks(self, split: str, path: Path) -> Sequence[Shortfall]:
        """Write the embedding of a split part by part; return what the encoder did not read of its rows."""
        below, short = self._view(split), list[Shortfall]()
        encoder, n = self.fitted(), len(self.corpus.splits[split])

        def encoded(start: int) -> FloatArray:
            part = below.some(np.arange(start, min(start + blocks.BLOCK, n)))
            with guard.calling(self.entry, self.file), guard.unchanged(self.entry, part.embedding):
                rows = guard.embedding(encoder.encode(part, self._context), len(part))
                short.extend(guard.shortfalls(encoder.shortfalls(), len(part)))
            self._context.progress(start + len(part), n)
            return rows

        first = encoded(0)
        write_array_in_parts(
            path,
            one_after_another([first], map(encoded, range(blocks.BLOCK, n, blocks.BLOCK))),
            (n, first.shape[1]),
            np.float32,
        )
        return added(short)


def chain_of(
    links: Sequence[Link], data: Data, session: Session, resolved: Callable[[Entry], Entry]
) -> list[EncoderStage]:
    """Return the stages of a recipe's encoders, in their order; nothing is run.

    Parameters
    ----------
    links
        The encoders in their places.
    data, session
        As of :class:`EncoderStage`.
    resolved
        Returns an entry with ``"classes"`` as a number.
    """
    chain: list[EncoderStage] = []
    stored = stored_links(links)
    for place, link in enumerate(links):
        below = [chain[lower] for lower in link.below]
        entry, lasts = resolved(link.entry), place in stored
        chain.append(EncoderStage(entry, data, below, session, reads=link.reads, stored=lasts))
    before = before_neighbors(links)
    chain[-1].wide = None if before is None else chain[before]
    return chain
