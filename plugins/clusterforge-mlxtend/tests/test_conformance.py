from __future__ import annotations

from clusterforge.testing import conformance

test_conformance = conformance("dataset:mnist-5000")
