"""What a run leaves for people and programs: recipe, rows, assignments, run.json."""

from __future__ import annotations

import io
import json
import platform
import resource
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import tomli_w
from PIL import Image

from clusterforge.contracts import (
    Corpus,
    IntArray,
    Split,
    Table,
    columns_of,
    embedding_of,
    parts_of,
)
from clusterforge.pipeline.cluster import ClustererStage
from clusterforge.pipeline.data import Data
from clusterforge.pipeline.keys import library_versions
from clusterforge.recipe import Recipe
from clusterforge.runs import UNLABELLED, Assignments
from clusterforge.runs.assignments import id_names
from clusterforge.runs.records import DataRecord, Explanations, LeftOutRecord, SplitRecord
from clusterforge.storage.atomic import replacing, write_json, write_text
from clusterforge.tables import spreads

SNIPPET = 500
THUMBNAIL = 32
NAMED = 5


def write_recipe(folder: Path, recipe: Recipe) -> None:
    """Write the recipe as it can be run again, and with every default filled in."""
    write_text(folder / "recipe.toml", tomli_w.dumps(recipe.given()))
    write_json(folder / "recipe.json", recipe.full())


def write_rows(folder: Path, corpus: Corpus, shown: Mapping[str, IntArray]) -> None:
    """Write ``data/<split>.parquet``: ids, labels and what a reader of the report sees of a row."""
    for name, split in corpus.splits.items():
        columns: dict[str, Any] = {"id": id_names(split.ids)}
        if split.labels is not None:
            columns["label"] = pa.array(split.labels, pa.int64())
        if split.items.content == "text":
            texts = [str(text)[:SNIPPET] for text in split.items.take(np.arange(len(split)))]
            columns["item"] = pa.array(texts, pa.string())
        elif split.items.content == "image":
            columns["item"] = pa.array(_thumbnails(split, shown.get(name)), pa.binary())
        with replacing(folder / "data" / f"{name}.parquet") as part:
            pq.write_table(pa.table(columns), part)


def _thumbnails(split: Split, rows: IntArray | None) -> list[bytes | None]:
    pictures: list[bytes | None] = [None] * len(split)
    if rows is None:
        return pictures
    for row, pixels in zip(rows, split.items.take(rows), strict=True):
        assert isinstance(pixels, np.ndarray)
        image = Image.fromarray(pixels.squeeze(-1) if pixels.shape[-1] == 1 else pixels[..., :3])
        image.thumbnail((THUMBNAIL, THUMBNAIL))
        buffer = io.BytesIO()
        image.save(buffer, "PNG")
        pictures[row] = buffer.getvalue()
    return pictures


def assignments(
    corpus: Corpus, clusterers: Sequence[ClustererStage], explanations: Explanations
) -> Assignments:
    """Return the cluster of every row, split after split, and its group in every layer."""
    splits = corpus.splits
    truth = np.concatenate(
        [
            np.full(len(split), -1, np.int64) if split.labels is None else split.labels
            for split in splits.values()
        ]
    )
    unnamed = range(len(corpus.label_names), int(truth.max(initial=-1)) + 1)
    clusters, layers = {}, {}
    for stage in clusterers:
        parts = []
        for name, split in splits.items():
            labels = stage.labels(name)
            parts.append(np.full(len(split), UNLABELLED, np.int64) if labels is None else labels)
        name = stage.entry.id
        clusters[name] = np.concatenate(parts)
        for layer in explanations.clusterings[name].layers:
            layers[name + layer.name] = layer.grouped(clusters[name])
    return Assignments(
        splits=tuple(splits),
        split=np.repeat(np.arange(len(splits)), [len(split) for split in splits.values()]),
        names=pa.concat_arrays([id_names(split.ids) for split in splits.values()]),
        classes=(*corpus.label_names, *map(str, unnamed)),
        truth=truth.clip(-1),
        clusters=clusters,
        layers=layers,
    )


def data_record(data: Data) -> DataRecord:
    """Return what ``run.json`` says of the data."""
    corpus = data.corpus
    embedding = embedding_of(corpus.train.items)
    parts = parts_of(corpus.train.items)
    table = parts.get("features", corpus.train.items)
    return DataRecord(
        content=corpus.content,
        source=json.loads(json.dumps(dict(corpus.source))),
        label_names=tuple(corpus.label_names),
        features=columns_of(table),
        spreads=spreads(table.values, table.columns) if isinstance(table, Table) else (),
        columns=corpus.columns,
        separator=corpus.separator,
        image_column=corpus.image_column,
        parts=tuple(parts) if len(parts) > 1 else (),
        notes=tuple(corpus.notes),
        splits={
            name: SplitRecord(
                rows=len(split),
                labelled=0 if split.labels is None else int((split.labels >= 0).sum()),
                fingerprint=data.fingerprints[name],
                shape=split.items.shape or None,
            )
            for name, split in corpus.splits.items()
        },
        left_out=tuple(
            LeftOutRecord(
                reason=some.reason,
                rows=len(some),
                split=some.split,
                first=() if some.ids is None else tuple(map(str, some.ids[:NAMED].tolist())),
            )
            for some in corpus.left_out
        ),
        remarks=corpus.remarks,
        embedding=None if embedding is None else embedding.shape[1],
        pixel_format=corpus.pixel_format,
    )


def versions() -> dict[str, str]:
    """Return the versions of Python, the system, the processor and the libraries."""
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        **library_versions(),
    }


def _processor() -> str:
    """Return the processor's name, since the last bits depend on it."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())


def peak_memory_mb() -> float:
    """Return the largest resident size of this process so far, in megabytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1e6 if sys.platform == "darwin" else 1e3), 1)
