"""Reading recipes: extends, merging, --set, and what paths are relative to."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterforge.errors import RecipeError
from clusterforge.recipe import read, resolve
from clusterforge.recipe.source import DEPTH
from clusterforge.registry import Registry

BASE = """
name = "base"
[dataset]
use = "files"
path = "data/rows.csv"
features = "all"
label = "kind"
[[encoder]]
use = "scale"
[[clusterer]]
use = "kmeans"
n_clusters = 3
[report]
projection = {use = "pca", rows = 5}
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "below").mkdir()
    (tmp_path / "base.toml").write_text(BASE)
    return tmp_path


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def data(path: Path, *overrides: str) -> Any:
    return read(path, overrides).data


def test_tables_merge_and_everything_else_replaces(tree: Path) -> None:
    over = write(
        tree / "over.toml",
        'extends = "base.toml"\nseed = 4\n[dataset]\nlimit = 9\n[[clusterer]]\nuse = "dbscan"\n',
    )

    merged = data(over)

    assert "extends" not in merged
    assert merged["seed"] == 4
    assert merged["name"] == "base"
    assert merged["dataset"]["limit"] == 9
    assert merged["dataset"]["path"] == "data/rows.csv"
    assert merged["clusterer"] == [{"use": "dbscan"}]
    assert merged["encoder"] == [{"use": "scale"}]


def test_each_path_is_relative_to_the_recipe_that_says_it(tree: Path) -> None:
    over = write(
        tree / "below" / "over.toml",
        'extends = "../base.toml"\n[dataset]\ntest = "held.csv"\nlimit = 9\n',
    )

    params: Any = resolve(read(over), Registry.installed("")).dataset.params

    assert params.path == str(tree / "data" / "rows.csv")
    assert params.test == str(tree / "below" / "held.csv")
    assert params.limit == 9


def test_a_path_that_is_said_again_is_relative_to_the_later_recipe(tree: Path) -> None:
    over = write(
        tree / "below" / "over.toml", 'extends = "../base.toml"\n[dataset]\npath = "new.csv"\n'
    )

    params: Any = resolve(read(over), Registry.installed("")).dataset.params

    assert params.path == str(tree / "below" / "new.csv")


def test_a_path_of_set_is_relative_to_where_one_stands(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tree / "below")

    source = read(Path("../base.toml"), ["dataset.path=here.csv"])
    params: Any = resolve(source, Registry.installed("")).dataset.params

    assert params.path == str(tree / "below" / "here.csv")


def test_text_for_a_number_is_refused_also_where_folders_differ(tree: Path) -> None:
    over = write(tree / "below" / "over.toml", 'extends = "../base.toml"\n[dataset]\nlimit = "9"\n')

    with pytest.raises(RecipeError, match=r"dataset\.limit: must be an integer"):
        resolve(read(over), Registry.installed(""))


def test_three_recipes_in_a_row(tree: Path) -> None:
    write(tree / "below" / "second.toml", 'extends = "../base.toml"\nseed = 2\nname = "second"\n')
    third = write(tree / "third.toml", 'extends = "below/second.toml"\nname = "third"\n')

    source = read(third)
    params: Any = resolve(source, Registry.installed("")).dataset.params

    assert (source.data["name"], source.data["seed"]) == ("third", 2)
    assert params.path == str(tree / "data" / "rows.csv")


@pytest.mark.parametrize(
    ("override", "value"),
    [
        ("seed=7", 7),
        ("seed= 7 ", 7),
        ("name=plain", "plain"),
        ('name="7"', "7"),
        ("name=a=b", "a=b"),
        ("name=", ""),
        ("compute.threads=2", {"threads": 2}),
        ("compute.precision='float32'", {"precision": "float32"}),
        ("metric=[{use='ari'}]", [{"use": "ari"}]),
    ],
)
def test_set_reads_toml_else_text(tree: Path, override: str, value: object) -> None:
    assert data(tree / "base.toml", override)[override.partition("=")[0].partition(".")[0]] == value


def test_set_finds_an_entry_by_number_use_or_id(tree: Path) -> None:
    over = write(
        tree / "over.toml", BASE + '[[metric]]\nuse = "ari"\nid = "x"\n[[metric]]\nuse = "nmi"\n'
    )

    changed = data(over, "metric.x.a=1", "metric.nmi.b=2", "metric.0.c=3")

    assert changed["metric"] == [
        {"use": "ari", "id": "x", "a": 1, "c": 3},
        {"use": "nmi", "b": 2},
    ]


def test_set_opens_the_short_form_of_a_projection(tree: Path) -> None:
    write(tree / "short.toml", BASE.replace('{use = "pca", rows = 5}', '"pca"'))

    changed = data(tree / "short.toml", "report.projection.rows=9")

    assert changed["report"]["projection"] == {"use": "pca", "rows": 9}


def test_the_last_set_wins(tree: Path) -> None:
    assert data(tree / "base.toml", "seed=1", "seed=2")["seed"] == 2


def test_a_recipe_from_python_is_left_as_it_is() -> None:
    given = {"dataset": {"use": "blobs"}, "encoder": [{"use": "scale"}]}

    read(given, ["dataset.rows=9", "encoder.0.mode='rows'"])

    assert given == {"dataset": {"use": "blobs"}, "encoder": [{"use": "scale"}]}


@given(st.integers(min_value=1, max_value=60))
def test_depth_has_one_limit(depth: int) -> None:
    value: Any = 1
    for _ in range(depth):
        value = {"a": value}
    if depth > DEPTH:
        with pytest.raises(RecipeError, match="deeply"):
            read(value)
    else:
        assert read(value).data == value


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
        max_leaves=8,
    )
)
def test_any_value_anywhere_is_a_recipe_error_or_fine(value: Any) -> None:
    """Whatever JSON-like value a recipe holds, the only exception is ours."""
    recipe = {
        "dataset": {"use": "blobs", "rows": value},
        "encoder": [{"use": "triplet", "phase": value, "pairs": value}],
        "clusterer": [{"use": "kmeans", "n_clusters": 3}],
        "report": {"projection": value},
    }
    with suppress(RecipeError):
        resolve(read(recipe), Registry.installed(""))
