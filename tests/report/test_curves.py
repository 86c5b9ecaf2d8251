"""Charts: losses by epoch, and what clusterers say of their choices in their own words."""

from __future__ import annotations

from pathlib import Path

from clusterforge import contracts
from clusterforge.contracts import Choice, Cut, Details, Mark, MergeTree
from clusterforge.report import curves
from clusterforge.report.curves import evaluated, lengths, losses
from clusterforge.report.source import Source
from clusterforge.runs import RunFolder
from clusterforge.runs.records import Epoch


def epochs(*losses: float, **more: float) -> list[Epoch]:
    return [
        Epoch(stage="s", phase="p", epoch=i, values={"loss": v, "lr": 1e-3, **more})
        for i, v in enumerate(losses, 1)
    ]


def test_log_scale_only_for_positive_values_over_two_decades():
    assert losses(epochs(101.0, 1.0))[0].log
    assert not losses(epochs(99.0, 1.0))[0].log
    assert not losses(epochs(1000.0, 0.0))[0].log


def test_rates_are_no_losses_and_shares_have_a_chart_of_their_own():
    loss, shares = losses(epochs(2.0, 1.0, changed=0.5, seconds=2.0))
    assert [line.name for line in loss.series] == ["loss"]
    assert loss.note == "2 epochs in 4.0 s, learning rate 0.001"
    (slower,) = losses([*epochs(2.0), *epochs(1.0, lr=1.37078e-08)])
    assert slower.note == "2 epochs, learning rate 0.001 to 1.4e−08"
    assert [line.name for line in shares.series] == ["rows that changed cluster"]


def test_a_loss_of_one_term_is_one_line():
    (chart,) = losses(epochs(1.0, 1.0, mse=1.0, validation=2.0))
    assert [(line.name, line.dashed) for line in chart.series] == [
        ("loss = mse", False),
        ("validation", True),
    ]


CURVE = contracts.Curve(
    name="dip",
    title="Hartigan's dip",
    x_label="radius in km",
    y_label="dip",
    x=(1, 2, 3),
    y=(0.5, None, 0.1),
    error=(0.1, None, 0.2),
    rows=1000,
    marks=(Mark(2, "dip suggests 2"), Mark(0.3, "limit", "y")),
)


def test_a_stranger_s_curve_is_drawn_with_its_own_words():
    chart = curves._curve("mine", CURVE)
    assert (chart.name, chart.title, chart.x_label) == (
        "details-mine-dip",
        "Hartigan's dip",
        "radius in km",
    )
    assert chart.series[0].x == (1, 3)
    assert chart.series[0].error == (0.1, 0.2)
    assert [(mark.label, mark.axis) for mark in chart.marks] == [
        ("dip suggests 2", "x"),
        ("limit", "y"),
    ]
    assert chart.note == "of 1,000 rows"


def test_a_tree_has_a_line_for_each_merge_and_both_cuts():
    tree = MergeTree((5, 5, 5), ((0, 1, 1.0), (2, 3, 2.0)), (0, 0, 1), Cut(2, 1.5), Cut(1, 3.0))
    (chart,) = curves._tree("ward", tree)
    assert (chart.kind, len(chart.series)) == ("tree", 2)
    assert [mark.label for mark in chart.marks] == ["2 clusters", "largest step: 1 cluster"]
    assert chart.note == "the last 2 merges, of 15 rows"


def test_a_tree_of_one_height_is_not_drawn():
    merges = ((0, 1, 9.0), (3, 2, 9.0))
    assert curves._tree("hdbscan", MergeTree((5, 5, 5), merges, (0, 0, 1))) == []
    assert curves._tree("ward", MergeTree((5, 5), ((0, 1, 9.0),), (0, 1)))


def test_facts_say_what_was_chosen_by_which_rule():
    chosen = Choice("n_clusters", 4, "elbow", {"elbow": 4, "gap": 6})
    told = curves.facts(Details(values={"inertia": 1234.5, "nothing": None}, choices=(chosen,)))
    assert told == (
        ("n clusters", "4 by elbow"),
        ("n clusters suggested", "4 by elbow, 6 by gap"),
        ("inertia", "1,234"),
    )


def test_the_evaluation_has_charts(texts: Path):
    source = Source(RunFolder.open(texts))
    names = [chart.name for chart in evaluated(source)]
    assert "coverage-kmeans" in names
    (train, _) = lengths(source)
    assert len(train.series[0].x) == len(train.series[0].y) + 1
    assert train.note == "the last bar also holds the longest 1 %"
