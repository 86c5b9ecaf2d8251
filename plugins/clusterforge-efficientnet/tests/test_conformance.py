"""Everything that the core relies on."""

from clusterforge.testing import conformance

test_conformance = conformance("encoder:efficientnet-lite0", params={"side": 32, "batch": 8})
