"""Profiles of real runs: in the recipe, and afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.csv as pacsv
import pytest

import clusterforge
from clusterforge.errors import InputError
from clusterforge.pipeline.api import check
from clusterforge.pipeline.result import Run


def recipe(path: Path, columns: Any) -> dict[str, Any]:
    return {
        "dataset": {
            **{"use": "files", "path": str(path), "features": ["x", "y"], "missing": "drop"},
            **{"limit": 90, "test_fraction": 0.2},
        },
        "encoder": [{"use": "scale"}],
        "clusterer": [{"use": "kmeans", "n_clusters": 2}, {"use": "dbscan", "eps": 0.5}],
        "evaluation": {"refits": 0, "resamples": 0},
        "profile": {"columns": columns},
        "report": {"projection": "none"},
    }


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(0)
    path = tmp_path_factory.mktemp("profile") / "rows.csv"
    lines = ["x,y,city,day,coin,key"]
    for n in range(160):
        side = int(rng.integers(2))
        city = ["Bonn", "Kiel"][side if rng.random() < 0.9 else 1 - side]
        x = "" if n % 40 == 0 else f"{9 * side + rng.random():.3f}"
        lines.append(f"{x},{rng.random():.3f},{city},2024-0{1 + n % 3}-07,{rng.integers(2)},{n}")
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module")
def done(rows: Path) -> Run:
    given = recipe(rows, ["city", "day", "coin"])
    return clusterforge.run(given, out=rows.parent / "run", cache=False)


def test_a_recipe_names_the_columns(done: Run, rows: Path) -> None:
    profiles = done.files.profiles
    assert profiles is not None
    assert list(profiles.clusterings) == ["kmeans", "dbscan"]
    city, day, coin = profiles.clusterings["kmeans"]
    assert [one.kind for one in (city, day, coin)] == ["category", "month", "category"]
    assert city.p < 1e-6
    assert min(day.p, coin.p) > 0.01
    assert {cluster.marked()[0].value for cluster in city.clusters} == {"Bonn", "Kiel"}

    labels = done.files.assignments.clusters["kmeans"]
    source, values = pacsv.read_csv(rows)["city"].to_pylist(), done.files.profiled
    assert values is not None
    here = values.table["city"].to_pylist()
    assert here == [source[int(row)] for row in done.files.assignments.ids]
    for cluster in city.clusters:
        for value in cluster.values:
            both = [c for c, k in zip(here, labels, strict=True) if k == cluster.cluster]
            assert value.rows == both.count(value.value)


def test_afterwards_it_is_the_same_and_the_run_stays(done: Run) -> None:
    before = {path: path.read_bytes() for path in done.folder.rglob("*") if path.is_file()}
    found = done.profile(["city", "day", "coin"])
    assert found == done.files.profiles
    assert [one.name for one in done.profile(clusterer="kmeans").clusterings["kmeans"]] == [
        *("city", "day", "coin")
    ]
    assert done.profile().skipped == {"key": "every row has a whole number of its own, as ids have"}
    assert {path: path.read_bytes() for path in done.folder.rglob("*") if path.is_file()} == before


def test_the_sheet_of_clusters_has_it(done: Run, tmp_path: Path) -> None:
    path = done.export(clusters=tmp_path / "clusters.csv").files[0]
    sheet = pacsv.read_csv(path).to_pydict()
    assert sorted(text.split()[0] for text in sheet["city"]) == ["Bonn", "Kiel"]
    assert sheet["coin"] in (["", ""], [None, None])


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (["cty"], r"profile.columns: the data have no column 'cty'; did you mean 'city'"),
        (["x"], r"profile.columns: the rows are clustered by column 'x'"),
    ],
)
def test_a_wrong_column_is_one_line(rows: Path, tmp_path: Path, columns: Any, message: str) -> None:
    with pytest.raises(InputError, match=message) as error:
        clusterforge.run(recipe(rows, columns), out=tmp_path / "run", cache=False)
    assert "\n" not in str(error.value)


def test_check_knows_the_columns(rows: Path) -> None:
    with pytest.raises(InputError, match=r"profile.columns: .* 'cty'; did you mean 'city'"):
        check(recipe(rows, ["cty"]))


def test_a_column_is_named_whole_though_a_list_divides_it(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    rows = "".join(f"{n % 9},{n * 7 % 5},{'uv'[n % 2]},{n % 3}\n" for n in range(100))
    path.write_text(f'x,y,"City, State",n\n{rows}')
    run = clusterforge.run(recipe(path, []), out=tmp_path / "run", cache=False)

    found = run.profile(["City", " State", "n"], clusterer="kmeans").clusterings["kmeans"]
    assert [column.name for column in found] == ["City, State", "n"]
