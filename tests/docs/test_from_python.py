"""The page on Python runs, from its first line to its last."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "from-python.md"
BLOCK = re.compile(r"(?:File: `([^`]+)`\n\n)?```(python|toml)\n(.*?)```", re.S)


def test_the_page_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLUSTERFORGE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("CLUSTERFORGE_PLUGINS", "")
    names: dict[str, Any] = {}
    blocks = BLOCK.findall(PAGE.read_text("utf-8"))
    assert len(blocks) == 6
    for file, _, code in blocks:
        if file:
            Path(file).write_text(code)
        else:
            exec(code, names)

    shown = capsys.readouterr().out
    assert "kmeans " in shown
    assert names["run"].score("spread") > 0
    assert "'use': 'python:sklearn.cluster:KMeans'" in shown
    assert Path("saved/manifest.json").is_file()
