"""Rows that stay in files give the run that rows in memory give."""

from __future__ import annotations

from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from clusterforge import load, run
from clusterforge.contracts import StoredRows, Table
from clusterforge.models import blocks
from clusterforge.numerics import arrays, kmeans_blocks, stored_rows
from clusterforge.pipeline import encode

RNG = np.random.default_rng(0)
GROUPS = RNG.integers(0, 3, 400)
ROWS = (4 * RNG.normal(size=(3, 4))[GROUPS] + RNG.normal(size=(400, 4))).astype(np.float32)

SINGLE = pa.float32()


def write(path, rows, kind=SINGLE):
    columns = [pa.array(column, kind) for column in rows.T]
    pq.write_table(pa.table(dict(zip("abcd", columns, strict=True))), path, row_group_size=50)


@pytest.fixture
def small(monkeypatch):
    """Everything is large, and blocks have 64 rows."""

    def shrink():
        monkeypatch.setattr(stored_rows, "LARGE", 500)
        monkeypatch.setattr(blocks, "BLOCK", 64)
        monkeypatch.setattr(kmeans_blocks, "blocks", partial(arrays.blocks, values=64 * 4))

    return shrink


def recipe(path, *encoders, **dataset):
    return {
        "name": "rows",
        "dataset": {"use": "files", "path": str(path), "features": "all", **dataset},
        "encoder": [*encoders],
        "clusterer": [{"use": "kmeans", "n_clusters": 3, "restarts": 2, "method": "blocks"}],
        "evaluation": {"null_draws": 0, "refits": 2, "resamples": 20},
        "report": {"projection": "pca"},
    }


@pytest.mark.parametrize("encoder", ["scale", "flatten", "pca"])
def test_a_run_over_parquet_is_the_same_from_files_and_from_memory(
    tmp_path, encoder, small, monkeypatch
):
    folder = tmp_path / "rows"
    folder.mkdir()
    for name, rows in (("train-0", ROWS[:200]), ("train-1", ROWS[200:340]), ("test", ROWS[340:])):
        write(folder / f"{name}.parquet", rows)
    write(tmp_path / "new.parquet", ROWS[::-1])
    asked = recipe(folder, {"use": encoder, **({"components": 2} if encoder == "pca" else {})})
    memory = run(asked, out=tmp_path / "memory", cache=False)
    labels = memory.predict(memory.read(tmp_path / "new.parquet").items)
    small()
    fitted = []
    monkeypatch.setattr(
        encode.guard, "unchanged", lambda entry, *arrays: fitted.extend(arrays) or _nothing()
    )
    files = run(asked, out=tmp_path / "files", cache=False)
    assert any(isinstance(array, StoredRows) for array in fitted)
    own, other = files.files.assignments, memory.files.assignments
    assert np.array_equal(own.clusters["kmeans"], other.clusters["kmeans"])
    assert own.ids.tolist() == other.ids.tolist()
    for one, two in zip(files.files.metrics.scores, memory.files.metrics.scores, strict=True):
        assert (one.metric, one.split, one.exact) == (two.metric, two.split, two.exact)
        assert one.value == pytest.approx(two.value, abs=1e-5)
    explained, expected = (
        of.files.explanations.clusterings["kmeans"].clusters for of in (files, memory)
    )
    for one, two in zip(explained, expected, strict=True):
        assert [member.row for member in one.typical] == [member.row for member in two.typical]
        assert one.rows == two.rows
    assert (tmp_path / "files" / "report.html").is_file()
    again = load(tmp_path / "files")
    new = again.read(tmp_path / "new.parquet")
    assert isinstance(new.items, Table)
    assert isinstance(new.items.values, StoredRows)
    assert np.array_equal(again.predict(new.items), labels)


def _nothing():
    from contextlib import nullcontext

    return nullcontext()


@pytest.mark.parametrize("kind", [SINGLE, pa.float64()])
def test_gaps_and_infinite_values_are_read_alike(tmp_path, small, kind):
    rows = ROWS.astype(np.float64)
    rows[[3, 170], [1, 2]] = np.nan, np.inf
    write(tmp_path / "rows.parquet", rows, kind)
    asked = recipe(tmp_path / "rows.parquet", {"use": "scale"}, missing="drop")
    memory = run(asked, out=tmp_path / "memory", cache=False)
    small()
    files = run(asked, out=tmp_path / "files", cache=False)
    assert files.info.data.splits == memory.info.data.splits
    assert files.info.data.remarks == memory.info.data.remarks
    assert files.info.data.left_out == memory.info.data.left_out


def test_an_npy_file_is_clustered_where_it_lies(tmp_path, small):
    np.save(tmp_path / "rows.npy", ROWS)
    asked = recipe(tmp_path / "rows.npy", {"use": "flatten"})
    memory = run(asked, out=tmp_path / "memory", cache=False)
    small()
    files = run(asked, out=tmp_path / "files", cache=False)
    own, other = files.files.assignments, memory.files.assignments
    assert np.array_equal(own.clusters["kmeans"], other.clusters["kmeans"])
