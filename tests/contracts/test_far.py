"""Numbers far off all others."""

import numpy as np
import pytest

from clusterforge.contracts import numbers
from clusterforge.contracts.far import check_far, check_large
from clusterforge.errors import InputError

ROWS = np.random.default_rng(0).normal(size=(40, 2))


@pytest.mark.parametrize("far", [1e12, -1e20, 1e300])
def test_a_number_that_makes_one_point_of_all_others_is_refused(far: float) -> None:
    values = ROWS.copy()
    values[7, 1] = far
    with pytest.raises(InputError, match=r"column 'b', row 8: .* one point"):
        check_far(values, numbers("ab"))


@pytest.mark.parametrize("values", [ROWS, ROWS * 1e30, np.zeros((0, 2)), np.full((3, 2), np.nan)])
def test_other_numbers_pass(values: np.ndarray) -> None:
    check_far(values, numbers("ab"))
    check_large(values, numbers("ab"))


def test_a_number_beyond_float32_is_refused() -> None:
    with pytest.raises(InputError, match="column 1, row 3: 1e"):
        check_large(np.array([[1.0, 2.0], [np.inf, np.nan], [3.0, 1e39]]), ())
