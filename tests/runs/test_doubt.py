"""What is said of clusters that may be chance."""

from __future__ import annotations

from clusterforge.runs.doubt import doubt
from clusterforge.runs.records import ChanceTest, ClusterChance


def of(*q: float | None) -> ChanceTest:
    return ChanceTest(
        draws=39, clusters=tuple(ClusterChance(cluster=i, q=value) for i, value in enumerate(q))
    )


def test_nothing_is_said_where_all_are_real_or_none_was_tested() -> None:
    assert doubt(ChanceTest(reason="there is one cluster")) == ""
    assert doubt(of(0.025, 0.025, None)) == ""


def test_some_are_named_and_many_are_counted() -> None:
    assert doubt(of(0.025, 0.4, None)) == (
        "1 of 3 clusters may be chance: noise, clustered in the same way, has some as distinct (1). "
        "That is no proof: true clusters that touch look so, too."
    )
    text = doubt(of(0.025, *[0.5] * 20))
    assert text.startswith("20 of 21 clusters may be chance")
    assert "11, 12 and 8 more). That is no proof" in text


def test_all_of_them() -> None:
    assert doubt(of(0.5, 0.05)).startswith("All 2 clusters may be chance")
