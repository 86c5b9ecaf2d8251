from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from clusterforge.builtin.pairs import LabelPairs, NeighborPairs, PseudoPairs
from clusterforge.errors import InputError
from clusterforge.pairs.sources import LabelsSource, NeighborsSource, PseudoLabelsSource
from tests.losses.batches import Whole
from tests.training.kit import digits


def by_label(labels: np.ndarray) -> LabelsSource[LabelPairs]:
    source = LabelsSource(LabelPairs())
    whole: Any = Whole(torch.zeros(len(labels), 1), torch.from_numpy(labels))
    source.setup(whole)
    return source


def by_distance(x: np.ndarray, **params: Any) -> NeighborsSource:
    source = NeighborsSource(NeighborPairs(**params))
    whole: Any = Whole(torch.from_numpy(x))
    source.setup(whole)
    return source


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@settings(deadline=None)
@given(st.lists(st.integers(-1, 3), min_size=2, max_size=40), st.integers(0, 99))
def test_label_pairs_keep_their_law(values, seed):
    labels = np.array(values, dtype=np.int64)
    if len(set(values) - {-1}) < 2:
        with pytest.raises(InputError, match="two labels"):
            by_label(labels)
        return
    source = by_label(labels)
    rows = source.anchors()
    assert rows is not None
    assert (labels[rows] >= 0).all()
    assert len(rows) == (labels >= 0).sum()
    positive, negative = source.positive(rows, rng(seed)), source.negative(rows, rng(seed))
    assert (labels[positive] == labels[rows]).all()
    alone = np.array([(labels == label).sum() == 1 for label in labels[rows]])
    assert ((positive == rows) == alone).all()
    assert (labels[negative] != labels[rows]).all()
    assert (labels[negative] >= 0).all()


def test_label_partners_are_drawn_evenly():
    labels = np.array([0, 1, 0, 0, 1, 1, 0, -1], dtype=np.int64)
    source, rows = by_label(labels), np.zeros(6000, dtype=np.int64)
    positive = np.bincount(source.positive(rows, rng()), minlength=8)
    negative = np.bincount(source.negative(rows, rng()), minlength=8)
    assert set(np.flatnonzero(positive)) == {2, 3, 6}
    assert set(np.flatnonzero(negative)) == {1, 4, 5}
    assert positive[[2, 3, 6]].min() > 1800
    assert negative[[1, 4, 5]].min() > 1800


def brute_neighbours(x: np.ndarray, k: int) -> list[list[int]]:
    distance = ((x[:, None] - x) ** 2).sum(2)
    np.fill_diagonal(distance, np.inf)
    return [list(np.argsort(row, kind="stable")[:k]) for row in distance]


@pytest.mark.parametrize("mutual", [True, False])
def test_neighbour_pairs_keep_their_law(mutual):
    x, _ = digits(60)
    source = by_distance(x, k=4, mutual=mutual)
    near = brute_neighbours(x, 4)
    rows = np.repeat(np.arange(60), 200)
    positive, negative = source.positive(rows, rng()), source.negative(rows, rng())
    lonely = 0
    for row in range(60):
        wanted = {j for j in near[row] if not mutual or row in near[j]}
        if not wanted:
            lonely, wanted = lonely + 1, {near[row][0]}
        assert set(positive[rows == row]) == wanted
        assert set(negative[rows == row]) <= set(range(60)) - set(near[row]) - {row}
    drawn = np.bincount(negative[rows == 0], minlength=60)
    assert (drawn > 0).sum() > 45  # of 55: 200 draws reach nearly all of them
    assert source.details() == {"k": 4, "without_mutual": lonely if mutual else 0}


def test_neighbours_of_few_rows():
    x = np.array([[0.0], [1.0], [5.0]], dtype=np.float32)
    source = by_distance(x, k=15)
    rows = np.arange(3)
    assert (source.positive(rows, rng()) != rows).all()
    assert (source.negative(rows, rng()) != rows).all()
    with pytest.raises(InputError, match="3 rows"):
        by_distance(x[:2])


def test_duplicate_rows_are_neighbours_of_each_other_not_of_themselves():
    x = np.zeros((10, 2), dtype=np.float32)
    source = by_distance(x, k=3)
    rows = np.repeat(np.arange(10), 50)
    assert (source.positive(rows, rng()) != rows).all()
    assert (source.negative(rows, rng()) != rows).all()


def test_pseudo_labels_follow_the_embedding_and_are_refreshed():
    x, _ = digits(120)
    whole: Any = Whole(torch.from_numpy(x))
    source = PseudoLabelsSource(PseudoPairs(n_clusters=4, refresh=2))
    source.refresh(0, whole)
    first = source.labels
    assert first is not None
    assert len(np.unique(first)) == 4
    rows = np.arange(120)
    assert (first[source.positive(rows, rng())] == first).all()
    assert (first[source.negative(rows, rng())] != first).all()
    whole.z = whole.z.flip(0)
    source.refresh(1, whole)
    assert source.labels is first
    source.refresh(2, whole)
    assert not np.array_equal(source.labels, first)
    again = PseudoLabelsSource(PseudoPairs(n_clusters=4, refresh=2))
    again.restore(source.state())
    assert np.array_equal(again.positive(rows, rng(3)), source.positive(rows, rng(3)))
    assert again.details() == {"n_clusters": 4}


def test_more_pseudo_clusters_than_rows_is_the_users_error():
    with pytest.raises(InputError) as caught:
        PseudoLabelsSource(PseudoPairs(n_clusters=50)).refresh(0, Whole(torch.eye(3)))
    assert caught.value.key == "pairs.n_clusters"
