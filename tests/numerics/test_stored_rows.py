"""Rows in files are as rows in memory."""

from __future__ import annotations

import resource
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from clusterforge.datasets.columnar_files import read_parquet
from clusterforge.datasets.table_rows import Format
from clusterforge.errors import EnvironmentProblem
from clusterforge.evaluation.clusters import evaluate_clusters
from clusterforge.numerics import stored_rows
from clusterforge.numerics.moments import ClusterRows
from clusterforge.numerics.silhouette import silhouette_drawn
from clusterforge.numerics.stored_rows import (
    StoredRows,
    column_means,
    marked,
    opened,
    spilled,
    stored_array,
)

RNG = np.random.default_rng(0)
PLAIN = RNG.normal(size=(300, 8)).astype(np.float32)
LABELS = RNG.integers(0, 4, 300)


@pytest.fixture
def stored() -> StoredRows:
    return spilled([PLAIN[:100], PLAIN[100:]], PLAIN.shape, np.float32)


CHOICES = {
    "slice": slice(20, 90),
    "positions": np.array([5, 250, 3, 3, -1]),
    "mask": LABELS == 2,
    "none": np.zeros(0, np.int64),
    "list": [4, 2],
    "run": np.arange(7, 30),
    "last": [-1],
    "run from the end": np.arange(-9, -2),
    "run across the end": np.arange(-3, 4),
    "row": 11,
    "column": (slice(None), 3),
}


@pytest.mark.parametrize("choice", CHOICES.values(), ids=CHOICES)
@pytest.mark.parametrize("large", [1 << 27, 600])
def test_chosen_rows_are_those_of_the_matrix(stored, choice, large, monkeypatch):
    monkeypatch.setattr(stored_rows, "LARGE", large)
    found = stored[choice]
    assert np.array_equal(found, PLAIN[choice])
    if np.ndim(found) == 2:
        assert isinstance(found, StoredRows) == (found.nbytes > large)


@pytest.mark.parametrize("beyond", [[300], np.arange(298, 302), [-301], [5, 300]], ids=str)
@pytest.mark.parametrize("large", [1 << 27, 4])
def test_rows_that_are_not_there_are_an_index_error_as_in_memory(
    stored, beyond, large, monkeypatch
):
    monkeypatch.setattr(stored_rows, "LARGE", large)
    with pytest.raises(IndexError):
        stored[beyond]


def test_all_rows_are_no_copy_and_nothing_can_be_changed(stored):
    assert stored[np.ones(300, bool)] is stored
    assert stored[np.arange(300)] is stored
    assert type(stored.mean(axis=0)) is np.ndarray
    assert isinstance(stored.sum(), np.float32)
    with pytest.raises(ValueError, match="read-only"):
        stored[0, 0] = 1


def test_large_matrices_of_npy_files_are_opened_in_place(tmp_path, monkeypatch):
    np.save(tmp_path / "a.npy", PLAIN)
    np.save(tmp_path / "f.npy", np.asfortranarray(PLAIN))
    assert type(opened(tmp_path / "a.npy")) is np.ndarray
    monkeypatch.setattr(stored_rows, "LARGE", 100)
    found = opened(tmp_path / "a.npy")
    assert isinstance(found, StoredRows)
    assert np.array_equal(found, PLAIN)
    assert np.array_equal(stored_array(tmp_path / "f.npy"), PLAIN)
    whole = (tmp_path / "a.npy").read_bytes()
    (tmp_path / "a.npy").write_bytes(whole[:-1])
    with pytest.raises(ValueError, match="too short"):
        opened(tmp_path / "a.npy")


def test_what_is_computed_of_rows_in_a_file_is_what_rows_in_memory_give(stored):
    assert np.allclose(column_means(stored), column_means(PLAIN))
    marks = marked(stored, lambda block: block > 2)
    assert marks.counts.tolist() == (PLAIN > 2).sum(axis=0).tolist()
    assert marks.first == int(np.flatnonzero((PLAIN > 2).any(axis=1))[0])
    for own, other in zip(
        vars(ClusterRows(stored, LABELS).moments()).values(),
        vars(ClusterRows(PLAIN, LABELS).moments()).values(),
        strict=True,
    ):
        assert np.allclose(own, other)
    drawn = silhouette_drawn(stored, LABELS, 40, 0)
    assert np.allclose(drawn, silhouette_drawn(PLAIN, LABELS, 40, 0), equal_nan=True)
    each = np.zeros(300, np.float32)
    records = evaluate_clusters(stored, LABELS, each)
    for record, other in zip(records, evaluate_clusters(PLAIN, LABELS, each), strict=True):
        assert record.nearest == other.nearest
        assert record.compactness == pytest.approx(other.compactness)


@pytest.mark.parametrize("through", ["arrays", "parquet"])
def test_a_full_disk_for_copies_is_a_problem_of_that_disk_and_not_of_the_data(
    through: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = np.random.default_rng(0).normal(size=(60_000, 8)).astype(np.float32)
    pq.write_table(
        pa.table({f"c{i}": column for i, column in enumerate(rows.T)}), tmp_path / "rows.parquet"
    )
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
    write = {
        "arrays": lambda: spilled([rows], rows.shape, np.float32),
        "parquet": lambda: read_parquet(tmp_path / "rows.parquet", Format(mapped=True)),
    }
    try:
        with pytest.raises(EnvironmentProblem, match="set TMPDIR to a folder") as caught:
            write[through]()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert str(tmp_path) in str(caught.value)
