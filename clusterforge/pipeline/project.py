"""The 2-D map: a sample of rows, placed by a projection encoder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from clusterforge.contracts import Context, FloatArray, IntArray, Table, View
from clusterforge.models import guard
from clusterforge.models.build import build_encoder, encoder_spec
from clusterforge.numerics.placing import placed_between
from clusterforge.pipeline.encode import EncoderStage
from clusterforge.pipeline.identity import trained_with
from clusterforge.pipeline.keys import stage_key
from clusterforge.pipeline.sample import sample
from clusterforge.pipeline.stages import Session, Stage
from clusterforge.recipe import Projection
from clusterforge.runs import files
from clusterforge.runs.map_data import write_map
from clusterforge.runs.records import MapRecord
from clusterforge.storage.atomic import replacing

BLOCK = 100_000


def project(
    projection: Projection, encoded: EncoderStage, session: Session
) -> tuple[dict[str, IntArray], MapRecord]:
    """Write the map into the run folder; return the rows it shows, by split, and its record.

    An embedding of one or two dimensions is its own map. A projection is fitted on some rows of train at
    most; more rows are encoded by it, or lie between their nearest fitted rows where it keeps neighbours
    alone: to encode a million rows with such a one would take hours.
    """
    entry, corpus = projection.entry, encoded.corpus
    spec = encoder_spec(entry)
    flat = encoded.embedding("train").shape[1] <= 2
    rows = {
        name: sample(len(split), projection.rows, session.seed)
        for name, split in corpus.splits.items()
        if name == "train" or spec.inductive or flat
    }
    fitted = sample(
        len(corpus.splits["train"]), min(projection.rows, projection.fit_rows), session.seed
    )
    more = not flat and len(rows["train"]) > len(fitted)
    between = more and (spec.keeps == "neighbors" or not spec.inductive)
    stage = f"projection.{entry.id}"
    with guard.calling(entry, session.file):
        encoder = build_encoder(entry, session.registry)
        key = stage_key(
            entry,
            upstream=encoded.key,
            seed=session.seed,
            resources=session.resources,
            rows=projection.rows,
            fit_rows=projection.fit_rows,
            **trained_with(entry.plugin, encoder, session.registry),
        )

    key = session.key(entry, key)

    def answer(do: Callable[[View, Context], FloatArray], points: FloatArray) -> FloatArray:
        with guard.calling(entry, session.file):
            view = View(Table(points), points)
            xy = guard.embedding(do(view, session.context(stage)), len(points))
            if xy.shape[1] < 2:
                raise guard.WrongAnswer("a projection needs two dimensions")
        return xy[:, :2]

    def work(folder: Path) -> MapRecord:
        if flat:
            places = {name: _flat(encoded.embedding(name)[rows[name]]) for name in rows}
        else:
            train = encoded.embedding("train")[fitted]
            drawn = answer(encoder.fit_encode, train)

            def place(points: FloatArray) -> FloatArray:
                if between:
                    return placed_between(train, drawn, points, device=session.resources.device)
                return answer(encoder.encode, points)

            places = {
                name: _in_blocks(place, encoded.embedding(name), chosen)
                for name, chosen in rows.items()
                if name != "train"
            }
            places["train"] = np.empty((len(rows["train"]), 2), np.float32)
            old = np.isin(rows["train"], fitted, assume_unique=True)
            places["train"][old] = drawn
            places["train"][~old] = _in_blocks(
                place, encoded.embedding("train"), rows["train"][~old]
            )
        many = sum(len(chosen) for chosen in rows.values())
        notes = [] if spec.inductive or flat else ["train rows only: it can't place new rows"]
        if between:
            notes.insert(
                0,
                f"{many - len(fitted):,} interpolated from the {len(fitted):,} that it was fitted on",
            )
        write_map(folder / files.MAP, rows, places)
        return MapRecord(
            use="embedding" if flat else spec.name,
            rows=many,
            params=entry.params.model_dump(mode="json"),
            note="; ".join(notes),
        )

    record = session.do(Stage(stage, key, files.PROJECTION, MapRecord, work))
    with replacing(session.folder / files.MAP) as part:
        part.write_bytes((session.folder / files.PROJECTION / files.MAP).read_bytes())
    return rows, record


def _flat(points: FloatArray) -> FloatArray:
    return np.pad(points, ((0, 0), (0, 2 - points.shape[1])))


def _in_blocks(
    place: Callable[[FloatArray], FloatArray], embedding: FloatArray, rows: IntArray
) -> FloatArray:
    """Return where some rows of an embedding lie, float32 (m, 2), a block of them in memory at once."""
    places = np.empty((len(rows), 2), np.float32)
    for start in range(0, len(rows), BLOCK):
        part = rows[start : start + BLOCK]
        places[start : start + BLOCK] = place(embedding[part])
    return places
