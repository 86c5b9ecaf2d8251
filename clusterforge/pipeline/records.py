"""What a run leaves for people and programs: recipe, rows, assignments, run.json."""

from __future__ import annotations

import io
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

from clusterforge.contracts import Corpus, IntArray, Split
from clusterforge.pipeline.cluster import ClustererStage
from clusterforge.pipeline.stages import library_versions
from clusterforge.recipe import Recipe
from clusterforge.storage.atomic import replacing, write_json, write_text

SNIPPET = 500
THUMBNAIL = 32


def write_recipe(folder: Path, recipe: Recipe) -> None:
    """Write the recipe as it can be run again, and with every default filled in."""
    write_text(folder / "recipe.toml", tomli_w.dumps(recipe.given()))
    write_json(folder / "recipe.json", recipe.full())


def write_rows(folder: Path, corpus: Corpus, shown: Mapping[str, IntArray]) -> None:
    """Write ``data/<split>.parquet``: ids, labels and what a reader of the report sees of a row."""
    for name, split in corpus.splits.items():
        columns: dict[str, Any] = {"id": pa.array(split.ids.astype(str).tolist(), pa.string())}
        if split.labels is not None:
            columns["label"] = pa.array(split.labels, pa.int64())
        if split.items.content == "text":
            columns["item"] = pa.array(_snippets(split), pa.string())
        elif split.items.content == "image":
            columns["item"] = pa.array(_thumbnails(split, shown.get(name)), pa.binary())
        with replacing(folder / "data" / f"{name}.parquet") as part:
            pq.write_table(pa.table(columns), part)


def _snippets(split: Split) -> list[str]:
    texts = split.items.take(np.arange(len(split)))
    return [str(text)[:SNIPPET] for text in texts]


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


def write_assignments(folder: Path, corpus: Corpus, clusterers: Sequence[ClustererStage]) -> None:
    """Write ``assignments.parquet``: one row a data row, one column a clusterer."""
    parts = []
    for name, split in corpus.splits.items():
        columns: dict[str, Any] = {
            "split": pa.array([name] * len(split), pa.string()),
            "id": pa.array(split.ids.astype(str).tolist(), pa.string()),
            "label": pa.array(_names(corpus, split), pa.string()),
        }
        for stage in clusterers:
            labels = stage.labels(name)
            columns[stage.entry.id] = pa.array(
                [None] * len(split) if labels is None else labels, pa.int64()
            )
        parts.append(pa.table(columns))
    with replacing(folder / "assignments.parquet") as part:
        pq.write_table(pa.concat_tables(parts), part)


def _names(corpus: Corpus, split: Split) -> list[str | None]:
    if split.labels is None:
        return [None] * len(split)
    names = corpus.label_names
    return [
        None if label < 0 else names[label] if label < len(names) else str(label)
        for label in split.labels.tolist()
    ]


def data_record(corpus: Corpus, fingerprints: Mapping[str, str]) -> dict[str, Any]:
    """Return what ``run.json`` says of the data."""
    return {
        "content": corpus.content,
        "source": dict(corpus.source),
        "label_names": list(corpus.label_names),
        "feature_names": list(corpus.feature_names),
        "notes": list(corpus.notes),
        "splits": {
            name: {
                "rows": len(split),
                "labelled": int((split.labels >= 0).sum()) if split.labels is not None else 0,
                "fingerprint": fingerprints[name],
                "shape": list(split.items.shape) if split.items.shape else None,
            }
            for name, split in corpus.splits.items()
        },
    }


def versions() -> dict[str, str]:
    """Return the versions of Python, the system and the libraries."""
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        **library_versions(),
    }


def peak_memory_mb() -> float:
    """Return the largest resident size of this process so far, in megabytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1e6 if sys.platform == "darwin" else 1e3), 1)
