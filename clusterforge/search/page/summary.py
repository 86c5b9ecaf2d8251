"""A sweep in words: what was searched, which trial is best, how sure that is, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from clusterforge.formats import count, duration, number
from clusterforge.report.text import short
from clusterforge.search.closeness import SEED, closeness
from clusterforge.search.page.axes import Axis
from clusterforge.search.page.measures import Measure
from clusterforge.search.records import AxisRecord, SweepRecord, TrialRecord
from clusterforge.search.space import label
from clusterforge.search.space import many as written

CLOSE = 0.1
"""As close to the best: a tenth of the way to the median trial."""
MATTERS, IDLE = 0.1, 0.02
MAX_LISTED, MAX_VALUE = 6, 24
HOW = {
    "grid": "all {} of",
    "random": "{} drawn at random of",
    "tpe": "{} chosen near the best so far, of",
    "halving": "{}, the best of them again with a larger budget, of",
}


@dataclass(frozen=True)
class Summary:
    """The first screen.

    Parameters
    ----------
    searched, sure, cost, failed
        Its answers; ``failed`` is empty where no trial has.
    advice, caveats
        What to try next, and what to bear in mind.
    """

    searched: str
    sure: str
    cost: str
    failed: str
    advice: tuple[str, ...]
    caveats: tuple[str, ...]


@dataclass(frozen=True)
class Sweep:
    """A sweep as the page sees it.

    Parameters
    ----------
    record, trials
        Its records.
    axes, measures
        What varies, and what trials are compared by.
    best
        Place of the best trial among the trials.
    importances
        By key and measure; None where that is not defined.
    """

    record: SweepRecord
    trials: Sequence[TrialRecord]
    axes: Sequence[Axis]
    measures: Sequence[Measure]
    best: int
    importances: dict[str, dict[str, float | None]]

    @property
    def judge(self) -> Measure:
        """The measure that the best trial is best by."""
        return self.measures[0]

    @property
    def choosing(self) -> list[Measure]:
        """The objectives that choose."""
        return [one for one in self.measures if one.kind == "chooses"]

    @property
    def compared(self) -> list[int]:
        """The trials that compete for the best: of ``halving``, those with the largest budget."""
        rung = self.trials[self.best].rung
        return [i for i, trial in enumerate(self.trials) if trial.rung == rung]


def summary(sweep: Sweep) -> Summary:
    """Say what a sweep has found."""
    return Summary(
        searched=_searched(sweep),
        sure=_with(_sure(sweep), closeness(sweep.trials, sweep.record.objectives)),
        cost=_cost(sweep),
        failed=_failed(sweep),
        advice=tuple(advice(sweep)),
        caveats=tuple(_caveats(sweep)),
    )


def _with(text: str, more: str) -> str:
    return f"{text}. {more}" if more else text


def _searched(sweep: Sweep) -> str:
    record, many = sweep.record, len(sweep.trials)
    whole = record.method == "grid" and record.size == record.trials == many
    if record.method == "grid" and not whole:
        how = f"{count(many, 'combination')} of {written(record.size or 0)} of"
    else:
        how = HOW[record.method].format(count(many, "combination"))
    records = {one.key: one for one in record.axes}
    if len(sweep.axes) > MAX_LISTED:
        keys = [axis.title for axis in sweep.axes[: MAX_LISTED - 1]]
        keys.append(f"{count(len(sweep.axes) - len(keys), 'more key')}")
    else:
        keys = [f"{a.title}{_domain(a, records.get(a.key))}" for a in sweep.axes]
    return f"{how[:1].upper()}{how[1:]} {_listed(keys)}"


def _domain(axis: Axis, record: AxisRecord | None) -> str:
    """Return the values of a key in brackets: all that were to be tried, or else those that were."""
    if record is not None and not record.values:
        assert record.low is not None
        assert record.high is not None
        return f" ({record.low:g} to {record.high:g})"
    texts = list(axis.options)
    if record is not None and len(record.values) != len(texts):
        texts = [label(value) for value in record.values]
    if len(texts) > MAX_LISTED:
        return f" ({len(texts)} values)"
    return f" ({', '.join(map(_quoted, texts))})"


def _sure(sweep: Sweep) -> str:
    judge, best = sweep.judge, sweep.best
    gains = judge.gains
    others = [i for i in sweep.compared if i != best and np.isfinite(gains[i])]
    if not others:
        return "No other trial can be compared with it"
    lost = {i: float(gains[best] - gains[i]) for i in others}
    nearest = min(others, key=lambda i: (lost[i], i))
    gap = lost[nearest]
    by = "as good" if gap <= 0 else f"{number(gap)} behind"
    if len(sweep.choosing) > 1 and gap < 0:
        by = f"{number(-gap)} better by it, and beaten in another objective"
    text = f"Next by {judge.title} is trial {sweep.trials[nearest].number}, {by}"
    reach = CLOSE * max(0.0, float(np.median(list(lost.values()))))
    close = [i for i in others if lost[i] <= reach]
    if len(close) < 2:
        return text
    text += (
        f"; {count(len(close), 'trial')} {'are' if len(close) > 1 else 'is'} within {number(reach)}"
    )
    same = [
        axis
        for axis in sweep.axes
        if axis.places[best] is not None and len({axis.places[i] for i in (best, *close)}) == 1
    ]
    if same:
        shared = _listed([f"{a.title} {_quoted(a.text(best))}" for a in same[:MAX_LISTED]])
        text += f", all with {shared}"
    return text


def _cost(sweep: Sweep) -> str:
    record = sweep.record
    workers = f" on {count(record.workers, 'worker')}" if record.workers > 1 else ""
    text = f"{duration(record.seconds)}{workers}"
    if record.saved >= 0.1:
        text += f"; stages that were there already have saved {duration(record.saved)}"
    return text


def _failed(sweep: Sweep) -> str:
    failed = sum(trial.state == "failed" for trial in sweep.trials)
    empty = int(np.isnan(sweep.judge.array).sum()) - failed
    many = len(sweep.trials)
    parts = [f"{failed:,} of {many:,} trials, with no result"] if failed else []
    if empty:
        parts.append(f"{empty:,} of {many:,} without a value by {sweep.judge.title}")
    return "; ".join(parts)


def advice(sweep: Sweep) -> Iterator[str]:
    """Yield what to try next: values beyond those tried, and keys that are not worth trials."""
    best, judge = sweep.best, sweep.judge
    for axis in sweep.axes:
        weight = sweep.importances[axis.key][judge.name]
        end = axis.end(best)
        if axis.is_count and axis.text(best) == "2":
            continue  # one cluster is no clustering
        if end and not axis.key.endswith("seed") and weight is not None and weight >= MATTERS:
            beyond = "smaller" if end == "smallest" else "larger"
            yield (
                f"{axis.title} = {axis.text(best)} is the {end} value tried, and it matters: "
                f"try {beyond} ones."
            )
    weights = {a.title: sweep.importances[a.key][judge.name] for a in sweep.axes if a.key != SEED}
    idle = [title for title, weight in weights.items() if weight is not None and weight < IDLE]
    if idle and max(weight or 0 for weight in weights.values()) >= MATTERS:
        yield (
            f"Alone, {_listed(idle[:MAX_LISTED])} {'explains' if len(idle) == 1 else 'explain'} next to "
            f"nothing of {judge.title}: spend the trials on other keys."
        )


def _caveats(sweep: Sweep) -> Iterator[str]:
    record, judge = sweep.record, sweep.judge
    if not any(o.labels and o.chooses for o in record.objectives) and record.labelled:
        yield "The labels were not used to choose; scores with them are shown for the record."
    if any(o.labels and o.chooses for o in record.objectives):
        with_labels = _listed([o.title for o in record.objectives if o.labels and o.chooses])
        yield f"The labels chose the trial: its {with_labels} is too good for rows without labels."
    inside = judge.name in record.metrics and not record.metrics[judge.name].labels
    if inside and any(axis.key.startswith("encoder") for axis in sweep.axes):
        yield (
            f"{judge.title} is taken in the embedding of each trial, and embeddings differ: one that is "
            "pressed together scores high."
        )
    if len(sweep.trials) >= 20:
        yield (
            f"The best of {len(sweep.trials):,} is partly the luckiest: expect a little less of it on "
            "another seed."
        )
    yield from (text[:1].upper() + text[1:] + "." for text in record.warnings)


def _listed(texts: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(texts[:-1]), texts[-1]))) if texts else "nothing"


def _quoted(text: str) -> str:
    """Return a value as part of a sentence: cut, and apart from the direction of the text around it."""
    return f"\u2068{short(text, MAX_VALUE)}\u2069"
