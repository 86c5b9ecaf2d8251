"""The clusters of a run as a table: number, name, size, and what they are about."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from clusterforge.exporting.row_columns import Clusters
from clusterforge.formats import number, share, signed
from clusterforge.runs.records import ClusterExplanation, Member, ValueProfile

WORDS, MEMBERS, CLASSES, FEATURES, VALUES = 10, 3, 3, 5, 3
DIGITS = 6  # of a share
TYPICAL = tuple(f"typical {place}" for place in range(1, MEMBERS + 1))


def cluster_sheet(clusters: Clusters) -> pa.Table:
    """Return one row per cluster, the largest first, and noise last.

    Returns
    -------
    pyarrow.Table
        ``cluster``, ``name``, ``parent``, ``rows`` (of all splits) and ``share``; where the run knows
        them, ``words`` or ``features``, typical members, and ``classes`` of the labels; for each column
        that the recipe profiles, the values that the cluster has more often than other rows.
    """
    folder, clusterer = clusters.folder, clusters.clusterer
    labels = folder.assignments.clusters[clusterer]
    numbers, sizes = np.unique(labels[labels >= -1], return_counts=True)
    pairs = zip(numbers.tolist(), sizes.tolist(), strict=True)
    order = sorted(pairs, key=lambda one: (one[0] < 0, -one[1], one[0]))  # the largest first
    explanation = folder.explanations.clusterings.get(clusterer)
    known = {one.cluster: one for one in explanation.clusters} if explanation else {}
    total = max(1, int(sizes.sum()))
    rows = [
        {
            "cluster": cluster,
            "name": clusters.names[cluster],
            "parent": clusters.parent(cluster),
            "rows": size,
            "share": round(size / total, DIGITS),
            **_about(known.get(cluster)),
        }
        for cluster, size in order
    ]
    schema = pa.schema([*_SIZES, *((name, pa.string()) for name in _TEXTS)])
    table = pa.Table.from_pylist(rows, schema)
    table = table.drop_columns([name for name in _TEXTS if table[name].null_count == len(table)])
    profiles = folder.profiles
    for column in profiles.clusterings[clusterer] if profiles else ():
        values = {one.cluster: one.marked()[:VALUES] for one in column.clusters}
        texts = [", ".join(map(_value, values.get(cluster, ()))) or None for cluster, _ in order]
        name = column.name if column.name not in table.column_names else f"profile {column.name}"
        table = table.append_column(name, pa.array(texts, pa.string()))
    return table


_SIZES = (
    ("cluster", pa.int64()),
    ("name", pa.string()),
    ("parent", pa.string()),
    ("rows", pa.int64()),
    ("share", pa.float64()),
)
_TEXTS = ("words", "features", *TYPICAL, "classes")


def _about(cluster: ClusterExplanation | None) -> dict[str, str | None]:
    if cluster is None:
        return {}
    words = [word.word for word in (cluster.words or ())[:WORDS]]
    features = [f"{f.title} {signed(f.z)} sd" for f in (cluster.features or ())[:FEATURES]]
    classes = [f"{c.name} {share(c.share)}" for c in (cluster.classes or ())[:CLASSES]]
    listed = {"words": words, "features": features, "classes": classes}
    members = zip(TYPICAL, cluster.typical, strict=False)
    return {
        **{name: ", ".join(parts) or None for name, parts in listed.items()},
        **{name: _shown(member) for name, member in members},
    }


def _value(value: ValueProfile) -> str:
    return f"{value.value} {share(value.share)} (×{value.lift:.1f})"


def _shown(member: Member) -> str:
    if member.text is not None:
        return member.text
    if member.values is None:
        return member.id
    written = (v.value if isinstance(v.value, str) else number(v.value) for v in member.values)
    parts = zip(member.values[:FEATURES], written, strict=False)
    values = ", ".join(f"{v.name} {value}" for v, value in parts)
    return f"{member.id}: {values}"
