"""The 2-D map: a sample of rows, placed by a projection encoder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from clusterforge.contracts import Corpus, FloatArray, IntArray, Items, Table, View
from clusterforge.pipeline import guard
from clusterforge.pipeline.compute import Resources
from clusterforge.pipeline.encode import EncoderStage, MakeContext
from clusterforge.pipeline.factory import build_encoder, encoder_spec, trained_with
from clusterforge.pipeline.sample import sample
from clusterforge.pipeline.stages import Stages, stage_key
from clusterforge.recipe import Projection
from clusterforge.registry import Registry
from clusterforge.storage.atomic import replacing, write_json

FILE = "projection.parquet"
ABOUT = "projection.json"


def project(
    projection: Projection | None,
    encoded: EncoderStage,
    stages: Stages,
    registry: Registry,
    seed: int,
    resources: Resources,
    context: MakeContext,
    file: str | None,
) -> dict[str, IntArray]:
    """Write ``projection.parquet`` into the run folder and return the rows it shows, by split.

    An embedding of two dimensions is its own map.
    """
    if projection is None:
        return {}
    entry, corpus = projection.entry, encoded.corpus
    rows = {"train": sample(len(corpus.train), projection.rows, seed)}
    spec = encoder_spec(entry)
    flat = encoded.embedding("train").shape[1] == 2
    if spec.inductive or flat:
        rows |= {
            name: sample(len(split), projection.rows, seed)
            for name, split in corpus.splits.items()
            if name != "train"
        }
    with guard.calling(entry, file):
        encoder = build_encoder(entry, registry)
        key = stage_key(
            entry,
            upstream=encoded.key,
            seed=seed,
            resources=resources,
            rows=projection.rows,
            **trained_with(entry.plugin, encoder, registry),
        )
    stage = f"projection.{entry.id}"

    def work(folder: Path) -> Mapping[str, Any]:
        at = context(stage)
        if flat:
            places = {name: encoded.embedding(name)[chosen] for name, chosen in rows.items()}
        else:
            views = {name: _view(encoded, name, chosen) for name, chosen in rows.items()}
            with guard.calling(entry, file):
                places = {
                    "train": guard.embedding(
                        encoder.fit_encode(views["train"], at), len(rows["train"])
                    )
                }
                for name in rows.keys() - {"train"}:
                    places[name] = guard.embedding(encoder.encode(views[name], at), len(rows[name]))
                if places["train"].shape[1] < 2:
                    raise guard.WrongAnswer("a projection needs two dimensions")
        _write(folder / FILE, corpus, rows, places)
        return {}

    folder = stages.folder / "projection"
    stages.do(stage, key, folder, work)
    with replacing(stages.folder / FILE) as part:
        part.write_bytes((folder / FILE).read_bytes())
    write_json(
        stages.folder / ABOUT,
        {
            "use": "embedding" if flat else entry.plugin.spec.name,
            "rows": sum(len(chosen) for chosen in rows.values()),
            "params": entry.params.model_dump(mode="json"),
            "note": "" if spec.inductive or flat else "train rows only: it can't place new rows",
        },
    )
    return rows


def _view(encoded: EncoderStage, split: str, rows: IntArray) -> View:
    chosen = encoded.embedding(split)[rows]
    items: Items = Table(chosen)
    return replace(View(items), embedding=chosen)


def _write(
    path: Path, corpus: Corpus, rows: Mapping[str, IntArray], places: Mapping[str, FloatArray]
) -> None:
    names = [name for name in corpus.splits if name in rows]
    table = pa.table(
        {
            "split": pa.array(np.repeat(names, [len(rows[name]) for name in names]), pa.string()),
            "row": pa.array(np.concatenate([rows[name] for name in names]), pa.int64()),
            "id": pa.array(
                np.concatenate([corpus.splits[n].ids[rows[n]].astype(str) for n in names]),
                pa.string(),
            ),
            "x": pa.array(np.concatenate([places[n][:, 0] for n in names]), pa.float32()),
            "y": pa.array(np.concatenate([places[n][:, 1] for n in names]), pa.float32()),
        }
    )
    with replacing(path) as part:
        pq.write_table(table, part)
