"""``profiles.json``: clusters against columns of the data that they were not made of."""

from __future__ import annotations

from typing import Literal

from clusterforge.runs.records.base import Count, Record, Share

ColumnKind = Literal["category", "day", "month", "year", "number"]
Test = Literal["chi-square", "permutation", "kruskal-wallis"]


class ValueProfile(Record):
    """How often a cluster has a value.

    Parameters
    ----------
    value
        The value: a category, a day, a month or a range of numbers, as the column's ``values`` has it.
    rows, share
        The cluster's rows with it, and their share of its rows that have any value.
    lift
        The share, divided by the share over all clusters.
    p
        Of the exact (hypergeometric) test that the cluster has the value as often as all rows do,
        adjusted by Benjamini and Hochberg over the clusters and values of its column, and at least the
        smallest such p of the column adjusted by Holm over the columns.
    """

    value: str
    rows: Count
    share: Share
    lift: float
    p: Share


class ClusterProfile(Record):
    """The values of one cluster; ``rows`` have a value."""

    cluster: int
    rows: Count
    values: tuple[ValueProfile, ...]

    def marked(self, level: float = 0.05) -> list[ValueProfile]:
        """Return the values that the cluster has more often than other rows do, the surest first."""
        more = [value for value in self.values if value.p < level and value.lift > 1]
        return sorted(more, key=lambda value: (value.p, -value.lift))


class ColumnProfile(Record):
    """The clusters against one column.

    Parameters
    ----------
    kind
        What its values are; numbers are cut at their quantiles.
    values
        All values with their rows, noise left out, in their order; the rarest are one, ``other``.
    missing
        Rows of clusters without a value: they are left out.
    test, p
        Whether the column goes with the clusters at all; ``p`` is adjusted by Holm over the columns.
    effect
        How strongly, 0 to 1: Cramér's V, for numbers epsilon squared.
    """

    name: str
    kind: ColumnKind
    values: dict[str, Count]
    missing: Count
    test: Test
    p: Share
    effect: Share
    clusters: tuple[ClusterProfile, ...]


class Profiles(Record):
    """All of ``profiles.json``; ``skipped`` are columns that have no profile, and why."""

    clusterings: dict[str, tuple[ColumnProfile, ...]]
    skipped: dict[str, str]
