"""Run folders of each kind of content, written once; tests that change one copy it."""

from __future__ import annotations

from pathlib import Path

import pytest

from clusterforge.report import write_report
from tests.report.runs import HOSTILE_LABELS, Rows, digits, topics, wine, write_run


def _write(folder: Path, rows: Rows, clusters: int, name: str) -> Path:
    write_report(write_run(folder / name, rows, clusters, name=name))
    return folder / name


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten clusters of handwritten digits, with labels."""
    return _write(tmp_path_factory.mktemp("report"), digits(), 10, "digits")


@pytest.fixture(scope="session")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three clusters of texts, some of which are hostile, as are labels and name."""
    rows = topics(3, 200, HOSTILE_LABELS, hostile=True)
    return write_hostile(tmp_path_factory.mktemp("report") / "texts", rows)


def write_hostile(folder: Path, rows: Rows) -> Path:
    write_run(folder, rows, 3, name="</script><script>alert(1)</script>")
    write_report(folder)
    return folder


@pytest.fixture(scope="session")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three clusters of a table, with labels."""
    return _write(tmp_path_factory.mktemp("report"), wine(), 3, "wine")


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four clusters of texts without labels."""
    return _write(tmp_path_factory.mktemp("report"), topics(4, 160), 4, "plain")


@pytest.fixture(scope="session")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two hundred clusters of texts, with 150 labels."""
    rows = topics(200, 1200, [f"class number {i}" for i in range(150)])
    return _write(tmp_path_factory.mktemp("report"), rows, 200, "many")
