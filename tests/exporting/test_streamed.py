"""New rows are encoded, labelled and written part by part, with the file of one part."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import clusterforge
from clusterforge.exporting import sinks
from clusterforge.exporting.streamed import StreamedColumns
from clusterforge.models import blocks
from clusterforge.pipeline.result import Run

RNG = np.random.default_rng(0)
SMALL = {"evaluation": {"refits": 0, "resamples": 0}, "report": {"projection": "none"}}


def part(start: int, rows: int) -> pa.Table:
    return pa.table({"n": np.arange(start, start + rows)})


@pytest.mark.parametrize("size", [1, 3, 7, 40])
def test_columns_are_taken_from_parts_of_any_size(size: int) -> None:
    columns = StreamedColumns(part(start, min(7, 40 - start)) for start in range(0, 40, 7))
    wanted = [None if n % 5 == 0 else n for n in range(40)]
    given: list[int | None] = []
    for start in range(0, 40, size):
        indices = pa.array(wanted[start : start + size], pa.int64())
        given += columns.take(indices)["n"].to_pylist()
    assert given == wanted


def test_no_more_than_a_part_stays_in_memory() -> None:
    columns = StreamedColumns(part(start, 1 << 14) for start in range(0, 1 << 20, 1 << 14))
    before = pa.total_allocated_bytes()
    tracemalloc.start()
    for start in range(0, 1 << 20, 1 << 13):
        columns.take(pa.array(np.arange(start, start + (1 << 13))))
    assert tracemalloc.get_traced_memory()[1] < 1 << 20  # of 8 MB
    tracemalloc.stop()
    assert pa.total_allocated_bytes() - before < 1 << 20


def write(path: Path, rows: int) -> None:
    values = RNG.normal(size=(rows, 3)).astype(np.float32)
    gaps = np.arange(rows) % 50 == 0
    numbers = {n: pa.array(v, mask=gaps) for n, v in zip("abc", values.T, strict=True)}
    columns = {**numbers, "note": [f"n{i}" for i in range(rows)]}
    pq.write_table(pa.table(columns), path, row_group_size=130)


@pytest.fixture(scope="module")
def dense(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("streamed")
    write(folder / "train.parquet", 600)
    recipe = {
        "dataset": {"use": "files", "path": str(folder / "train.parquet"), "missing": "drop"}
        | {"features": ["a", "b", "c"]},
        "encoder": [{"use": "scale"}],
        "clusterer": [{"use": "dbscan", "eps": 0.6, "min_samples": 5}],
        **SMALL,
    }
    return clusterforge.run(recipe, out=folder / "run", cache=False)


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
def test_parts_give_the_file_that_one_part_gives(
    dense: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    write(tmp_path / "new.parquet", 500)
    with pytest.warns(UserWarning, match="10 of 500 rows have no value"):
        whole = dense.predict_file(tmp_path / "new.parquet", tmp_path / f"whole{suffix}")
    monkeypatch.setattr(blocks, "BLOCK", 64)
    monkeypatch.setattr(sinks, "GROUP", 100)
    monkeypatch.setattr("clusterforge.datasets.source_tables.BLOCK", 50)
    with pytest.warns(UserWarning, match="10 of 500 rows have no value"):
        parts = dense.predict_file(tmp_path / "new.parquet", tmp_path / f"parts{suffix}")
    assert (parts.rows, parts.left_out, parts.noise) == (500, 10, whole.noise)
    assert 0 < whole.noise < 490
    if suffix == ".parquet":
        tables = [pq.read_table(tmp_path / f"{name}.parquet") for name in ("whole", "parts")]
        assert tables[0].equals(tables[1])
        noise = (tables[0]["cluster"].to_numpy() == -1).sum()
        assert noise == whole.noise
        assert pq.read_metadata(tmp_path / "parts.parquet").num_row_groups == 5
    else:
        assert (tmp_path / f"whole{suffix}").read_bytes() == (
            tmp_path / f"parts{suffix}"
        ).read_bytes()


def test_copies_that_are_left_out_have_the_clusters_of_their_originals(
    dense: Run, tmp_path: Path
) -> None:
    row = {"a": 0.1, "b": 0.2, "c": 0.3}
    other = {"a": 1.0, "b": -0.5, "c": 0.0}
    pq.write_table(pa.Table.from_pylist([row, other, row, other]), tmp_path / "new.parquet")
    dense.predict_file(tmp_path / "new.parquet", tmp_path / "out.parquet", deduplicate="exact")
    back = pq.read_table(tmp_path / "out.parquet").to_pydict()
    assert back["left_out"][:2] == [None, None]
    assert None not in back["left_out"][2:]
    assert (
        back["cluster"][:2]
        == back["cluster"][2:]
        == dense.predict([[*row.values()], [*other.values()]]).tolist()
    )
