import subprocess
import sys

import numpy as np
import pytest

from clusterforge.numerics.microclusters import exact_agreement, microclusters

SCRIPT = """
import numpy as np, torch
torch.set_num_threads({threads})
from clusterforge.numerics.microclusters import microclusters
rows = np.random.default_rng(0).normal(size=(20000, 16)).astype(np.float32)
found = microclusters(rows, 500)
print(found.member.sum(), found.means.sum().hex())
"""


@pytest.mark.parametrize("shift", [0.0, 1000.0])
def test_rows_belong_to_the_mean_they_are_near(shift):
    rows = (np.random.default_rng(0).normal(size=(4000, 3)) + shift).astype(np.float32)
    found = microclusters(rows, 200)
    assert found.sizes.sum() == 4000
    assert (found.sizes >= 1).all()
    assert (np.bincount(found.member) == found.sizes).all()
    for one in (0, 17, len(found.sizes) - 1):
        np.testing.assert_allclose(
            found.means[one], rows[found.member == one].mean(axis=0), rtol=1e-5, atol=1e-5
        )
    spread = rows - found.means[found.member]
    assert (spread**2).sum() < 0.06 * ((rows - rows.mean(axis=0)) ** 2).sum()


def test_equal_rows_leave_micro_clusters_out():
    rows = np.repeat(np.eye(4, dtype=np.float32), 50, axis=0)
    found = microclusters(rows, 40)
    assert len(found.sizes) == 4
    assert found.sizes.tolist() == [50] * 4


def test_the_number_of_threads_does_not_matter():
    one, two = (
        subprocess.run(
            [sys.executable, "-c", SCRIPT.format(threads=threads)],
            capture_output=True,
            text=True,
            check=True,
            env={"OMP_NUM_THREADS": str(threads)},
        ).stdout
        for threads in (1, 2)
    )
    assert one == two != ""


def test_agreement_is_of_drawn_rows():
    labels = np.arange(20_000) % 3
    rows = labels[:, None].astype(np.float32)
    agreeing = exact_agreement(rows, labels, 3, lambda some: some[:, 0].astype(np.int64))
    assert agreeing == {"exact_agreement": 1.0, "exact_rows": 5_000}
    half = exact_agreement(rows, labels, 150, lambda some: np.minimum(some[:, 0], 1).astype(int))
    assert half["exact_rows"] == 7_500
    assert 0.3 < half["exact_agreement"] < 0.7
