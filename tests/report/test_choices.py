"""The curves that clusterers bring with them, drawn with their own words."""

from __future__ import annotations

from pathlib import Path

from clusterforge.clusterers.rows import Chosen
from clusterforge.contracts import Curve, Cut, Details, MergeTree
from clusterforge.contracts import Mark as Marked
from clusterforge.numerics.choose import Search
from clusterforge.report import curves
from clusterforge.report.curves import Mark
from clusterforge.report.figures import lines
from clusterforge.report.folder import RunFolder

SEARCH = Search(
    k=(1, 2, 3, 4),
    inertia=(9.0, 3.0, 2.0, 0.0),
    silhouette=(None, 0.2, 0.4, 0.3),
    gap=(0.1, 0.2, 0.5, None),
    gap_error=(0.01, 0.02, 0.03, None),
    rows=5000,
    gap_rows=1000,
    suggested={"silhouette": 3, "elbow": 2, "gap": 3},
)


def charts(details: Details) -> list[curves.Curve]:
    about = {"c": {"details": details.as_json()}}
    return curves.details(RunFolder(run={}, metrics={"clusterers": about}))


def test_each_rule_has_its_chart(tmp_path: Path) -> None:
    silhouette, elbow, gap = charts(Details(choices=Chosen(1, SEARCH, "silhouette", 20).choices))
    assert [c.mark for c in (silhouette, elbow, gap)] == [3, 2, 3]
    assert (elbow.log, elbow.series[0].x) == (True, [1, 2, 3])  # nothing is left at 4
    assert elbow.also == (Mark(3, "3 taken"),)
    assert gap.also == ()
    assert gap.series[0].error == [0.01, 0.02, 0.03]
    assert (silhouette.series[0].x, silhouette.note) == ([2, 3, 4], "of 5,000 rows")
    assert gap.note == "of 1,000 rows"
    for chart in (silhouette, elbow, gap):
        lines.curve(tmp_path, chart)
    assert len(list(tmp_path.glob("details-c-*.svg"))) == 3


def test_a_strangers_curve_has_its_own_words() -> None:
    marks = (Marked(0.5, "radius 0.5", "y"),)
    own = Curve("reach", "Reach of a leader", "leaders", "rows / m²", (1, 2), (3, 0.5), marks=marks)
    (chart,) = charts(Details(curves=(own,)))
    assert (chart.name, chart.title) == ("details-c-reach", "Reach of a leader")
    assert (chart.x_label, chart.y_label, chart.note) == ("leaders", "rows / m²", "")
    assert (chart.mark, chart.mark_axis, chart.mark_label) == (0.5, "y", "radius 0.5")


def test_a_cut_is_marked_on_its_tree() -> None:
    merges = ((0, 1, 1.0), (2, 3, 2.0))
    (chart,) = charts(Details(tree=MergeTree((10, 10, 40), merges, Cut(2, 1.5), Cut(3, 0.5))))
    assert (chart.mark, chart.mark_axis, chart.mark_label) == (1.5, "y", "2 clusters")
    assert chart.also == (Mark(0.5, "largest step: 3 clusters"),)
    assert (chart.tree, len(chart.series)) == (True, 2)
    assert chart.note == "the last 2 merges, of 60 rows"


def test_one_point_and_one_merge_are_no_charts() -> None:
    point = Curve("point", "Point", "x", "y", (1, 2), (None, 1.0))
    assert charts(Details(curves=(point,), tree=MergeTree((1, 1), ((0, 1, 1.0),)))) == []


def test_what_was_chosen_is_said_in_words() -> None:
    about = {
        "details": Details({"inertia": 12345.6}, Chosen(1, SEARCH, "gap", 20).choices).as_json()
    }
    assert curves.plain_details(about) == [
        ("n clusters", "3 by gap"),
        ("n clusters suggested", "3 by silhouette, 2 by elbow, 3 by gap"),
        ("inertia", "12,346"),
    ]
