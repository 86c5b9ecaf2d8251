"""The 2-D map: a sample of rows, placed by a projection encoder."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from clusterforge.contracts import FloatArray, IntArray, Table, View
from clusterforge.models import guard
from clusterforge.models.build import build_encoder, encoder_spec
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


def project(
    projection: Projection, encoded: EncoderStage, session: Session
) -> tuple[dict[str, IntArray], MapRecord]:
    """Write the map into the run folder; return the rows it shows, by split, and its record.

    An embedding of one or two dimensions is its own map.
    """
    entry, corpus = projection.entry, encoded.corpus
    spec = encoder_spec(entry)
    flat = encoded.embedding("train").shape[1] <= 2
    rows = {
        name: sample(len(split), projection.rows, session.seed)
        for name, split in corpus.splits.items()
        if name == "train" or spec.inductive or flat
    }
    stage = f"projection.{entry.id}"
    with guard.calling(entry, session.file):
        encoder = build_encoder(entry, session.registry)
        key = stage_key(
            entry,
            upstream=encoded.key,
            seed=session.seed,
            resources=session.resources,
            rows=projection.rows,
            **trained_with(entry.plugin, encoder, session.registry),
        )

    key = session.key(entry, key)

    def place(name: str) -> FloatArray:
        points = encoded.embedding(name)[rows[name]]
        if flat:
            return np.pad(points, ((0, 0), (0, 2 - points.shape[1])))
        context = session.context(stage)
        do = encoder.fit_encode if name == "train" else encoder.encode
        with guard.calling(entry, session.file):
            xy = guard.embedding(do(View(Table(points), points), context), len(points))
            if xy.shape[1] < 2:
                raise guard.WrongAnswer("a projection needs two dimensions")
        return xy

    def work(folder: Path) -> MapRecord:
        # Train first: the others are placed by what it taught.
        places = {name: place(name) for name in sorted(rows, key=lambda name: name != "train")}
        write_map(folder / files.MAP, rows, places)
        return MapRecord(
            use="embedding" if flat else spec.name,
            rows=sum(len(chosen) for chosen in rows.values()),
            params=entry.params.model_dump(mode="json"),
            note="" if spec.inductive or flat else "train rows only: it can't place new rows",
        )

    record = session.do(Stage(stage, key, files.PROJECTION, MapRecord, work))
    with replacing(session.folder / files.MAP) as part:
        part.write_bytes((session.folder / files.PROJECTION / files.MAP).read_bytes())
    return rows, record
