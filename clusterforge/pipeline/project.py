"""The 2-D map: a sample of rows, placed by a projection encoder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from clusterforge.contracts import IntArray, Items, Table, View
from clusterforge.pipeline import guard
from clusterforge.pipeline.compute import Resources
from clusterforge.pipeline.encode import EncoderStage, MakeContext
from clusterforge.pipeline.factory import build_encoder, encoder_spec, trained_with
from clusterforge.pipeline.sample import sample
from clusterforge.pipeline.stages import Stages, stage_key
from clusterforge.recipe import Projection
from clusterforge.registry import Registry
from clusterforge.runs import files
from clusterforge.runs.map_data import write_map
from clusterforge.runs.records import MapRecord
from clusterforge.storage.atomic import replacing


def project(
    projection: Projection | None,
    encoded: EncoderStage,
    stages: Stages,
    registry: Registry,
    seed: int,
    resources: Resources,
    context: MakeContext,
    file: str | None,
) -> tuple[dict[str, IntArray], MapRecord | None]:
    """Write the map into the run folder; return the rows it shows, by split, and its record.

    An embedding of two dimensions is its own map.
    """
    if projection is None:
        return {}, None
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
        shown = {name: rows[name] for name in corpus.splits if name in rows}
        ids = {name: split.ids for name, split in corpus.splits.items()}
        write_map(folder / files.MAP, shown, places, ids)
        return {}

    folder = stages.folder / "projection"
    stages.do(stage, key, folder, work)
    with replacing(stages.folder / files.MAP) as part:
        part.write_bytes((folder / files.MAP).read_bytes())
    record = MapRecord(
        use="embedding" if flat else entry.plugin.spec.name,
        rows=sum(len(chosen) for chosen in rows.values()),
        params=entry.params.model_dump(mode="json"),
        note="" if spec.inductive or flat else "train rows only: it can't place new rows",
    )
    return rows, record


def _view(encoded: EncoderStage, split: str, rows: IntArray) -> View:
    chosen = encoded.embedding(split)[rows]
    items: Items = Table(chosen)
    return replace(View(items), embedding=chosen)
