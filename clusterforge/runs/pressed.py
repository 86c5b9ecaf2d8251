"""Phases of training that made clusters tighter and no better: the same words on a terminal and a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from math import sqrt

from clusterforge.runs.records import MetricRecord, PhaseRecord

RISE = 0.075  # of the range of a score without labels, from which on it should have an effect
WIDE = 1.96  # standard errors of a share of rows on each side


def pressed(records: Sequence[PhaseRecord], metrics: Mapping[str, MetricRecord]) -> Iterator[str]:
    """Yield a sentence for each phase that raised the first score without labels, and not the other.

    The score by labels counts as risen where it gained more than chance in the rows explains: more than
    half of the 95 % interval of a share of so many rows.

    Parameters
    ----------
    records
        The input and each phase of every encoder, in their order.
    metrics
        Those of the scores, by id.
    """
    scored = metrics.keys() & records[0].scores if records else ()
    names = sorted(scored, key=lambda name: metrics[name].order)
    inner = next((name for name in names if not metrics[name].labels), None)
    outer = next((name for name in names if metrics[name].labels), None)
    if inner is None or outer is None:
        return
    for before, after in pairwise(records):
        if before.stage != after.stage or before.phase == "input":
            continue
        low, high = before.scores[inner], after.scores[inner]
        first, reached = before.scores[outer], after.scores[outer]
        if low is None or high is None or first is None or reached is None:
            continue
        share = min(1.0, max(0.0, first))
        margin = WIDE * sqrt(share * (1 - share) / after.rows)
        effect = metrics[outer].gain(first, reached)
        if metrics[inner].gain(low, high) < RISE or effect > margin:
            continue
        change = f"from {first:.3f} to {reached:.3f}"
        what = f"within chance ({change}, ±{margin:.3f})" if effect >= -margin else change
        yield (
            f"{after.stage}: phase {after.phase} made clusters tighter ({metrics[inner].title} from "
            f"{low:.2f} to {high:.2f}); {metrics[outer].title} changed {what}."
        )
