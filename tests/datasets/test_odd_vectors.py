"""Vectors of zeros, and drafts for vectors that are no numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import clusterforge
from clusterforge.builtin.datasets import FilesParams
from clusterforge.contracts import Context
from clusterforge.datasets.files import Files


@pytest.fixture
def vectors() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(60, 64)).astype(np.float32)


def test_rows_of_zeros_in_an_array_are_said(tmp_path: Path, vectors: np.ndarray) -> None:
    vectors[[7, 30]] = 0
    np.save(tmp_path / "v.npy", vectors)
    remarks = Files(FilesParams(path=str(tmp_path / "v.npy"))).load(Context()).remarks
    said = (
        "2 rows of train have a vector of zeros alone, the first is row 8: make these anew, or leave "
        "their rows out"
    )
    assert said in remarks
    np.save(tmp_path / "v.npy", vectors[:, :4])
    remarks = Files(FilesParams(path=str(tmp_path / "v.npy"))).load(Context()).remarks
    assert not any("zeros" in remark for remark in remarks)


def test_a_draft_leaves_out_rows_of_an_array_that_are_no_numbers(
    tmp_path: Path, vectors: np.ndarray
) -> None:
    vectors[3, 5] = np.nan
    np.save(tmp_path / "v.npy", vectors)
    assert 'missing = "drop"' in clusterforge.init(tmp_path / "v.npy").toml


def test_vectors_that_lie_on_their_side_are_said(tmp_path: Path, vectors: np.ndarray) -> None:
    def said(values: np.ndarray) -> str:
        np.save(tmp_path / "v.npy", values)
        return " ".join(Files(FilesParams(path=str(tmp_path / "v.npy"))).load(Context()).remarks)

    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    assert "if the array lies on its side, turn it" in said(unit.T)
    assert "side" not in said(unit)
    assert "side" not in said(np.linalg.svd(vectors, full_matrices=False)[0])
