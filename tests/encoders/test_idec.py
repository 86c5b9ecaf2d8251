from __future__ import annotations

import pytest

from clusterforge.contracts import Context
from tests.training.kit import make, view


def test_clusters_and_keeps_the_reconstruction():
    encoder = make(
        "idec", layers=[32], dim=8, n_clusters=4, pretrain_epochs=5, epochs=3, tolerance=0
    )
    encoder.fit(view(), Context())
    pretrain, phase = encoder.params.phases
    assert phase.optimizer.use == "adam"
    assert [(loss.use, loss.weight) for loss in phase.loss] == [
        ("dec", 0.1),
        ("reconstruction", 1.0),
    ]
    before, last = encoder.report().history[4].values, encoder.report().history[-1].values
    assert last["loss"] == pytest.approx(0.1 * last["dec"] + last["reconstruction"], rel=1e-5)
    assert last["reconstruction"] < before["reconstruction"]
    assert pretrain.epochs == 5
