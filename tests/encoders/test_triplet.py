from __future__ import annotations

import numpy as np
import pytest

from clusterforge.contracts import Context
from clusterforge.numerics.neighbors import knn
from tests.training.kit import make, needs_labels, view


def test_neighbours_come_nearer_than_other_rows():
    seen = view(600)
    encoder = make("triplet", layers=[64], dim=8, epochs=10, batch=64)
    encoder.fit(seen, Context())
    losses = [line.values["loss"] for line in encoder.report().history]
    assert losses[-1] < 0.7 * losses[0]
    z, near = encoder.encode(seen, Context()), knn(seen.rows(), 5)[0]
    distance = np.linalg.norm(z[:, None] - z, axis=2)
    assert np.take_along_axis(distance, near, 1).mean() < 0.4 * distance.mean()
    (used,) = encoder.report().pairs
    assert (used.source, used.details["k"], used.labels) == ("neighbors", 15, False)


@pytest.mark.parametrize(
    ("params", "labels"),
    [
        ({}, False),
        ({"pairs": "labels"}, True),
        ({"phase": [{"loss": "triplet", "pairs": "labels"}]}, True),
        ({"phase": [{"loss": "cross-entropy"}]}, True),
        ({"phase": [{"loss": ["triplet", "clusterforge:cross-entropy"]}]}, True),
        ({"phase": [{"loss": "triplet", "pairs": "augment"}]}, False),
    ],
)
def test_it_says_whether_it_uses_labels(params, labels):
    assert needs_labels("triplet", **params) is labels
