"""The tables of scores that the terminal, the report and comparisons show."""

from __future__ import annotations

from clusterforge.runs.score_table import other_treatments, score_tables
from tests.runs.scores import metric, metrics, score

KINDS = {"b": metric(2, direction="lower"), "a": metric(1)}


def test_columns_follow_the_order_of_the_metrics_and_rows_that_of_the_recipe():
    scores = [score(c, m, 0.5) for c in ("z", "y") for m in ("b", "a")]
    (table,) = score_tables(metrics(KINDS, *scores))
    assert [column.title for column in table.columns] == ["Metric 1 ↑", "Metric 2 ↓"]
    assert [(row.clusterer, row.clusters, row.coverage) for row in table.rows] == [
        ("z", 3, 1.0),
        ("y", 3, 1.0),
    ]


def test_a_clusterer_without_a_score_has_an_empty_cell():
    (table,) = score_tables(
        metrics(KINDS, score("x", "a", 0.5), score("x", "b", 1.0), score("y", "b", 2.0))
    )
    assert table.rows[1].cells[0] is None
    assert [cell.best for cell in table.cells] == [False, True, False]


def test_a_cell_says_what_its_value_rests_on():
    one = score("x", "a", 0.7931, low=0.75, high=0.82, coverage=0.9, exact=False)
    (table,) = score_tables(metrics(KINDS, one))
    (cell,) = table.cells
    assert (cell.text, cell.interval) == ("0.793", "0.750–0.820")
    assert cell.partial
    assert cell.estimated
    assert cell.note == (
        "100 rows; noise left out, covers 90.0 %; interval 0.750–0.820; estimated from a sample"
    )
    assert table.rows[0].coverage == 0.9


def test_an_undefined_score_says_why():
    (table,) = score_tables(metrics(KINDS, score("x", "a", None, reason="one cluster")))
    (cell,) = table.cells
    assert (cell.text, cell.undefined, cell.note) == ("–", True, "100 rows; one cluster")


def test_scores_that_treat_noise_in_another_way_stand_apart():
    shown, other = score("x", "a", 0.5), score("x", "a", 0.4, noise="cluster")
    run = metrics(KINDS, other, shown)
    assert [cell.score.value for cell in score_tables(run)[0].cells] == [0.5]
    assert other_treatments(run) == [other]
