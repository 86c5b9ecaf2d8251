"""The rule for the best clustering, sentence by sentence."""

from __future__ import annotations

import pytest

from clusterforge.runs.ranking import deciding, in_order, rank, winners
from tests.runs.scores import metric, metrics, score

SPLITS = ["train", "extra", "test"]
FIRST, SECOND = metric(10), metric(20)
INNER = metric(5, labels=False)
KINDS = {"second": SECOND, "first": FIRST, "inner": INNER}


def ranked(*scores, kinds=KINDS):
    result = rank(metrics(kinds, *scores), SPLITS)
    return result and (result.metric, result.split, [s.clusterer for s in result.scores])


def test_metrics_with_labels_decide_on_held_out_rows_in_order():
    assert deciding(KINDS, SPLITS) == [
        *(("first", "test"), ("second", "test"), ("first", "extra"), ("second", "extra")),
        *(("first", "train"), ("second", "train")),
        *(("inner", "test"), ("inner", "extra"), ("inner", "train")),
    ]
    assert in_order(KINDS) == ["inner", "first", "second"]


@pytest.mark.parametrize("changes", [{"headline": False}, {"direction": "none"}])
def test_neither_a_metric_that_is_no_headline_nor_one_without_direction_decides(changes):
    assert deciding({"a": metric(1, **changes)}, SPLITS) == []


def test_a_metric_without_any_score_gives_way_to_the_next():
    scores = score("a", "first", None), score("a", "second", 0.1), score("b", "second", 0.2)
    assert ranked(*scores) == ("second", "test", ["b", "a"])
    assert ranked(score("a", "first", None)) is None


def test_who_leaves_rows_out_stands_behind_who_covers_them():
    part = score("part", "first", 0.9, coverage=0.94)
    assert ranked(part, score("all", "first", 0.5), score("most", "first", 0.6, coverage=0.95)) == (
        "first",
        "test",
        ["most", "all", "part"],
    )
    assert ranked(part, score("less", "first", 0.8, coverage=0.5))[2] == ["part", "less"]


def test_lower_may_be_better():
    kinds = {"spread": metric(1, direction="lower")}
    assert ranked(score("a", "spread", 2.0), score("b", "spread", 1.0), kinds=kinds)[2] == [
        "b",
        "a",
    ]


def test_scores_that_are_written_alike_are_decided_by_the_next_metric_of_the_kind():
    even = score("a", "first", 0.80040), score("b", "first", 0.80041)
    assert ranked(*even)[2] == ["a", "b"]
    assert ranked(*even, score("a", "inner", 0.9), score("b", "inner", 0.1))[2] == ["a", "b"]
    assert ranked(*even, score("a", "second", 0.1), score("b", "second", 0.2))[2] == ["b", "a"]


def test_a_table_marks_who_the_ranking_puts_first():
    part, whole = score("part", "first", 0.9, coverage=0.5), score("whole", "first", 0.5)
    assert winners([part, whole], FIRST) == {"whole"}
    assert winners([whole, score("even", "first", 0.5), score("c", "first", 0.1)], FIRST) == {
        "whole",
        "even",
    }


def test_a_table_marks_nobody_where_nothing_is_decided():
    alone = score("a", "first", 0.5)
    assert winners([alone, score("b", "first", None)], FIRST) == frozenset()
    assert winners([alone, score("b", "first", 0.5)], FIRST) == frozenset()
    assert winners([alone, score("b", "first", 0.1)], metric(1, direction="none")) == frozenset()
