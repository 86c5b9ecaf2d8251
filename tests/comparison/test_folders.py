from __future__ import annotations

import json
from pathlib import Path

import pytest

import clusterforge
from clusterforge.errors import InputError
from clusterforge.runs.manifest import write_manifest
from tests.comparison.conftest import Make

LABELS = [0, 0, 1, 1, 2, 2]


def refused(*runs: object) -> str:
    with pytest.raises(InputError) as told:
        clusterforge.compare(*runs)
    assert "\n" not in str(told.value)
    return str(told.value)


def test_bare_runs_are_compared_by_the_clusterers_they_both_have(make: Make) -> None:
    a = make("a", {"x": LABELS, "y": LABELS})
    b = make("b", {"y": LABELS, "x": LABELS, "z": LABELS})

    lanes = clusterforge.compare(a, b).lanes

    assert [lane.lane.title for lane in lanes] == ["x", "y"]
    assert [s.label for s in lanes[0].lane.subjects] == ["A", "B"]


def test_clusterers_of_one_run_are_compared_each_with_each(make: Make) -> None:
    a = make("a", {"x": LABELS, "y": LABELS, "z": LABELS})

    (lane,) = clusterforge.compare(a).lanes

    assert lane.lane.pairs == [(0, 1), (0, 2), (1, 2)]


def test_clusterers_can_be_named(make: Make) -> None:
    a, b = make("a", {"x": LABELS, "y": LABELS}), make("b", {"x": LABELS, "z": LABELS})

    (lane,) = clusterforge.compare(f"{a}:y", f"{b}:z").lanes
    assert [s.label for s in lane.lane.subjects] == ["A y", "B z"]
    (lane,) = clusterforge.compare(f"{a}:x", b).lanes
    assert [s.label for s in lane.lane.subjects] == ["A", "B"]
    (lane,) = clusterforge.compare(f"{a}:x", f"{a}:y").lanes
    assert [s.label for s in lane.lane.subjects] == ["x", "y"]


def test_runs_without_a_common_clusterer_are_compared_all_the_same(make: Make) -> None:
    a, b = make("a", {"x": LABELS}), make("b", {"z": LABELS})

    (lane,) = clusterforge.compare(a, b).lanes

    assert [s.label for s in lane.lane.subjects] == ["A x", "B z"]
    assert lane.pairs[0].alignment is not None


def test_a_folder_may_have_a_colon_in_its_name(make: Make) -> None:
    a, b = make("a:x", {"x": LABELS}), make("b", {"x": LABELS})

    assert clusterforge.compare(a, b).lanes[0].pairs[0].alignment is not None
    assert clusterforge.compare(f"{a}:x", b).lanes[0].pairs[0].alignment is not None


def test_what_can_not_be_compared_is_refused(make: Make, tmp_path: Path) -> None:
    a = make("a", {"x": LABELS})
    assert "only one clustering: x" in refused(a)
    assert "nothing to compare" in refused()
    assert "is named twice" in refused(a, a)
    assert "is named twice" in refused(f"{a}:x", f"{a}:x")
    assert "is named twice" in refused(a, tmp_path / "b" / ".." / "a")
    assert "there is no clusterer 'y'; known: x" in refused(f"{a}:y", a)
    assert "holds no finished run" in refused(a, tmp_path / "none")
    assert "names no run" in refused(a, 3)
    assert "names no folder" in refused(a, "a\x00b")


def test_a_run_that_is_not_finished_is_refused(make: Make) -> None:
    a, b = make("a", {"x": LABELS}), make("b", {"x": LABELS})
    (b / "manifest.json").unlink()

    assert "still going on; finish it: clusterforge run --resume" in refused(a, b)


@pytest.mark.parametrize("name", ["run.json", "metrics.json", "recipe.json", "assignments.parquet"])
def test_damaged_and_missing_files_are_named(make: Make, name: str) -> None:
    a, b = make("a", {"x": LABELS}), make("b", {"x": LABELS})
    (b / name).write_bytes((b / name).read_bytes()[:-9])
    assert f"{name} is missing or not what the run wrote" in refused(a, b)
    (b / name).unlink()
    assert f"{name} is missing or not what the run wrote" in refused(a, b)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("metrics.json", b"[1]"),
        ("metrics.json", b"{"),
        ("recipe.json", b"3"),
        ("recipe.json", b"[" * 100_000),
        ("run.json", b"[]"),
        ("assignments.parquet", b"PAR1 and no more"),
    ],
)
def test_files_of_another_shape_give_one_line(make: Make, name: str, content: bytes) -> None:
    a, b = make("a", {"x": LABELS}), make("b", {"x": LABELS})
    (b / name).write_bytes(content)
    write_manifest(b)

    assert str(b) in refused(a, b)


def test_damage_found_while_comparing_gives_one_line(make: Make) -> None:
    a, b = make("a", {"x": LABELS}), make("b", {"x": LABELS})
    told = json.loads((b / "run.json").read_text())
    (b / "run.json").write_text(json.dumps(told | {"labels_used": 0.5}))
    write_manifest(b)

    assert str(b) in refused(a, b)


def test_an_empty_file_of_silhouettes_is_left_out(make: Make) -> None:
    a, b = make("a", {"x": LABELS}), make("b", {"x": [1 - label for label in LABELS]})
    path = b / "evaluation" / "x" / "test.silhouette.npy"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"")

    assert clusterforge.compare(a, b).lanes[0].pairs[0].alignment


def test_old_runs_without_some_keys_are_compared(make: Make) -> None:
    a, b = make("a", {"x": LABELS}), make("b", {"x": LABELS})
    (b / "run.json").write_text(json.dumps({"name": "old"}))
    (b / "metrics.json").write_text(json.dumps({"scores": [{"clusterer": "x", "value": 1}]}))
    (b / "recipe.json").unlink()
    write_manifest(b)

    found = clusterforge.compare(a, b)

    assert found.as_dict()["lanes"][0]["pairs"][0]["rows"] == 0
    assert found.html()


def test_a_run_can_be_given_as_an_object(make: Make) -> None:
    class Opened:
        folder = make("a", {"x": LABELS})

    found = clusterforge.compare(Opened(), make("b", {"x": LABELS}))

    assert found.lanes[0].pairs[0].alignment is not None
