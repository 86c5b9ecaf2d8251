"""Everything that the core relies on."""

from clusterforge.testing import conformance

test_conformance = conformance("encoder:static-embedding")
