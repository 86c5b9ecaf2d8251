from __future__ import annotations

from pathlib import Path

import pytest

import clusterforge
from clusterforge.comparison.findings import Panel
from clusterforge.errors import InputError
from clusterforge.runs import files
from clusterforge.runs.manifest import write_manifest
from tests.comparison.conftest import Make

LABELS = [0, 0, 1, 1, 2, 2]


def refused(*runs: object) -> str:
    with pytest.raises(InputError) as info:
        clusterforge.compare(*runs)
    assert "\n" not in str(info.value)
    return str(info.value)


def panels(*runs: object) -> list[tuple[str | None, list[str]]]:
    return [(panel.title, panel.labels) for panel in clusterforge.compare(*runs).panels]


def pairs(panel: Panel) -> list[tuple[str, str]]:
    return [(pair.first, pair.second) for pair in panel.pairs]


def test_runs_are_compared_by_the_clusterers_that_both_have(make: Make) -> None:
    a = make("a", {"x": LABELS, "y": LABELS})
    b = make("b", {"y": LABELS, "x": LABELS, "z": LABELS})

    assert panels(a, b) == [("x", ["A", "B"]), ("y", ["A", "B"])]


def test_what_a_person_has_edited_is_set_against_what_the_other_run_shows(make: Make) -> None:
    run = make("a", {"x": LABELS, "y": LABELS})
    curation = make("b", {"edited": LABELS, "x": LABELS}, by_hand="edited")

    assert panels(run, curation) == [(None, ["A x", "B edited"]), ("x", ["A", "B"])]
    other = make("c", {"edited": LABELS, "x": LABELS}, by_hand="edited")
    assert panels(curation, other) == [("edited", ["A", "B"]), ("x", ["A", "B"])]


def test_clusterers_of_one_run_are_compared_each_with_each(make: Make) -> None:
    (panel,) = clusterforge.compare(make("a", {"x": LABELS, "y": LABELS, "z": LABELS})).panels

    assert pairs(panel) == [("x", "y"), ("x", "z"), ("y", "z")]


def test_clusterers_can_be_named(make: Make) -> None:
    a, b = make("a", {"x": LABELS, "y": LABELS}), make("b", {"x": LABELS, "z": LABELS})

    assert panels(f"{a}:y", f"{b}:z") == [(None, ["A y", "B z"])]
    assert panels(f"{a}:x", b) == [("x", ["A", "B"])]
    assert panels(f"{a}:x", f"{a}:y") == [(None, ["x", "y"])]


def test_runs_without_a_common_clusterer_are_compared_all_the_same(make: Make) -> None:
    (panel,) = clusterforge.compare(make("a", {"x": LABELS}), make("b", {"z": LABELS})).panels

    assert panel.labels == ["A x", "B z"]
    assert panel.pairs[0].alignment is not None


def test_a_folder_may_have_a_colon_in_its_name(make: Make) -> None:
    a, b = make("a:x", {"x": LABELS}), make("b", {"x": LABELS})

    assert panels(a, b) == panels(f"{a}:x", b) == [("x", ["A", "B"])]


def test_a_run_object_is_as_good_as_its_folder(make: Make) -> None:
    a, b = make("a", {"x": LABELS}), make("b", {"x": LABELS})

    assert clusterforge.compare(clusterforge.Run(a), b) == clusterforge.compare(a, b)


def test_what_can_not_be_compared_is_refused(make: Make, tmp_path: Path) -> None:
    a = make("a", {"x": LABELS})
    assert "only one clustering: x" in refused(a)
    assert "nothing to compare" in refused()
    assert "is named twice" in refused(a, a)
    assert "is named twice" in refused(f"{a}:x", f"{a}:x")
    assert "is named twice" in refused(a, tmp_path / "b" / ".." / "a")
    assert "there is no clusterer 'y'; known: x" in refused(f"{a}:y", a)
    assert "does not exist" in refused(a, tmp_path / "none")
    assert "names no run" in refused(a, 3)
    assert "names no folder" in refused(a, "a\x00b")


def test_a_run_that_is_not_finished_is_refused(make: Make) -> None:
    a, b = make("a", {"x": LABELS}), make("b", {"x": LABELS})
    (b / files.MANIFEST).unlink()

    assert "still running; finish it: clusterforge run --resume" in refused(a, b)


@pytest.mark.parametrize(
    "name",
    [files.RUN, files.METRICS, files.RESOLVED, files.ASSIGNMENTS, files.rows("test"), "silhouette"],
)
def test_damage_of_any_file_that_is_read_is_one_line(make: Make, name: str) -> None:
    of_rows = files.row_values("x", "test", files.SILHOUETTE)
    name = of_rows if name == "silhouette" else name
    a = make("a", {"x": LABELS})
    b = make("b", {"x": [*LABELS[1:], 2]}, row_values={of_rows: [0.5] * 6})
    (b / name).write_bytes((b / name).read_bytes()[:-9])
    assert f"{name} is missing or has changed since the run" in refused(b, a)
    (b / name).unlink()
    assert f"{name} is missing or has changed since the run" in refused(b, a)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (files.METRICS, b"[1]"),
        (files.RESOLVED, b"3"),
        (files.RESOLVED, b"[" * 100_000),
        (files.RUN, b"{}"),
        (files.ASSIGNMENTS, b"PAR1 and no more"),
    ],
)
def test_a_foreign_file_is_one_line(make: Make, name: str, content: bytes) -> None:
    a, b = make("a", {"x": LABELS}), make("b", {"x": LABELS})
    (b / name).write_bytes(content)
    write_manifest(b)

    assert f"{b / name}: this is not what a run writes" in refused(a, b)
