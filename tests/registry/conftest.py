"""Plugin packages made on the spot: real dist-info folders on ``sys.path``."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Install = Callable[..., Path]

HEAD = """
from clusterforge.hookspecs import hookimpl
from clusterforge.params import Field, Params
from clusterforge.specs import ClustererSpec, MetricSpec

class EasyParams(Params):
    k: int = Field(3, ge=1, description="Clusters.")

def easy(name, target="nowhere:Easy"):
    return ClustererSpec(name, "An easy one.", EasyParams, target)
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Install a package: its name, the code of its hook module, and what entry_points.txt says."""
    before = set(sys.modules)
    monkeypatch.delenv("CLUSTERFORGE_PLUGINS", raising=False)
    # A first import in a process of its own is for the tests that are about it.
    monkeypatch.setenv("CLUSTERFORGE_IMPORT_LIMIT", "0")

    def make(
        name: str,
        code: str | bytes | None = "",
        *,
        entry_points: str | bytes | None = None,
        version: str = "1.0",
        head: str = HEAD,
        requires: str = "",
        editable: bool = False,
    ) -> Path:
        site = tmp_path / "site" / name
        module = name.replace("-", "_")
        info = site / f"{module}-{version}.dist-info"
        info.mkdir(parents=True)
        needs = f"Requires-Dist: {requires}\n" if requires else ""
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}"
        )
        if editable:
            stated = {"url": site.as_uri(), "dir_info": {"editable": True}}
            (info / "direct_url.json").write_text(json.dumps(stated))
        points = f"[clusterforge]\nplugin = {module}\n" if entry_points is None else entry_points
        points = points.encode() if isinstance(points, str) else points
        (info / "entry_points.txt").write_bytes(points)
        if code is not None:
            raw = code if isinstance(code, bytes) else (head + code).encode()
            (site / f"{module}.py").write_bytes(raw)
        monkeypatch.syspath_prepend(str(site))
        importlib.invalidate_caches()
        return site

    yield make
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]
