"""The table of results agrees with the kept records."""

from __future__ import annotations

from pathlib import Path

import pytest

import clusterforge
from clusterforge.runs.records import PhaseRecord, ScoreRecord
from clusterforge.runs.records.run import Compute, SplitRecord
from tests.bench import results


def score(metric: str, value: float | None) -> ScoreRecord:
    return ScoreRecord(
        clusterer="kmeans",
        split="test",
        metric=metric,
        noise="excluded",
        value=value,
        rows=9,
        coverage=1.0,
    )


def keep_toy(folder: Path, seed: int, accuracy: float) -> None:
    """Write what is kept of one run of the recipe ``toy-dec``."""
    target = folder / "results" / "toy-dec" / f"seed-{seed}"
    target.mkdir(parents=True)
    phase: dict[str, float | None] = {"silhouette": 0.25, "accuracy": accuracy}
    results.Kept(
        clusterforge="0.1.0",
        name="toy-dec",
        seed=seed,
        finished="2026-01-01T00:00:00+00:00",
        seconds=90.0,
        peak_memory_mb=1500.0 + seed,
        compute=Compute(device="cpu", precision="float32", threads=2, processes=1),
        versions={},
        labels_in_training=False,
        splits={"test": SplitRecord(rows=9, labelled=9, fingerprint="", shape=None)},
        clusterers=("kmeans",),
        scores=(score("accuracy", accuracy), score("silhouette", None)),
        phases=(PhaseRecord(stage="s", phase="pretrain", rows=9, clusters=3, scores=phase),),
    ).write(target / results.RECORD)


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
    for seed, accuracy in ((0, 0.8), (1, 0.9)):
        keep_toy(kept, seed, accuracy)
    assert results.main([]) == 0
    page = (kept / "results.md").read_text("utf-8")
    row = next(line for line in page.splitlines() if line.startswith("| `toy_dec` | accuracy 0.8"))
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    spread = ["0.850 ± 0.071", "–", "–", "1.00 ± 0.00"]
    assert cells[2:] == ["kmeans", "test", *spread, "2", "1.5", "1.5"]
    assert "| `toy_dec` | s | pretrain | 0.250 ± 0.000 | 0.850 ± 0.071 |" in page
    assert "cpu, float32, 2 threads" in page


def test_a_stale_page_is_an_error(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep_toy(kept, 0, 0.5)
    assert results.main(["--check"]) == 1
    results.main([])
    assert results.main(["--check"]) == 0
    keep_toy(kept, 1, 0.6)
    assert results.main(["--check"]) == 1
    assert "stale" in capsys.readouterr().err


def test_a_finished_run_is_kept_and_an_unfinished_one_is_not(kept: Path) -> None:
    run = clusterforge.run(
        {
            "name": "toy-dec",
            "dataset": {"use": "blobs", "rows": 60, "centers": 3},
            "encoder": [{"use": "scale"}],
            "clusterer": [{"use": "kmeans", "n_clusters": 3}],
        },
        out=kept / "run",
    )
    assert results.main(["keep", str(kept / "run")]) == 0
    folder = kept / "results" / "toy-dec" / "seed-0"
    record = results.Kept.read(folder / results.RECORD)
    assert record.value("kmeans", "train", "nmi") == run.score("nmi", split="train")
    assert {path.name for path in folder.iterdir()} == {"recipe.toml", "record.json"}

    (kept / "run" / "manifest.json").unlink()
    with pytest.raises(SystemExit, match="interrupted"):
        results.keep(kept / "run")


def test_an_aim_is_reached_by_five_seeds_alone(kept: Path) -> None:
    aim = (
        '[[aim]]\nwhat = "Toys"\nrecipe = "toy-dec"\nclusterer = "kmeans"\ntried = ["Luck: 0.1."]\n'
    )
    aims = f'{aim}at_least = 0.84\n{aim}times = 1.1\nplain = "toy-dec"\n'
    (kept / "results" / "aims.toml").write_text(aims, "utf-8")
    for seed in range(5):
        keep_toy(kept, seed, 0.8 + seed / 50)
        results.main([])
        page = (kept / "results.md").read_text("utf-8")
        (least,) = [
            line
            for line in page.splitlines()
            if line.startswith("| Toys |") and "| 0.840 |" in line
        ]
        assert least.endswith(f"| {seed + 1} of five seeds |" if seed < 4 else "| yes |")
    assert "| Toys | `toy_dec`, kmeans | 0.924 | 0.840 ± 0.032 | no |" in page
    assert "- **Toys.** Luck: 0.1." in page
