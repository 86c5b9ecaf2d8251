from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pipeline import toy


@pytest.fixture(autouse=True)
def clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("CLUSTERFORGE_CACHE", str(tmp_path / "cache"))
    toy.CALLS.clear()
    toy.LABELS_SEEN.clear()
    toy.FAIL.clear()
    yield
    toy.FAIL.clear()
