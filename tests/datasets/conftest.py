import io
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

CARD = """---
configs:
- config_name: plain
  data_files:
  - {split: train, path: "plain/train-*"}
  - {split: test, path: plain/test-*}
- config_name: other
  data_files: other.parquet
---
# Toy
"""


def png(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def write_parquet(path, columns, names=None):
    """Write a parquet file with the Hub's note on features."""
    table = pa.table(columns)
    if names:
        features = {
            column: {"names": list(n), "_type": "ClassLabel"} for column, n in names.items()
        }
        table = table.replace_schema_metadata(
            {"huggingface": json.dumps({"info": {"features": features}})}
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path)


def toy_columns(rows, seed):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, rows)
    images = [png(np.full((4, 5), 10 * label + 1, np.uint8)) for label in labels]
    ragged = [png(np.full((4, 5 + row % 2, 3), row % 256, np.uint8)) for row in range(rows)]
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    return {
        "text": [f"text {row} of <b>{label}</b>" for row, label in enumerate(labels)],
        "title": [None if row % 2 else f"title {row}" for row in range(rows)],
        "image": pa.array([{"bytes": b, "path": None} for b in images], type=kind),
        "ragged": pa.array([{"bytes": b, "path": None} for b in ragged], type=kind),
        "label": pa.array(labels),
        "number": pa.array(rng.integers(0, 9, rows)),
        "flag": pa.array(labels > 0),
        "holes": pa.array([None if row == 3 else row / 7 for row in range(rows)]),
        "emb": pa.array([[float(row), 1.0] for row in range(rows)]),
        "key": [f"k{row}" for row in range(rows)],
        "same": ["x"] * rows,
    }


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    """A mirror with one toy data set, ``lab/toy``: two shards of train, one of test."""
    folder = tmp_path / "mirror" / "lab" / "toy"
    names = {"label": ("zero", "one", "two")}
    for shard in (0, 1):
        path = folder / "plain" / f"train-0000{shard}-of-00002.parquet"
        write_parquet(path, toy_columns(30, shard), names)
    write_parquet(folder / "plain" / "test-00000-of-00001.parquet", toy_columns(20, 2), names)
    write_parquet(folder / "other.parquet", {"text": ["a", "b"]})
    (folder / "README.md").write_text(CARD)
    monkeypatch.setenv("CLUSTERFORGE_MIRROR", f"{tmp_path / 'absent'}:{tmp_path / 'mirror'}")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "prepared")
    return folder
