"""The table of results is what the kept records say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.bench import results


def finished(folder: Path, seed: int, accuracy: float) -> Path:
    run = folder / f"run-{seed}"
    run.mkdir(parents=True)
    score = {"clusterer": "kmeans", "split": "test", "noise": "excluded", "coverage": 1.0}
    files: dict[str, Any] = {
        "run.json": {
            "name": "toy-dec",
            "seed": seed,
            "seconds": 90.0,
            "peak_memory_mb": 1500.0 + seed,
            "labels_in_training": False,
            "data": {"splits": {"test": {}}, "source": {"path": "a/b", "folder": "/here/a/b"}},
            "compute": {"device": "cpu", "precision": "float32", "threads": 2},
        },
        "metrics.json": {
            "scores": [
                {**score, "metric": "accuracy", "value": accuracy},
                {**score, "metric": "accuracy", "value": 0.1, "noise": "cluster"},
                {**score, "metric": "silhouette", "value": None},
            ],
            "clusterers": {"kmeans": {}},
            "phases": [
                {"stage": "s", "phase": "pretrain", "silhouette": 0.25, "accuracy": accuracy}
            ],
        },
        "manifest.json": {},
    }
    for name, content in files.items():
        (run / name).write_text(json.dumps(content), "utf-8")
    (run / "recipe.toml").write_text('name = "toy-dec"\n', "utf-8")
    return run


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(results, "ROOT", tmp_path)
    monkeypatch.setattr(results, "KEPT", tmp_path / "results")
    monkeypatch.setattr(results, "PAGE", tmp_path / "results.md")
    (tmp_path / "results").mkdir()
    reported = '[toy-dec]\nfigure = "accuracy 0.8"\nsource = "A paper."\n'
    (tmp_path / "results" / "reported.toml").write_text(reported, "utf-8")
    return tmp_path


def test_the_page_has_mean_and_deviation_over_seeds(kept: Path) -> None:
    runs = [str(finished(kept, seed, value)) for seed, value in ((0, 0.8), (1, 0.9))]
    assert results.main(["keep", *runs]) == 0
    record = json.loads((kept / "results" / "toy-dec" / "seed-0" / "run.json").read_text("utf-8"))
    assert record["data"]["source"] == {"path": "a/b"}
    assert results.main([]) == 0
    page = (kept / "results.md").read_text("utf-8")
    row = next(line for line in page.splitlines() if line.startswith("| `toy_dec` | accuracy 0.8"))
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[2:] == [
        "kmeans",
        "test",
        "0.850 ± 0.071",
        "–",
        "–",
        "1.00 ± 0.00",
        "2",
        "1.5",
        "1.5",
    ]
    assert "| `toy_dec` | s | pretrain | 0.250 ± 0.000 | 0.850 ± 0.071 |" in page
    assert "cpu, float32, 2 threads" in page


def test_a_stale_page_is_told(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results.main(["keep", str(finished(kept, 0, 0.5))])
    assert results.main(["--check"]) == 1
    results.main([])
    assert results.main(["--check"]) == 0
    results.main(["keep", str(finished(kept, 1, 0.6))])
    assert results.main(["--check"]) == 1
    assert "stale" in capsys.readouterr().err


def test_an_unfinished_run_is_not_kept(kept: Path) -> None:
    run = finished(kept, 0, 0.5)
    (run / "manifest.json").unlink()
    with pytest.raises(SystemExit, match="no finished run"):
        results.keep(run)
