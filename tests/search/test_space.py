from __future__ import annotations

import pytest

from clusterforge.errors import RecipeError
from clusterforge.search.reading import read_space
from clusterforge.search.records import ObjectiveRecord, ObjectiveValue, TrialRecord
from clusterforge.search.space import Range, Space, label
from clusterforge.search.study import Drawn, Estimated


def space(**table: object) -> Space:
    return read_space(
        {key.replace("__", "."): value for key, value in table.items()}, True, "r.toml"
    )


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
    nested = read_space({"encoder": {"1": {"dim": [2, 4]}}}, True, None)
    assert nested == read_space({"encoder.1.dim": [2, 4]}, True, None)


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
        (Range(0.0, 0.3, step=0.1), [0.0, 0.1, 0.2, 0.3]),
        (Range(10, 40, step=10), [10, 20, 30, 40]),
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
        ({"low": 2, "high": 10**400}, "at most 2.53"),
        ({"low": 1}, "needs both low and high"),
        ({"low": 1, "high": 5, "step": 9}, "larger than high - low = 4"),
        ({"low": 1, "high": 5, "step": 1e-9}, "more than 100,000 values"),
        ([{"use": "u", "c": {"choices": [1, 2]}}, {"c": {"choices": [1, 2]}, "use": "u"}], "twice"),
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


def test_a_table_that_varies_leaves_the_keys_set_after_it() -> None:
    wide = space(b=[{"use": "u", "c": 1}, {"use": "v", "c": 1}], b__c=list(range(2, 90)))
    assert all(list(case) == ["b", "b.c"] for case in wide.cases())


def test_what_several_options_say_of_a_key_is_joined() -> None:
    searched = space(
        a=[{"use": "u", "c": {"choices": [1, 2]}}, {"use": "v", "c": {"low": 5, "high": 9}}],
        b=[{"use": "u", "c": {"low": 1, "high": 4}}, {"use": "v", "c": {"low": 2, "high": 9}}],
    )
    domains = searched.axes()
    assert [option.value for option in domains["a.c"].options] == [1, 2, 5, 9]
    assert domains["b.c"] == Range(1, 9)


def test_choices_can_be_written_as_in_a_table() -> None:
    assert space(x={"choices": [1, 2]}) == space(x=[1, 2])


@pytest.mark.parametrize(
    ("domain", "trials", "expected"),
    [
        ({"low": 10, "high": 40, "step": 10}, 50, {10, 20, 30, 40}),
        ({"low": 2, "high": 5, "log": True}, 50, {2, 3, 4, 5}),
        ([1, 2, 3], 50, {1, 2, 3}),
    ],
)
def test_random_values_keep_to_their_steps_and_do_not_repeat(
    domain: object, trials: int, expected: set[int]
) -> None:
    drawn = Drawn(read_space({"x": domain}, False, None), trials, 0)
    values = [drawn.task(number, {}).values["x"] for number in range(drawn.total)]
    assert sorted(values) == sorted(expected)


def test_near_the_best_nothing_is_tried_twice() -> None:
    found = read_space({"x": [1, 2, 3, 4], "y": {"low": 1, "high": 3}}, False, None)
    objective = ObjectiveRecord(
        name="o", title="o", direction="higher", labels=False, chooses=True, about=""
    )
    chooser = Estimated(found, 9, 0, 1, [objective])
    ended: dict[int, TrialRecord] = {}
    for number in range(chooser.total):
        task = chooser.task(number, ended)
        assert task is not None
        value = ObjectiveValue(value=float(str(task.values["x"])))
        ended[number] = TrialRecord(
            number=number, values=task.values, state="complete", seconds=0, objectives={"o": value}
        )
    assert len({str(trial.values) for trial in ended.values()}) == 9
    assert Estimated(found, 50, 0, 1, [objective]).total == 12


def test_points_are_for_a_grid() -> None:
    of_points = {
        "x": {"low": 0.0, "high": 1.0, "step": 0.25},
        "y": {"low": 0.0, "high": 1.0, "points": 2},
    }
    drawn = Drawn(read_space(of_points, False, None), 12, 0)
    tasks = [drawn.task(number, {}).values for number in range(drawn.total)]
    assert len({task["y"] for task in tasks}) == 12
    assert {task["x"] for task in tasks} <= {0.0, 0.25, 0.5, 0.75, 1.0}


def test_labels() -> None:
    assert label([{"use": "minilm"}, {"use": "umap", "dim": 5}]) == "minilm + umap"
    assert label(0.0003000001) == "0.0003"
    assert label([500, 500, 2000]) == "[500, 500, 2000]"
