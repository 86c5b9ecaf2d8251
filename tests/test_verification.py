"""``verify``: nothing to say of what is whole, a line for each file that is not."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import clusterforge
from clusterforge.cli.main import main
from clusterforge.curation.edits import Merge
from clusterforge.errors import InputError
from clusterforge.pipeline.curate import refer
from clusterforge.runs import RunFolder
from clusterforge.runs.manifest import write_manifest
from tests.cli.test_imports import looked
from tests.runs.test_links import RECIPE


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run, a curation, a taxonomy, an estimator and the cache that they share."""
    folder = tmp_path_factory.mktemp("verified")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLUSTERFORGE_CACHE", str(folder / "cache"))
        run = clusterforge.run(RECIPE, out=folder / "run")
        refs = tuple(refer(run.files, "kmeans", number) for number in "01")
        clusterforge.edit(run.folder, [Merge(clusters=refs)], out=folder / "curation")
        lines = ["x0,x1,x2,x3,x4,x5,x6,x7,x8,x9"[: 3 * run.files.run.encoders[0].dim - 1]]
        lines += [",".join(["1.0"] * run.files.run.encoders[0].dim)] * 6
        (folder / "later.csv").write_text("\n".join(lines))
        clusterforge.follow(run.folder, folder / "later.csv", out=folder / "taxonomy")
        assert main(("export", str(run.folder), "--hub", str(folder / "model"))) == 0
    return folder


KINDS = ["run", "curation", "taxonomy", "model", "cache"]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_whole(home: Path, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = clusterforge.verify(home / kind)
    assert (found.kind, found.problems, found.whole) == (kind, (), True)
    assert found.files > 0
    capsys.readouterr()
    assert main(("verify", str(home / kind))) == 0
    assert capsys.readouterr().out.startswith(f"{kind}: ")


@pytest.mark.parametrize("kind", KINDS)
def test_it_imports_nothing_that_computes(home: Path, kind: str) -> None:
    status, modules, said = looked("verify", str(home / kind), home=home)

    assert status == 0, said
    assert not {"scipy", "sklearn", "torch"} & modules


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    replace(path, bytes(content))


def replace(path: Path, content: bytes) -> None:
    """Write a file anew: that of the cache is the same."""
    path.unlink()
    path.write_bytes(content)


DAMAGE = {
    "missing": Path.unlink,
    "torn": lambda path: replace(path, path.read_bytes()[:-1]),
    "flipped": flipped,
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("kind", KINDS)
def test_each_damaged_file_is_found(home: Path, tmp_path: Path, kind: str, damage: str) -> None:
    copy = shutil.copytree(home / kind, tmp_path / kind, copy_function=shutil.copyfile)
    names = [p.relative_to(copy) for p in copy.rglob("*") if p.is_file() and p.name[0] != "."]
    # Whoever publishes a model edits its card.
    apart = ("manifest.json", "taxonomy.json", "README.md")
    names = [n for n in names if n.name not in apart and "claims" not in n.parts]
    names = [n for n in names if kind != "cache" or n.parts[0] == "stages"]
    assert len(names) > 5
    for name in names:
        DAMAGE[damage](copy / name)
        problems = clusterforge.verify(copy).problems
        assert problems, name
        assert any(name.name in line or name.parent.name in line for line in problems)
        assert not any("\n" in line for line in problems)
        shutil.copyfile(home / kind / name, copy / name)
    assert clusterforge.verify(copy).whole


RECORDS = ("run.json", "recipe.toml", "recipe.json", "explanations.json", "metrics.json")
ROWS = ("assignments.parquet", "source.parquet", "report.html", "history.json")
STATES = ("encoders/0-scale/state.json", "clusterers/kmeans/state.safetensors")


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        *(("run", name) for name in RECORDS + ROWS),
        *(("model", name) for name in (*RECORDS, *STATES, "places/kmeans/state.json")),
    ],
)
def test_what_the_manifest_does_not_name_either_is_missed(
    home: Path, tmp_path: Path, kind: str, name: str
) -> None:
    copy = shutil.copytree(home / kind, tmp_path / kind)
    (copy / name).unlink()
    write_manifest(copy)
    found = clusterforge.verify(copy)
    assert found.kind == kind
    assert any(name in line for line in found.problems)


def test_damage_that_the_manifest_covers_breaks_the_seal(home: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(home / "run", tmp_path / "run", copy_function=shutil.copyfile)
    info = copy / "encoders" / "0-scale" / "info.json"
    info.write_text(info.read_text() + " ")
    write_manifest(copy)
    (problem,) = clusterforge.verify(copy).problems
    assert (
        "0-scale/info.json: its files don't fit together (stage.json next to it says otherwise)"
        in problem
    )


def test_status_and_json(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = shutil.copytree(home / "run", tmp_path / "run")
    (copy / "run.json").unlink()
    (copy / "metrics.json").unlink()
    assert main(("verify", str(copy), "--json")) == 2
    record = json.loads(capsys.readouterr().out)
    assert (record["kind"], record["whole"], len(record["problems"])) == ("run", False, 2)
    assert main(("verify", str(copy))) == 2
    out, err = capsys.readouterr()
    assert len((out + err).splitlines()) == 2


def test_what_is_none_of_them(home: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no finished run"):
        clusterforge.verify(tmp_path)
    copy = shutil.copytree(home / "run", tmp_path / "run")
    (copy / "manifest.json").unlink()
    with pytest.raises(InputError, match="was interrupted"):
        clusterforge.verify(copy)


def test_compare_and_predict_verify_what_they_read(home: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(home / "run", tmp_path / "run", copy_function=shutil.copyfile)
    flipped(copy / "assignments.parquet")
    flipped(copy / "encoders" / "0-scale" / "state.safetensors")
    with pytest.raises(InputError, match=r"assignments\.parquet is missing or has changed"):
        clusterforge.compare(copy, home / "run")
    with pytest.raises(InputError, match=r"state\.safetensors is missing or has changed"):
        RunFolder.open(copy).encoder_state(0)
