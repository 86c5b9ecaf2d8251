"""What is no file or folder of a run's own is never read, written or removed through."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

import clusterforge
from clusterforge.cli.main import main
from clusterforge.errors import InputError
from clusterforge.search.folder import Journal
from clusterforge.storage.cache import Cache
from clusterforge.storage.stages import seal
from clusterforge.taxonomy.folder import TaxonomyFolder

RECIPE = {
    "name": "attacked",
    "dataset": {"use": "blobs", "rows": 30},
    "encoder": [{"use": "scale"}],
    "clusterer": [{"use": "kmeans", "n_clusters": 3}],
    "evaluation": {"null_draws": 0, "refits": 0, "resamples": 0},
    "report": {"projection": "none"},
}


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "run"
    return clusterforge.run(RECIPE, out=folder, cache=False).folder


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """What must stay as it is, with names of files that a run has."""
    folder = tmp_path / "outside"
    (folder / "checkpoint" / "0").mkdir(parents=True)
    for name in ("precious", "stage.json", "info.json", "report.html", "old.png", "checkpoint/0/x"):
        (folder / name).write_text("precious")
    return folder


def state(folder: Path) -> dict[str, bytes | None]:
    paths = sorted(folder.rglob("*"))
    return {str(path): path.read_bytes() if path.is_file() else None for path in paths}


def to_folder(path: Path, outside: Path) -> None:
    path.symlink_to(outside, target_is_directory=True)


def to_file(path: Path, outside: Path) -> None:
    path.symlink_to(outside / "precious")


def to_nowhere(path: Path, outside: Path) -> None:
    path.symlink_to(outside / "absent")


def to_device(path: Path, outside: Path) -> None:
    path.symlink_to("/dev/zero")


def pipe(path: Path, outside: Path) -> None:
    os.mkfifo(path)


Plant = Callable[[Path, Path], None]
RESUME = ("run", "--resume", "run")
ATTACKS: list[tuple[Sequence[str], str, Plant]] = [
    (RESUME, "encoders/0-scale", to_folder),
    (RESUME, "encoders", to_folder),
    (RESUME, "encoders/0-scale/checkpoint", to_folder),
    (RESUME, "encoders/0-scale/stage.json", to_file),
    (RESUME, "encoders/0-scale/state.json", pipe),
    (RESUME, "clusterers/kmeans", to_folder),
    (RESUME, "clusterers/kmeans/train.npy", to_file),
    (RESUME, "evaluation", to_folder),
    (RESUME, "scores/kmeans", to_nowhere),
    (RESUME, "data", to_folder),
    (RESUME, "seeds", to_folder),
    (RESUME, "baselines", to_folder),
    (RESUME, "figures", to_folder),
    (RESUME, "report.html", to_file),
    (RESUME, "recipe.toml", to_file),
    (RESUME, "run.json", to_device),
    (RESUME, "metrics.json", pipe),
    (RESUME, "manifest.json", to_nowhere),
    (RESUME, "run.lock", to_file),
    (RESUME, "run.lock", pipe),
    (("report", "run"), "figures", to_folder),
    (("report", "run"), "report.html", to_file),
    (("report", "run"), "run.json", pipe),
    (("report", "run"), "manifest.json", to_file),
    (("report", "run"), "run.lock", to_nowhere),
    (("compare", "run", "run:kmeans"), "assignments.parquet", to_file),
    (("predict", "run", "rows.csv"), "encoders/0-scale/state.safetensors", to_file),
    (("edit", "run", "--merge", "0,1"), "clusterers/kmeans", to_folder),
    (("export", "run", "--rows", "out.csv"), "source.parquet", to_device),
    (("profile", "run"), "data", to_folder),
    (("follow", "run", "rows.csv"), "data", to_folder),
]


@pytest.mark.parametrize(
    ("command", "name", "plant"),
    ATTACKS,
    ids=[f"{command[0]}-{name}-{plant.__name__}" for command, name, plant in ATTACKS],
)
def test_it_is_refused_by_name_and_nothing_happens(
    done: Path,
    outside: Path,
    command: Sequence[str],
    name: str,
    plant: Plant,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(outside.parent)
    monkeypatch.setenv("CLUSTERFORGE_CACHE", str(outside.parent / "cache"))
    Path("rows.csv").write_text("a,b\n1,2\n")
    shutil.copytree(done, "run")
    if command is RESUME:
        Path("run/manifest.json").unlink()
    place = Path("run") / name
    if place.is_dir():
        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)
    plant(place, outside)
    before, listed = state(outside), sorted(Path("run").rglob("*"))

    assert main(command) == 2
    error = capsys.readouterr().err
    assert f"{name} is" in error or f"{name}: is" in error
    assert error.count("\n") == 1
    assert state(outside) == before
    assert sorted(Path("run").rglob("*")) == listed


def test_of_a_hard_link_only_one_name_is_written_anew(done: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(done, tmp_path / "run")
    os.link(copy / "report.html", tmp_path / "report.html")
    (copy / "report.html").unlink()
    os.link(tmp_path / "report.html", copy / "report.html")
    (tmp_path / "report.html").write_text("precious")

    assert main(("report", str(copy))) == 0
    assert (tmp_path / "report.html").read_text() == "precious"
    assert (copy / "report.html").read_text() != "precious"


def test_the_folder_itself_may_be_named_by_a_link(done: Path, tmp_path: Path) -> None:
    shutil.copytree(done, tmp_path / "run")
    (tmp_path / "latest").symlink_to(tmp_path / "run")
    assert clusterforge.load(tmp_path / "latest").info.name == "attacked"


@pytest.mark.parametrize("name", ["labels", "work", "stages", "best.toml"])
def test_a_sweep_does_not_go_on_through_a_link(tmp_path: Path, outside: Path, name: str) -> None:
    sweep = tmp_path / "sweep"
    sweep.mkdir()
    for file in ("begun.json", "recipe.toml"):
        (sweep / file).write_text("")
    to_folder(sweep / name, outside)
    before = state(outside)
    assert main(("sweep", "--resume", str(sweep))) == 2
    assert state(outside) == before


@pytest.mark.parametrize("plant", [to_file, to_nowhere, pipe, os.link])
def test_a_journal_is_a_file_of_its_own(tmp_path: Path, outside: Path, plant: Plant) -> None:
    if plant is os.link:
        os.link(outside / "precious", tmp_path / "trials.jsonl")
    else:
        plant(tmp_path / "trials.jsonl", outside)
    with pytest.raises(InputError, match="is not a file of its own"):
        Journal(tmp_path / "trials.jsonl")
    assert (outside / "precious").read_text() == "precious"
    assert not (outside / "absent").exists()


@pytest.mark.parametrize("name", ["generations", "generations/0001"])
def test_a_taxonomy_is_not_followed_through_a_link(
    tmp_path: Path, outside: Path, name: str
) -> None:
    folder = tmp_path / "taxonomy"
    (folder / name).parent.mkdir(parents=True)
    to_folder(folder / name, outside)
    before = state(outside)
    with pytest.raises(InputError, match=f"{name} is a link"), TaxonomyFolder(folder).locked():
        pass
    assert state(outside) == before


KEY = "ab" * 32
PLACES = ["stages/ab", f"stages/ab/{KEY}", f"stages/ab/{KEY}/train.npy", f"claims/{KEY}"]


@pytest.mark.parametrize("plant", [to_folder, to_nowhere, pipe])
@pytest.mark.parametrize("place", PLACES)
def test_the_cache_keeps_to_its_own(
    tmp_path: Path, outside: Path, place: str, plant: Plant
) -> None:
    stage = tmp_path / "stage"
    stage.mkdir()
    (stage / "train.npy").write_text("train")
    seal(stage, KEY)
    seal(outside, KEY)
    (tmp_path / "cache" / place).parent.mkdir(parents=True)
    plant(tmp_path / "cache" / place, outside)
    before, cache = state(outside), Cache(tmp_path / "cache", size=0)

    assert not cache.fetch(KEY, tmp_path / "into")
    with cache.claimed(KEY):
        cache.keep(KEY, stage)
    cache.evict()
    assert state(outside) == before
