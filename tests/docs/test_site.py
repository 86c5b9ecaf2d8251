"""The pages as a site: every link leads somewhere, also those out of docs/."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    pytest.importorskip("mkdocs", reason="pip install clusterforge[docs]")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "-d", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    first = (tmp_path / "index.html").read_text("utf-8")
    assert 'href="tutorial/#the-tab-key"' in first
    assert 'href="recipes/quickstart.toml"' in first
    assert (tmp_path / "recipes" / "quickstart.toml").is_file()
    assert 'href="../../clusterforge/specs.py"' in (tmp_path / "kinds/metric/index.html").read_text(
        "utf-8"
    )
    assert not list(tmp_path.rglob("generate.py"))
