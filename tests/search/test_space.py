from __future__ import annotations

import pytest

from clusterforge.errors import RecipeError
from clusterforge.search.space import Range, Space, label


def space(**table: object) -> Space:
    return Space.read({key.replace("__", "."): value for key, value in table.items()}, "r.toml")


def test_a_grid_has_the_last_key_varying_fastest() -> None:
    found = list(space(a__x=[1, 2], b__y=["p", "q"]).combinations())
    assert found == [
        {"a.x": 1, "b.y": "p"},
        {"a.x": 1, "b.y": "q"},
        {"a.x": 2, "b.y": "p"},
        {"a.x": 2, "b.y": "q"},
    ]


def test_values_of_a_table_count_only_where_it_is_chosen() -> None:
    searched = space(
        clusterer__0=[
            {"use": "kmeans", "n_clusters": {"choices": [2, 3, 4]}},
            {"use": "dbscan", "eps": {"low": 0.1, "high": 1.0, "points": 2}},
        ]
    )
    assert searched.size == 5
    assert list(searched.combinations())[3] == {
        "clusterer.0": {"use": "dbscan"},
        "clusterer.0.eps": 0.1,
    }


def test_keys_without_quotes_are_the_same() -> None:
    nested = Space.read({"encoder": {"1": {"dim": [2, 4]}}}, None)
    assert nested == Space.read({"encoder.1.dim": [2, 4]}, None)


def test_the_size_is_computed_and_not_counted() -> None:
    huge = space(**{f"k{i}": list(range(1000)) for i in range(8)})
    assert huge.size == 1000**8
    with pytest.raises(RecipeError, match="1,000,000,000,000,000,000,000,000 combinations"):
        huge.check_grid(100_000)


def test_a_range_without_points_is_no_grid() -> None:
    with pytest.raises(RecipeError, match="points = 5"):
        space(lr={"low": 0.1, "high": 1.0}).check_grid(10)


@pytest.mark.parametrize(
    ("bounds", "values"),
    [
        (Range(1, 100, log=True, points=3), [1, 10, 100]),
        (Range(2, 4), [2, 3, 4]),
        (Range(0.0, 1.0, points=3), [0.0, 0.5, 1.0]),
        (Range(0.001, 0.1, log=True, points=3), [0.001, 0.01, 0.1]),
    ],
)
def test_points_of_a_range(bounds: Range, values: list[float]) -> None:
    assert bounds.values() == values
    assert bounds.size == len(values)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (3, "list of values"),
        ([], "list of values"),
        ([1, 1], "twice"),
        ({"low": 2, "high": 1}, "less than"),
        ({"low": 0, "high": 1, "log": True}, "logarithm"),
        ({"low": 1, "high": 5, "pts": 2}, "unknown"),
        ({"low": 1, "high": 5, "points": 2, "step": 2}, "both"),
        ({"low": "a", "high": 5}, "numbers"),
    ],
)
def test_what_is_no_domain(value: object, message: str) -> None:
    with pytest.raises(RecipeError, match=message) as caught:
        space(x=value)
    assert str(caught.value).startswith("r.toml: search.space.x")


def test_every_value_occurs_in_the_cases() -> None:
    wide = space(a=list(range(50)), b=[{"use": "u", "c": {"choices": [1, 2, 3]}}, {"use": "v"}])
    cases = list(wide.cases())
    assert len(cases) < 100
    assert {case["a"] for case in cases} == set(range(50))
    assert {case.get("b.c") for case in cases} == {None, 1, 2, 3}
    # A table is set before the keys in it.
    assert all(list(c).index("b") < list(c).index("b.c") for c in cases if "b.c" in c)


def test_labels() -> None:
    assert label([{"use": "minilm"}, {"use": "umap", "dim": 5}]) == "minilm + umap"
    assert label(0.0003000001) == "0.0003"
    assert label([500, 500, 2000]) == "[500, 500, 2000]"
