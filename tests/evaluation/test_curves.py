import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusterforge.evaluation.curves import FEWEST, POINTS, by_length, correct, coverage_curve
from clusterforge.numerics.contingency import accuracy, contingency

rows = st.lists(
    st.tuples(st.integers(-1, 3), st.integers(-1, 3), st.integers(0, 5)), min_size=1, max_size=60
)


@settings(max_examples=200, deadline=None)
@given(rows, st.randoms(use_true_random=False))
def test_the_curve_is_the_accuracy_of_the_surest_rows(values, random):
    truth, labels, sure = np.array(values).T
    sure = sure.astype(np.float32)
    right = correct(truth, labels)
    both = (truth >= 0) & (labels >= 0)
    assert (np.isnan(right) == ~both).all()
    if both.any():
        assert np.nanmean(right) == pytest.approx(
            float(accuracy(contingency(truth[both], labels[both]).counts))
        )
    points = coverage_curve(right, sure, int((truth >= 0).sum()))
    cuts = sorted(set(sure[both]), reverse=True)
    cuts = [cut for cut in cuts if (both & (sure >= cut)).sum() >= min(FEWEST, both.sum())]
    for cut, point in zip(cuts, points, strict=True):
        there = both & (sure >= cut)
        assert point.coverage == pytest.approx(there.sum() / (truth >= 0).sum())
        assert point.accuracy == pytest.approx(right[there].mean())
    order = np.array(random.sample(range(len(values)), len(values)))
    assert coverage_curve(right[order], sure[order], int((truth >= 0).sum())) == points


def test_the_curve_has_few_points_and_ends_with_all_rows():
    rng = np.random.default_rng(0)
    right, sure = rng.integers(0, 2, 9000).astype(np.float32), rng.random(9000, np.float32)
    points = coverage_curve(right, sure, 10_000)
    assert len(points) == POINTS
    assert (points[-1].coverage, points[-1].accuracy) == (0.9, pytest.approx(right.mean()))
    assert coverage_curve(np.full(3, np.nan, np.float32), sure[:3], 3) == ()


def test_groups_by_length():
    lengths = np.repeat([10, 20, 30, 40, 50], 4)
    right = np.repeat([1, 1, 0, 0, np.nan], 4).astype(np.float32)
    values = np.linspace(0, 1, 20, dtype=np.float32)
    found = by_length(lengths, right, values)
    assert [(g.low, g.high, g.rows) for g in found] == [(i, i, 4) for i in (10, 20, 30, 40, 50)]
    assert [g.accuracy for g in found] == [1, 1, 0, 0, None]
    assert found[0].silhouette == pytest.approx(values[:4].mean())


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=50))
def test_every_row_is_in_one_group(lengths):
    values = np.zeros(len(lengths), np.float32)
    groups = by_length(np.array(lengths), values, values)
    assert sum(group.rows for group in groups) == len(lengths)
    assert len(groups) <= 5
    ends = [end for group in groups for end in (group.low, group.high)]
    assert ends == sorted(ends)
