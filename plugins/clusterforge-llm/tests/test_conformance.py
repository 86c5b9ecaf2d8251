from __future__ import annotations

from llm_stub import serving

from clusterforge.testing import conformance

_server = serving()
test_conformance = conformance(
    "namer:llm", params={"model": "stub", "base_url": _server.__enter__().url}
)
