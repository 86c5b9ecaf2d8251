"""The best trials as full runs, their comparison, and the page written again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import clusterforge
from clusterforge.cli.main import main
from clusterforge.errors import InputError
from clusterforge.runs import RunFolder
from clusterforge.runs.manifest import read_manifest
from clusterforge.search.folder import COMPARISON, PAGE, SweepFolder, top, write_table
from clusterforge.search.records import AxisRecord
from tests.search.records import made


@pytest.fixture
def swept(recipe: Mapping[str, Any], tmp_path: Path) -> SweepFolder:
    quick = {
        "evaluation": {"null_draws": 0, "refits": 2, "resamples": 0},
        "report": {"projection": "none"},
    }
    return clusterforge.sweep({**recipe, **quick}, out=tmp_path / "s", workers=1)


def test_the_best_are_run_from_what_trials_have_computed(swept: SweepFolder) -> None:
    before = (swept.path / PAGE).read_text("utf-8")
    assert "--compare 3" in before
    comparison = swept.compare(2)
    best, second = (run.name for run in comparison.runs)
    first = swept.sweep.best
    assert best == f"trial-{first}"
    run = RunFolder.open(swept.path / top(first))
    computed = [stage.stage for stage in run.run.stages if not stage.reused]
    assert not [name for name in computed if name.startswith(("encoder", "clusterer", "scores"))]
    scores = {(s.metric, s.split): s.value for s in run.metrics.headline().values()}
    assert scores["silhouette", "train"] == swept.best.objectives["silhouette"].value
    page = (swept.path / PAGE).read_text("utf-8")
    assert f'href="{COMPARISON}"' in page
    assert f'href="{top(first)}/report.html"' in page
    assert second != best
    assert not read_manifest(swept.path).damage(swept.path)

    # Once more with one run more: those that are there stay.
    made = (swept.path / top(first) / "run.json").stat().st_mtime_ns
    assert len(swept.compare(3).runs) == 3
    assert (swept.path / top(first) / "run.json").stat().st_mtime_ns == made


def test_report_writes_the_page_of_a_sweep_again(
    swept: SweepFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    path, page = swept.path, swept.path / PAGE
    before = page.read_bytes()
    page.write_text("gone")
    assert main(["report", str(path)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == str(page)
    assert page.read_bytes() == before
    assert not read_manifest(path).damage(path)
    assert main(["report", str(path), "--figures"]) == 2
    (path / "trials.parquet").write_bytes(b"damage")
    with pytest.raises(InputError, match=r"trials\.parquet is missing or has changed"):
        swept.verify()


def test_a_single_trial_can_not_be_compared(recipe: Mapping[str, Any], tmp_path: Path) -> None:
    done = clusterforge.sweep(recipe, out=tmp_path / "s", workers=1, trials=1)
    with pytest.raises(InputError, match="fewer than two trials"):
        done.compare()
    assert not (tmp_path / "s" / "top").exists()


def test_values_of_several_kinds_have_one_column(tmp_path: Path) -> None:
    either = AxisRecord(key="encoder.0.center", values=(True, 2, 0.5))
    sweep, trials = made(9, [either])
    write_table(tmp_path / "t.parquet", trials, sweep)
    column = pq.read_table(tmp_path / "t.parquet").column(either.key).to_pylist()
    assert set(column) == {"true", "2", "0.5"}
