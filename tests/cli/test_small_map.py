from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from clusterforge.cli import small_map, terminal
from clusterforge.report.folder import Assignments, Map, RunFolder
from tests.cli.conftest import Cli


def drawn(points: list[tuple[float, float]], labels: list[int], columns: int, lines: int) -> Any:
    return small_map.braille(np.float32(points), np.array(labels), columns, lines)


def test_points_become_dots() -> None:
    corners = [(0.0, 0.0), (3.0, 0.0), (0.0, 3.0), (3.0, 3.0)]
    dots, owners = drawn(corners, [0, 1, 2, 2], 2, 1)
    assert dots == ["⡁⢈"]
    assert owners.tolist() == [[0, 1]]  # of equals the smallest
    dots, owners = drawn([*corners, (0.0, 3.1)], [0, 1, 2, 2, 2], 2, 1)
    assert owners.tolist() == [[2, 1]]


def test_one_scale_for_both_axes_and_noise_owns_nothing() -> None:
    dots, owners = drawn([(0.0, 0.0), (100.0, 0.0)], [-1, 4], 4, 2)
    assert len(dots) == 2
    assert "".join(dots).count("\u2800") == 6
    assert owners.max() == 4
    assert (owners >= 0).sum() == 1
    assert drawn([(5.0, 5.0)] * 3, [0] * 3, 3, 2)[1].max() == 0


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    n = 60
    labels = np.repeat([0, 1, -1], [40, 15, 5])
    xy = np.stack([labels * 10.0 + np.arange(n) % 7, np.arange(n) % 5], axis=1)
    words = [{"cluster": 0, "words": [{"word": w} for w in ("oil", "\x1b[2Jprices", "[red]")]}]
    run = RunFolder(
        run={},
        explanations={"clusterers": {"kmeans": {"clusters": words}}},
        assignments=Assignments(
            ["train"], np.zeros(n, np.int64), [], np.full(n, -1), {"kmeans": labels}
        ),
        map=Map(xy.astype(np.float32), np.arange(n), ["train"] * n, [""] * n, [None] * n, "tsne"),
    )
    monkeypatch.setattr("clusterforge.report.folder.read", lambda folder: run)
    return run


@pytest.mark.parametrize("width", [40, 80, 160])
def test_the_map_and_its_legend(
    width: int,
    folder: RunFolder,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr(small_map, "wanted", lambda: True)

    small_map.show(Path())

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == ""
    assert len(lines) == small_map.LINES + 2
    assert max(map(len, lines)) <= width
    assert "● 1  15" in lines[3]
    assert "● noise  5" in lines[4]
    assert lines[-1] == "map of 60 rows by tsne"
    assert "\x1b[2J" not in "".join(lines)
    if width >= 80:
        assert lines[1].endswith("  kmeans, rows by cluster")
        assert lines[2].endswith("● 0  40  oil, prices, [red]")


@pytest.mark.parametrize(
    ("terminal_there", "encoding", "variables", "expected"),
    [
        (True, "utf-8", {}, True),
        (False, "utf-8", {}, False),
        (True, "latin-1", {}, False),
        (True, "utf-8", {"NO_COLOR": "1"}, False),
        (True, "utf-8", {"TERM": "dumb"}, False),
    ],
)
def test_where_a_map_is_wanted(
    terminal_there: bool,
    encoding: str,
    variables: dict[str, str],
    expected: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Stream:
        pass

    stream = Stream()
    stream.encoding = encoding  # type: ignore[attr-defined]
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(terminal, "is_terminal", lambda: terminal_there)
    monkeypatch.setattr(sys, "stdout", stream)
    found = small_map.wanted()
    monkeypatch.undo()
    assert found is expected


def test_a_run_shows_it_but_not_when_quiet(
    cli: Cli, blobs: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(small_map, "wanted", lambda: True)
    with_map = (blobs, "--set", "report.projection=pca")
    loud = cli("run", *with_map, "--out", "loud")
    assert sum("\u2800" in line for line in loud.out.splitlines()) == small_map.LINES
    assert "map of" in loud.out
    assert "map of" not in cli("run", *with_map, "--out", "soft", "--quiet").out
    assert "map of" not in cli("run", *with_map, "--out", "data", "--json").out
    assert "map of" in cli("report", "loud").out
    Path("loud/projection.parquet").unlink()
    small_map.show(Path("loud"))
    Path("loud/metrics.json").write_text("{")
    small_map.show(Path("loud"))
