"""The scores as tables: one a split, a row for each clusterer, a column for each metric."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from clusterforge.formats import interval, number, share
from clusterforge.report.folder import RunFolder

ORDER = (
    "accuracy",
    "nmi",
    "ari",
    "purity",
    "top-1",
    "silhouette",
    "davies-bouldin",
    "calinski-harabasz",
    "noise-fraction",
)
ENOUGH = 0.95  # of the rows, to be compared with who scores them all
ARROWS = {"higher": "↑", "lower": "↓"}
TREATMENTS = {
    "excluded": "noise left out",
    "cluster": "noise as one cluster",
    "singletons": "each noise row a cluster of its own",
}


@dataclass(frozen=True)
class Cell:
    """One score as the table shows it."""

    text: str
    title: str
    best: bool = False
    sampled: bool = False
    partial: bool = False
    undefined: bool = False
    interval: str = ""


@dataclass(frozen=True)
class Row:
    """One clusterer in one split."""

    clusterer: str
    clusters: int | None
    coverage: str
    cells: list[Cell | None]


@dataclass(frozen=True)
class Table:
    """The scores of one split; ``columns`` are name, arrow and whether labels are used."""

    split: str
    rows_scored: int | None
    columns: list[tuple[str, str, bool]]
    rows: list[Row]


def headline(run: RunFolder) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Return the one score to show for each clusterer, split and metric: noise left out."""
    result: dict[tuple[str, str, str], dict[str, Any]] = {}
    for score in run.scores:
        key = (str(score.get("clusterer")), str(score.get("split")), str(score.get("metric")))
        if key not in result or score.get("noise") == "excluded":
            result[key] = score
    return result


def others(run: RunFolder) -> list[dict[str, Any]]:
    """Return the scores with another treatment of noise, where there is noise to treat."""
    shown = {id(score) for score in headline(run).values()}
    rest = [score for score in run.scores if id(score) not in shown]
    return [score for score in rest if score.get("noise") in TREATMENTS]


def undefined(run: RunFolder) -> list[dict[str, Any]]:
    """Return the scores to show that have no value."""
    return [score for score in headline(run).values() if score.get("value") is None]


def metrics_in_order(names: Iterable[str]) -> list[str]:
    """Sort metrics: those with labels first, those the built-ins don't know last."""
    place = {name: i for i, name in enumerate(ORDER)}
    return sorted(set(names), key=lambda name: (place.get(name, len(ORDER)), name))


def tables(run: RunFolder) -> list[Table]:
    """Return one table a split, in the order of the splits."""
    scores = headline(run)
    told = list(run.splits)
    splits = dict.fromkeys([s for s in told if any(k[1] == s for k in scores)])
    splits.update(dict.fromkeys(key[1] for key in scores))
    metrics = metrics_in_order(metric for _, _, metric in scores)
    return [_table(run, split, metrics, scores) for split in splits]


def _table(
    run: RunFolder,
    split: str,
    metrics: list[str],
    scores: dict[tuple[str, str, str], dict[str, Any]],
) -> Table:
    here = {(c, m): score for (c, s, m), score in scores.items() if s == split}
    names = list(dict.fromkeys(clusterer for clusterer, _ in here))
    best = {metric: _best(here, names, metric) for metric in metrics}
    columns = []
    for metric in metrics:
        some = next(score for (_, _, m), score in scores.items() if m == metric)
        arrow = ARROWS.get(str(some.get("direction")), "")
        columns.append((metric, arrow, bool(some.get("labels"))))
    rows = []
    for name in names:
        of_row = [here.get((name, metric)) for metric in metrics]
        rows.append(
            Row(
                clusterer=name,
                clusters=run.clusterers.get(name, {}).get("n_clusters"),
                coverage=share(coverage([score for score in of_row if score])),
                cells=[
                    _cell(score, name in best[metric]) if score else None
                    for score, metric in zip(of_row, metrics, strict=True)
                ],
            )
        )
    told = run.splits.get(split) or {}
    return Table(split, told.get("rows"), columns, rows)


def coverage(scores: Iterable[Mapping[str, Any]]) -> float | None:
    """Return the share of rows that are not noise, of one clusterer's scores in one split.

    None where no score tells of it.
    """
    known = [score for score in scores if score.get("coverage") is not None]
    of_all = [s for s in known if not s.get("labels")]  # the others are of labelled rows alone
    return min((s["coverage"] for s in of_all or known if of_all or s.get("n")), default=None)


def _best(here: dict[tuple[str, str], dict[str, Any]], names: list[str], metric: str) -> set[str]:
    """Return who has the best value; nobody where only one has a value or all tie.

    Who leaves more than a twentieth of the rows out can't be best, but where all do.
    """
    found = {n: s for n in names if (s := here.get((n, metric))) and s.get("value") is not None}
    whole = {n: s for n, s in found.items() if (s.get("coverage") or 0) >= ENOUGH}
    if len(found) > 1 and whole:
        found = whole if len(whole) > 1 else {}
    directions = {str(score.get("direction")) for score in found.values()}
    values = {name: float(score["value"]) for name, score in found.items()}
    if len(set(values.values())) < 2 or not directions <= set(ARROWS) or len(directions) != 1:
        return set()
    top = (max if directions == {"higher"} else min)(values.values())
    return {name for name, value in values.items() if value == top}


def _cell(score: dict[str, Any], best: bool) -> Cell:
    value, coverage, n = score.get("value"), score.get("coverage"), score.get("n")
    reason = str(score.get("reason") or "")
    parts = [
        f"{n:,} rows" if isinstance(n, int) else "",
        TREATMENTS.get(str(score.get("noise")), "") if (coverage or 0) < 1 else "",
        f"covers {share(coverage)}" if coverage is not None else "",
        f"95 % interval {between(score)}" if between(score) else "",
        "" if score.get("exact", True) else "estimated from a sample",
        (reason or "no reason given") if value is None else reason,
        "uses labels" if score.get("labels") else "uses no labels",
    ]
    return Cell(
        text=number(value),
        title="; ".join(part for part in parts if part),
        best=best,
        sampled=not score.get("exact", True) and value is not None,
        partial=coverage is not None and coverage < 1 and value is not None,
        undefined=value is None,
        interval=between(score) if value is not None else "",
    )


def between(score: dict[str, Any]) -> str:
    """Write the interval of a score, ``0.73–0.76``; empty where there is none."""
    low, high = score.get("low"), score.get("high")
    if not isinstance(low, int | float) or not isinstance(high, int | float):
        return ""
    if low == high == score.get("value"):
        return ""
    return interval(low, high)
