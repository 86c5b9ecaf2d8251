from __future__ import annotations

from llm_stub import started

from clusterforge.testing import conformance

STUB, _ = started()

test_conformance = conformance("namer:llm", params={"model": "stub", "base_url": STUB.url})
