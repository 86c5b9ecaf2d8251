from __future__ import annotations

from clusterforge.testing import conformance

test_conformance = conformance("clusterer:leiden")
