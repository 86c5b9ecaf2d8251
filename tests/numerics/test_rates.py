from __future__ import annotations

import numpy as np
import pytest

from clusterforge.numerics.rates import clearly_more


@pytest.mark.parametrize(("of", "share"), [(100, 0.01), (1_000, 0.01), (1_000, 0.2)])
def test_chance_is_rarely_called_more(of: int, share: float) -> None:
    drawn = np.random.default_rng(0).binomial(of, share, 2_000)
    assert np.mean([clearly_more(int(rows), of, share) for rows in drawn]) < 0.005
    assert clearly_more(int(of * share * 3) + 5, of, share)


def test_a_few_rows_are_not_enough() -> None:
    assert not clearly_more(4, 10, 0.0)
    assert clearly_more(5, 10, 0.0)
