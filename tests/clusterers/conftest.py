import numpy as np
import pytest

from clusterforge.contracts import Points


@pytest.fixture
def blobs():
    """Four groups of 60 rows in 5 dimensions, and the group of each row."""
    rng = np.random.default_rng(7)
    groups = rng.permutation(np.repeat(np.arange(4), 60))
    centres = 8 * np.eye(4, 5)
    return Points((centres[groups] + rng.normal(size=(240, 5))).astype(np.float32)), groups
