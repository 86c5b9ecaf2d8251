import importlib

import numpy as np
import pytest

from clusterforge.builtin.metrics import SPECS
from clusterforge.contracts import Clustering, Metric, Score


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_values_keep_to_the_range_that_the_spec_states(spec):
    module, _, name = spec.target.partition(":")
    metric = getattr(importlib.import_module(module), name)(spec.params())
    assert isinstance(metric, Metric)
    rng = np.random.default_rng(0)
    for n in (3, 10, 40):
        labels, truth = rng.integers(0, 3, (2, n))
        labels[:3] = [0, 1, 1]
        case = Clustering(rng.normal(size=(n, 2)).astype(np.float32), labels, truth)
        found = metric.score(case)
        scores = found.values() if isinstance(found, dict) else [found]
        for score in scores:
            value = score.value if isinstance(score, Score) else score
            assert type(value) is float
            assert spec.low is None or value >= spec.low
            assert spec.high is None or value <= spec.high
