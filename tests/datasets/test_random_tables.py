"""Tables of any columns under any names are read, or refused with a line."""

import json
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import clusterforge
from clusterforge.builtin.datasets import FilesParams
from clusterforge.contracts import Context
from clusterforge.datasets.files import Files
from clusterforge.errors import InputError

NAMES = [
    "value",
    "sensor",
    "model",
    "kwh_total",
    "wavelength_nm",
    "id",
    "order_id",
    "400",
    "450",
    "label",
    "cluster",
    "unit",
    "currency",
    "text",
    "embedding",
    "question",
    "answer",
    "total",
    "Date",
    "lat",
    "lang",
]
WORDS = [
    "",
    " ",
    None,
    "a",
    "never",
    "often",
    "always",
    "don't know",
    "65+",
    "18-24",
    "<b>5</b>",
    "09. Jan",
]
TABLES = 12


def columns(draw: random.Random, rows: int) -> list[Callable[[], pa.Array]]:
    """Return what makes a column, of each kind."""
    every = range(rows)
    numbers = [None, float("nan"), float("inf"), 1e300, 0.5, 48.12345, 4812345.0]
    return [
        lambda: pa.nulls(rows),
        lambda: pa.array([draw.random() < 0.5 for _ in every]),
        lambda: pa.array([draw.choice([2**60, -(2**62), i]) for i in every]),
        lambda: pa.array([draw.choice(numbers) for _ in every], pa.float64()),
        lambda: pa.array([draw.choice(WORDS) for _ in every], pa.string()),
        lambda: pa.array([f"{i}.5" if i % 4 else draw.choice(["OL", "88+2"]) for i in every]),
        lambda: pa.array([[0.5] * draw.choice([3, 3, 0]) for _ in every], pa.list_(pa.float64())),
        lambda: pa.array([[[0.5 * i] * 4] for i in every], pa.list_(pa.list_(pa.float32()))),
        lambda: pa.array([{"a": i, "b": {"c": "x"}} for i in every]),
        lambda: pa.array([[{"a": i}] for i in every]),
        lambda: pa.array([f"text {i} of some words that go on" for i in every]),
        lambda: pa.array([json.dumps({"a": i}) for i in every]),
        lambda: pa.array([i * i // 3 for i in every], pa.uint64()),
        lambda: pa.array(["abc"[i % 3] for i in every]).dictionary_encode(),
        lambda: pa.array([bytes([i]) * draw.choice([4, 8]) for i in every], pa.binary()),
        lambda: pa.array(
            np.datetime64("2024-01-01", "s") + np.arange(rows) * np.timedelta64(1, "D")
        ),
    ]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", range(4))
def test_any_table_is_read_or_refused_with_a_line(tmp_path: Path, seed: int) -> None:
    draw, said = random.Random(seed), []
    for number in range(TABLES):
        rows = draw.choice([0, 1, 3, 25, 60])
        names = draw.sample(NAMES, draw.randint(1, 6))
        data = [draw.choice(columns(draw, rows))() for _ in names]
        path = tmp_path / f"{number}.parquet"
        pq.write_table(pa.table(data, names), path)
        for params in ({"features": "all"}, {"text": names[0], "embedding": names[-1]}):
            try:
                Files(FilesParams(path=str(path), **params)).load(Context())
            except InputError as error:
                said.append(str(error))
        try:
            clusterforge.init(path, tmp_path / f"{number}.toml")
        except InputError as error:
            said.append(str(error))
    assert said
    assert not [line for line in said if "\n" in line]
