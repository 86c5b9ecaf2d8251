import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusterforge.evaluation.curves import FEWEST, POINTS, correct, coverage_curve
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
