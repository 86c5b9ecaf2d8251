"""Scores over several seeds, and next to clusterings without training, as tables.

The terminal and the report show the same cells.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from clusterforge.formats import count, interval, number, spread
from clusterforge.runs.ranking import FITTED, HELD_OUT, in_order
from clusterforge.runs.records import Baselines, MetricRecord, Metrics, Seeds
from clusterforge.runs.score_table import ARROWS


@dataclass(frozen=True)
class SideTable:
    """A table.

    Parameters
    ----------
    title
        What it shows.
    headers
        Of the columns after the first.
    rows
        The first cell of each, and the others with what a reader sees on pointing at them.
    best
        Cells (row, column) that are the best of their column.
    """

    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    best: frozenset[tuple[int, int]] = frozenset()


def side_tables(
    seeds: Seeds | None, baselines: Baselines | None, metrics: Metrics
) -> list[SideTable]:
    """Return the scores over several seeds and next to baselines, where there are some."""
    tables = seed_tables(seeds, metrics) if seeds else []
    return [*tables, *([baseline_table(baselines, metrics)] if baselines else [])]


def seed_tables(seeds: Seeds, metrics: Metrics) -> list[SideTable]:
    """Return mean ± standard deviation over the seeds: a table for each split, a row for each metric."""
    found = {(score.split, score.metric, score.clusterer): score for score in seeds.scores}
    names = tuple(metrics.clusterings)
    tables = []
    for split in dict.fromkeys(score.split for score in seeds.scores):
        rows = []
        for metric in in_order(metrics.metrics):
            record = metrics.metrics[metric]
            scores = [found.get((split, metric, name)) for name in names]
            if not record.headline or not any(score and score.mean is not None for score in scores):
                continue
            cells = []
            for score in scores:
                if score is None or score.mean is None:
                    cells.append((number(None), "undefined"))
                    continue
                values = ", ".join(number(value) for value in score.values)
                note = f"95 % interval {interval(score.low, score.high)}; by seed: {values}"
                text = number(score.mean) if score.sd is None else spread(score.mean, score.sd)
                cells.append((text, note))
            rows.append((_title(record), tuple(cells)))
        tables.append(SideTable(f"over {len(seeds.seeds)} seeds, {split}", names, tuple(rows)))
    return tables


def baseline_table(baselines: Baselines, metrics: Metrics) -> SideTable:
    """Return the recipe's clusterers and the baselines: a row for each, a column for each metric.

    With labels: the scores of held-out rows where there are any. Without: those of train rows in the features
    that the recipe begins with, which are the same for all, so that they may be compared.
    """
    splits = {score.split for score in metrics.scores}
    split = HELD_OUT if HELD_OUT in splits else FITTED
    records = {name: metrics.metrics[name] for name in in_order(metrics.metrics)}
    labelled = [m for m, r in records.items() if r.labels and r.headline]
    shared = [m for m in records if any(m in own for own in baselines.shared.values())]
    lines: list[tuple[str, dict[str, float | None], Mapping[str, float | None], str]] = []
    for name in metrics.clusterings:
        scores = {
            metric: score.value
            for (clusterer, of, metric), score in metrics.headline().items()
            if (clusterer, of) == (name, split)
        }
        lines.append((f"{name} of this recipe", scores, baselines.shared.get(name, {}), ""))
    for one in baselines.baselines:
        scores = {score.metric: score.value for score in one.scores if score.split == split}
        lines.append((one.title, scores, one.shared, one.reason or " + ".join(one.encoders)))
    labelled = [m for m in labelled if any(line[1].get(m) is not None for line in lines)]
    columns = [*((m, 1) for m in labelled), *((m, 2) for m in shared)]
    values = [
        [line[1].get(m) if which == 1 else line[2].get(m) for m, which in columns] for line in lines
    ]
    rows = tuple(
        (line[0], tuple((number(value), line[3]) for value in own))
        for line, own in zip(lines, values, strict=True)
    )
    features = " + ".join(baselines.features) + (f", {FITTED}" if split != FITTED else "")
    headers = tuple(
        _title(records[m]) + ("" if which == 1 else f" in {features}") for m, which in columns
    )
    best = frozenset(
        (row, column)
        for column, (metric, _) in enumerate(columns)
        for row in _best([own[column] for own in values], records[metric])
    )
    title = (
        f"next to {count(len(baselines.baselines), 'baseline')} of "
        f"{count(baselines.clusters, 'cluster')}, {split}"
    )
    return SideTable(title, headers, rows, best)


def _best(values: list[float | None], record: MetricRecord) -> list[int]:
    known = [round(value, 3) for value in values if value is not None]
    if not known or record.direction == "none":
        return []
    best = max(known) if record.direction == "higher" else min(known)
    return [i for i, value in enumerate(values) if value is not None and round(value, 3) == best]


def _title(record: MetricRecord) -> str:
    return f"{record.title} {ARROWS[record.direction]}".rstrip()
