from __future__ import annotations

import numpy as np

from clusterforge.contracts import Context
from clusterforge.phases import LossUse
from tests.training.kit import digits, make, view


def test_labels_bring_classes_together():
    seen = view(600, labels=True)
    encoder = make("siamese", layers=[64], dim=8, epochs=15, batch=64, pairs="labels", lr=3e-3)
    encoder.fit(seen, Context())
    z, (_, y) = encoder.encode(seen, Context()), digits(600)
    distance = np.linalg.norm(z[:, None] - z, axis=2)
    same = y[:, None] == y
    assert distance[same].mean() < 0.5 * distance[~same].mean()
    assert encoder.report().pairs[0].labels


def test_pretraining_is_reconstruction_and_brings_a_decoder():
    encoder = make("siamese", layers=[16], dim=4, pretrain_epochs=1, epochs=1, margin=0.7)
    encoder.fit(view(), Context())
    assert [line.phase for line in encoder.report().history] == ["pretrain", "contrastive"]
    assert encoder.params.phases[1].loss == (
        LossUse.model_validate({"use": "contrastive", "margin": 0.7}),
    )
    assert any(name.startswith("network.decoder") for name in encoder.state().arrays)
    plain = make("siamese", layers=[16], dim=4, epochs=0)
    plain.fit(view(), Context())
    assert not any(name.startswith("network.decoder") for name in plain.state().arrays)
    assert not plain.report().pairs[0].labels
