"""The curves that a number of clusters was chosen on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clusterforge.report import curves
from clusterforge.report.curves import Mark
from clusterforge.report.figures import lines
from clusterforge.report.folder import RunFolder

CHOICE: dict[str, Any] = {
    "by": "silhouette",
    "suggested": {"silhouette": 3, "elbow": 2, "gap": 3},
    "rows": 5000,
    "gap_rows": 1000,
    "k": [1, 2, 3, 4],
    "inertia": [9.0, 3.0, 2.0, 0.0],
    "silhouette": [None, 0.2, 0.4, 0.3],
    "gap": [0.1, 0.2, 0.5, None],
    "gap_error": [0.01, 0.02, 0.03, None],
}


def charts(**details: Any) -> list[curves.Curve]:
    return curves.details(RunFolder(run={}, metrics={"clusterers": {"c": {"details": details}}}))


def test_each_rule_has_its_chart(tmp_path: Path) -> None:
    silhouette, elbow, gap = charts(choice=CHOICE, n_clusters=3)
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


def test_a_cut_is_marked_on_its_tree() -> None:
    tree = [[0, 1, 1.0, 2], [2, 3, 2.0, 3]]
    other = {"n_clusters": 3, "height": 0.5}
    (chart,) = charts(merges=tree, cut={"n_clusters": 2, "height": 1.5, "suggested": other})
    assert (chart.mark, chart.mark_axis, chart.mark_label) == (1.5, "y", "2 clusters")
    assert chart.also == (Mark(0.5, "largest step: 3 clusters"),)


@pytest.mark.parametrize(
    "odd", [None, [], {}, {"k": 3}, {"k": [1], "gap": "x"}, {"k": ["a", None]}]
)
def test_odd_choices_are_no_charts(odd: Any) -> None:
    assert charts(choice=odd, n_clusters=2) == []
    assert charts(merges=[[0, 1, 1.0, 2], [2, 3, 2.0, 3]], cut=odd)[0].mark is None
