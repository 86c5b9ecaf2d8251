from __future__ import annotations

import numpy as np
import pytest

from clusterforge.contracts import Context, Table, View
from clusterforge.errors import InputError
from tests.training.kit import digits, make, needs_labels, view


def test_learns_the_classes_and_leaves_unlabelled_rows_out():
    x, y = digits(800)
    known = y.copy()
    known[::3] = -1
    seen = View(Table(x), labels=known, n_classes=10)
    encoder = make("classifier", layers=[64], dim=16, epochs=15, batch=64)
    encoder.fit(seen, Context())
    soft = encoder.assign(encoder.encode(seen, Context()))
    assert soft is not None
    assert soft.shape == (800, 10)
    assert (soft.argmax(1) == y)[::3].mean() > 0.85


def test_without_further_layers_it_is_not_linear():
    x = np.random.default_rng(0).uniform(-1, 1, (600, 2)).astype(np.float32)
    y = ((x[:, 0] > 0) ^ (x[:, 1] > 0)).astype(np.int64)
    seen = View(Table(x), labels=y, n_classes=2)
    encoder = make("classifier", layers=[], dim=32, epochs=60, batch=64, lr=1e-2, dropout=0.0)
    encoder.fit(seen, Context())
    soft = encoder.assign(encoder.encode(seen, Context()))
    assert soft is not None
    assert (soft.argmax(1) == y).mean() > 0.9


def test_it_uses_labels_unless_its_phases_do_not():
    assert needs_labels("classifier")
    assert not needs_labels("classifier", phase=[{"loss": "reconstruction"}])
    with pytest.raises(InputError, match="labels"):
        make("classifier", epochs=1).fit(view(60), Context())


def test_no_label_leaks_into_an_encoder_that_does_not_ask():
    x, y = digits(100)
    a, b = (make("autoencoder", layers=[8], dim=2, epochs=1) for _ in range(2))
    a.fit(View(Table(x), labels=y, n_classes=10), Context())
    b.fit(View(Table(x)), Context())
    assert np.array_equal(a.encode(View(Table(x)), Context()), b.encode(View(Table(x)), Context()))
