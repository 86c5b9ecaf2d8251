"""A taxonomy over weeks: ids stay, births, deaths and returns are found, nothing changes by chance."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import clusterforge
from clusterforge.errors import EnvironmentProblem, InputError
from clusterforge.models import Model
from clusterforge.taxonomy.following import Followed, follow
from clusterforge.taxonomy.periods import Period, _labels
from clusterforge.taxonomy.rows import repeated_rows
from tests.taxonomy.conftest import CENTRES, Week, drawn


def kinds(done: Followed) -> dict[int, str]:
    return {change.id: change.kind for change in done.generations[-1].changes}


def test_ids_last_over_births_deaths_and_returns(base: Path, week: Week, tmp_path: Path) -> None:
    folder = tmp_path / "taxonomy"
    done = follow(base, week([0, 1, 2], 1), out=folder)
    assert [generation.how for generation in done.generations] == ["run", "predict"]
    assert kinds(done) == {0: "same", 1: "same", 2: "same"}
    old = {change.id: change.rows_before for change in done.generations[-1].changes}
    numbers = clusterforge.load(base).labels()
    assert old == dict(enumerate(np.bincount(numbers).tolist()))

    born = follow(folder, week([0, 1, 2, 3], 2))
    assert kinds(born) == {0: "same", 1: "same", 2: "same", 3: "new"}
    assert born.taxonomy.cluster(3).born == 3

    left = follow(folder, week([0, 1, 3], 3))
    (lost,) = [id for id, kind in kinds(left).items() if kind == "gone"]
    assert lost != 3
    assert left.taxonomy.cluster(lost).gone == 4
    assert lost not in left.taxonomy.alive

    back = follow(folder, week([0, 1, 2, 3], 4))
    assert kinds(back)[lost] == "returned"
    again = follow(folder, week([0, 1, 2, 3, 4], 5))
    assert kinds(again)[4] == "new"
    assert set(again.taxonomy.alive) == {0, 1, 2, 3, 4}

    rows = pq.read_table(folder / "generations" / "0006" / "rows.parquet")
    truth = np.linalg.norm(drawn([0, 1, 2, 3, 4], 5)[:, None] - CENTRES, axis=2).argmin(axis=1)
    pairs = set(zip(rows["cluster"].to_pylist(), truth.tolist(), strict=True))
    assert len(pairs) <= 7  # five, but for rows between two


def test_rows_that_came_already_are_refused_before_they_are_encoded(
    base: Path, week: Week, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, rows = tmp_path / "taxonomy", week([0, 1, 2], 1)
    follow(base, rows, out=folder)
    before = (folder / "taxonomy.json").read_bytes()
    monkeypatch.setattr(Model, "points", None)
    with pytest.raises(InputError, match=r"has the same rows as generation 2 \(week1\)"):
        follow(folder, shutil.copy(rows, tmp_path / "again.npy"))
    assert (folder / "taxonomy.json").read_bytes() == before


def test_rows_of_the_run_among_later_ones_are_said(base: Path, week: Week, tmp_path: Path) -> None:
    own, new = np.load(base.parent / "rows.npy"), np.load(week([0, 1, 2], 1))
    np.save(tmp_path / "all.npy", np.concatenate([own[:140], new]))
    (record,) = follow(base, tmp_path / "all.npy", out=tmp_path / "taxonomy").generations[1:]
    said = "140 of these 290 rows are rows of the run: give the later rows alone."
    assert said in record.notes

    with pytest.raises(InputError, match="has the same rows as the run"):
        follow(tmp_path / "taxonomy", base.parent / "rows.npy")
    np.save(tmp_path / "part.npy", own[:140])
    with pytest.raises(InputError, match="holds rows of the run alone"):
        follow(tmp_path / "taxonomy", tmp_path / "part.npy")


def test_other_people_of_the_same_ages_are_no_rows_again() -> None:
    rng = np.random.default_rng(0)

    def people(rows: int) -> np.ndarray:
        return np.stack([rng.integers(18, 60, rows), rng.integers(0, 3, rows)], axis=1) / 1.0

    earlier, others = people(80), people(900)
    assert not repeated_rows(others, earlier)[1]
    assert repeated_rows(np.concatenate([earlier, 90.0 + others]), earlier)[1]


def test_a_cluster_that_grows(base: Path, week: Week, tmp_path: Path) -> None:
    done = follow(base, week([0, 1, 1, 1, 1, 1, 2], 1), out=tmp_path / "taxonomy")
    assert sorted(kinds(done).values()) == ["grown", "shrunk", "shrunk"]


def test_a_week_of_one_cluster_alone_has_no_new_one(base: Path, week: Week, tmp_path: Path) -> None:
    done = follow(base, week([1], 1), out=tmp_path / "taxonomy")
    kinds = sorted(change.kind for change in done.generations[-1].changes)
    assert kinds == ["gone", "gone", "same"]


def test_a_refit_takes_up_a_split_and_no_accident(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for name, bridge in (("rows", 120), ("same", 120), ("apart", 0)):
        lobes = np.array([[0, 0], [20, 0], [20, 7]])[rng.integers(0, 3, 300 - bridge)]
        between = np.stack([np.full(bridge, 20), rng.uniform(0, 7, bridge)], axis=1)
        points = np.concatenate([lobes, between]) + rng.normal(size=(300, 2)) * 0.7
        np.save(tmp_path / f"{name}.npy", points.astype(np.float32))
    recipe = {
        "dataset": {"use": "files", "path": str(tmp_path / "rows.npy"), "features": "all"},
        "encoder": [{"use": "pca", "components": 2}],
        "clusterer": [{"use": "dbscan", "eps": 1.4, "min_samples": 4}],
        "evaluation": {"resamples": 0, "refits": 0},
        "report": {"projection": "none"},
    }
    clusterforge.run(recipe, out=tmp_path / "run", cache=False)
    folder = tmp_path / "taxonomy"
    same = follow(tmp_path / "run", tmp_path / "same.npy", out=folder, refit=True)
    assert kinds(same) == {0: "same", 1: "same"}
    split = follow(folder, tmp_path / "apart.npy", refit=True)
    assert sorted(split.taxonomy.alive) == [0, 1, 2]
    found = kinds(split)
    assert found[2] == "new"
    (whole,) = [change for change in split.changes if change.kind == "split"]
    assert whole.others == (2,)
    assert split.taxonomy.cluster(2).origin == whole.id


def test_periods_of_one_data_set(tmp_path: Path) -> None:
    lines, rng = ["x,y,day"], np.random.default_rng(0)
    for month, groups in (("01", [0, 1]), ("02", [0, 1]), ("03", [0, 1, 2])):
        for i in range(120):
            x, y = np.array([[0, 0], [20, 0], [0, 20]])[rng.choice(groups)] + rng.normal(size=2)
            lines.append(f"{x:.3f},{y:.3f},2026-{month}-{i % 28 + 1:02d}")
    lines.append("1.0,1.0,")
    (tmp_path / "rows.csv").write_text("\n".join(lines) + "\n")
    recipe = {
        "dataset": {"use": "files", "path": str(tmp_path / "rows.csv"), "features": ["x", "y"]},
        "encoder": [{"use": "scale"}],
        "clusterer": [{"use": "kmeans", "n_clusters": 3}],
        "evaluation": {"resamples": 0, "refits": 0},
        "report": {"projection": "none"},
    }
    run = clusterforge.run(recipe, out=tmp_path / "run", cache=False)
    done = follow(run.folder, by="day", out=tmp_path / "months")

    assert [generation.label for generation in done.generations] == [
        "2026-01",
        "2026-02",
        "2026-03",
    ]
    assert [generation.rows for generation in done.generations] == [120, 120, 120]
    assert not done.generations[1].changed()
    assert [change.kind for change in done.changes] == ["new"]
    assert "1 row of the source without a date in" in done.generations[0].notes[0]
    with pytest.raises(InputError, match="no column 'dya'"):
        follow(run.folder, by="dya", out=tmp_path / "other")
    with pytest.raises(InputError, match="are no dates"):
        follow(run.folder, by="x", out=tmp_path / "other")


def test_what_is_wrong_is_said_and_leaves_the_taxonomy(
    base: Path, week: Week, tmp_path: Path
) -> None:
    folder = tmp_path / "taxonomy"
    follow(base, week([0, 1, 2], 1), out=folder)
    record = (folder / "taxonomy.json").read_bytes()
    np.save(tmp_path / "wide.npy", np.zeros((20, 9), np.float32))
    with pytest.raises(InputError):
        follow(folder, tmp_path / "wide.npy")
    with pytest.raises(
        InputError, match=r"of this run; go on with it: clusterforge follow \S+ DATA"
    ):
        follow(base, week([0], 2), out=folder)
    with pytest.raises(InputError, match=r"^gone\.csv: does not exist$"):
        follow(base, "gone.csv", out=folder)
    changed = (folder / "taxonomy.json").read_text()
    began = f'"run_id": "{json.loads(changed)["run_id"]}"'
    (folder / "taxonomy.json").write_text(changed.replace(began, '"run_id": "other"'))
    with pytest.raises(InputError, match=r"of another run, .*; name another folder with --out"):
        follow(base, week([0], 2), out=folder)
    (folder / "taxonomy.json").write_text(changed)
    with pytest.raises(InputError, match="--by"):
        follow(folder, by="day")
    with pytest.raises(InputError, match="needs DATA"):
        follow(folder)
    moved = shutil.copytree(folder, tmp_path / "far" / "away")
    with pytest.raises(InputError, match="its run is not at"):
        follow(moved, week([0, 1, 2], 3))
    assert follow(moved, week([0, 1, 2], 3), run=base).generations[-1].number == 3
    sample = folder / "generations" / "0002" / "sample.npy"
    sample.write_bytes(sample.read_bytes()[:-1] + b"\x00")
    with pytest.raises(InputError, match=r"sample\.npy of generation 2"):
        follow(folder, week([0, 1, 2], 3))
    assert (folder / "taxonomy.json").read_bytes() == record


def months(values: list[str | None]) -> list[str | None]:
    labels, left = _labels(pa.chunked_array([values]), "month", "created")
    assert left == sum(label is None for label in labels)
    return labels.tolist()


def test_dates_as_people_write_them() -> None:
    february = [
        "2026-02-03",
        "05.02.2026",
        "5.2.2026 13:00",
        "2026/02/03",
        "2026-02-03T08:00+02:00",
    ]
    assert months([*february, None, "yesterday", "45.13.2026", ""]) == [
        *5 * ["2026-02"],
        *4 * [None],
    ]
    assert months(["2/13/2026", "1/2/2026"]) == ["2026-02", "2026-01"]
    assert months(["13/2/2026", "1/2/2026"]) == ["2026-02", "2026-02"]
    for unclear in (["1/2/2026", "2/3/2026"], ["13/2/2026", "2/13/2026"]):
        with pytest.raises(InputError, match="write them as 2026-11-28"):
            months([*unclear])


@pytest.fixture(scope="module")
def dated(tmp_path_factory: pytest.TempPathFactory) -> clusterforge.Run:
    """Return a run over rows with periods of many forms, and a copy that it left out."""
    folder, rng = tmp_path_factory.mktemp("dated"), np.random.default_rng(0)
    lines = ["x,y,zoned,short,week,region,year"]
    for i in range(240):
        x, y = np.array([[0, 0], [20, 0]])[i % 2] + rng.normal(size=2)
        month, region = i % 3 + 1, ["north", " south", " "][i % 3]
        lines.append(
            f"{x:.3f},{y:.3f},2026-0{month}-28T23:30:00-05:00,13/0{month}/26,"
            f"{i // 2 % 12 + 1},{region},{2020 + i % 3}.0"
        )
    (folder / "rows.csv").write_text("\n".join([*lines, lines[1]]) + "\n")
    return clusterforge.run(
        {
            "dataset": {
                **{"use": "files", "path": str(folder / "rows.csv"), "features": ["x", "y"]},
                "deduplicate": "exact",
            },
            "encoder": [{"use": "scale"}],
            "clusterer": [{"use": "kmeans", "n_clusters": 2}],
            "evaluation": {"resamples": 0, "refits": 0},
            "report": {"projection": "none"},
        },
        out=folder / "run",
        cache=False,
    )


@pytest.mark.parametrize(
    ("column", "period", "labels"),
    [
        ("zoned", "month", ["2026-01", "2026-02", "2026-03"]),
        ("zoned", "day", ["2026-01-28", "2026-02-28", "2026-03-28"]),
        ("week", "value", [str(week) for week in range(1, 13)]),
        ("year", "value", ["2020", "2021", "2022"]),
        ("region", "value", ["north", "south"]),
    ],
)
def test_periods_are_in_their_order(
    dated: clusterforge.Run, column: str, period: Period, labels: list[str], tmp_path: Path
) -> None:
    done = follow(dated.folder, by=column, period=period, out=tmp_path / "taxonomy")
    assert [generation.label for generation in done.generations] == labels
    assert {generation.rows for generation in done.generations} == {240 // max(3, len(labels))}
    notes = done.generations[0].notes
    assert "1 row left out as in the run: copies of others" in notes
    assert ("80 rows of the source without a value in 'region' left out" in notes) == (
        column == "region"
    )


def test_years_of_two_digits_are_no_guess(dated: clusterforge.Run, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="years of two digits, as 13/01/26"):
        follow(dated.folder, by="short", out=tmp_path / "taxonomy")
    assert not (tmp_path / "taxonomy").exists()


def test_lists_are_no_periods(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).normal(size=(40, 2))
    columns = {"x": rows[:, 0], "y": rows[:, 1], "pair": [[1, 2]] * 40}
    pq.write_table(pa.table(columns), tmp_path / "rows.parquet")
    recipe = {
        "dataset": {
            **{"use": "files", "path": str(tmp_path / "rows.parquet"), "features": ["x", "y"]}
        },
        "encoder": [{"use": "scale"}],
        "clusterer": [{"use": "kmeans", "n_clusters": 2}],
        "evaluation": {"resamples": 0, "refits": 0},
        "report": {"projection": "none"},
    }
    run = clusterforge.run(recipe, out=tmp_path / "run", cache=False)
    with pytest.raises(InputError, match="holds list<element: int64>, no periods"):
        follow(run.folder, by="pair", period="value", out=tmp_path / "taxonomy")


def test_a_page_that_can_not_be_written_leaves_the_generation_and_says_so(
    base: Path, week: Week, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EnvironmentProblem) as refused:
        follow(base, week([0, 1, 2], 1), out=tmp_path / "t", html=tmp_path / "file" / "page.html")
    (note,) = refused.value.__notes__
    assert note.startswith(f"{tmp_path / 't'} has the new rows; its page: ")
    assert Path(note.rpartition(" ")[2]).is_file()


def test_a_part_of_a_cluster_that_was_away_comes_back_to_it(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    places = np.array([[0.0, 0.0], [4.0, 0.0], [40.0, 0.0], [40.0, 40.0], [0.0, 80.0]])

    def rows(name: str, *where: int) -> Path:
        path = tmp_path / f"{name}.npy"
        drawn = places[rng.choice(where, 300)] + 0.4 * rng.normal(size=(300, 2))
        np.save(path, drawn.astype(np.float32))
        return path

    recipe = {
        "name": "parts",
        "dataset": {"use": "files", "path": str(rows("all", 0, 1, 2, 3)), "features": "all"},
        "encoder": [{"use": "scale", "kind": "range"}],
        "clusterer": [{"use": "kmeans", "n_clusters": 3}],
        "evaluation": {"resamples": 0, "refits": 0},
        "report": {"projection": "none"},
        "compute": {"threads": 1},
    }
    run = clusterforge.run(recipe, out=tmp_path / "run", cache=False)
    folder = tmp_path / "taxonomy"
    follow(run.folder, rows("without", 0, 2, 3), out=folder)
    back = follow(folder, rows("with", 0, 1, 2, 3))
    assert len(back.taxonomy.clusters) == 3
    assert "new" not in kinds(back).values()
    born = follow(folder, rows("more", 0, 1, 2, 3, 4))
    assert kinds(born)[3] == "new"
