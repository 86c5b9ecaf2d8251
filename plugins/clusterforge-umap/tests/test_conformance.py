"""Everything that the core relies on."""

from clusterforge.testing import conformance

test_conformance = conformance("encoder:umap", params={"epochs": 50})
