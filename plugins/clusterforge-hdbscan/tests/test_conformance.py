from __future__ import annotations

from clusterforge.testing import conformance

test_conformance = conformance("clusterer:hdbscan", params={"min_cluster_size": 5})
