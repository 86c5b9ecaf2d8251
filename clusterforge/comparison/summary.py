"""What a comparison says, in a sentence for each of its lanes."""

from __future__ import annotations

from clusterforge.comparison.comparison import Comparison, LaneResult
from clusterforge.comparison.scores import Line, Spread
from clusterforge.formats import number, share
from clusterforge.report.verdict import EXTERNAL, INTERNAL, NAMES


def sentences(found: Comparison) -> list[str]:
    """Return one sentence or two for each lane: how alike the clusterings are, and how good."""
    return [sentence for lane in found.lanes for sentence in _lane(lane)]


def _lane(result: LaneResult) -> list[str]:
    names = [subject.label for subject in result.lane.subjects]
    title = f"{result.lane.title}: " if result.lane.title else ""
    said = []
    if len(names) == 2:
        pair = result.pairs[0]
        a, b = names
        if pair.alignment is None:
            said.append(f"{a} and {b} can't be set beside each other ({pair.reason})")
        else:
            rows, stayed = pair.alignment.rows, pair.alignment.stayed
            said.append(
                f"from {a} to {b} {share(stayed / rows)} of {rows:,} shared rows stay in the "
                f"matching cluster (ARI {number(pair.alignment.ari)})"
            )
    elif result.spread:
        said.append(f"any two of {names[0]} to {names[-1]} agree with ARI {spread(result.spread)}")
    if told := _scored(result, names):
        said.append(told)
    text = "; ".join(said)
    return [f"{title}{text}." if title else f"{text[0].upper()}{text[1:]}."] if said else []


def _scored(result: LaneResult, names: list[str]) -> str:
    """Say how the clusterings stand in the first score that means something."""
    splits = sorted(result.tables, key=lambda t: (t.split != "test", t.split == "train"))
    for metrics in (EXTERNAL, INTERNAL):
        for table in splits:
            for metric in metrics:
                of_metric = [line for line in table.lines if line.metric == metric]
                # Where one leaves noise out and another doesn't, all rows are what both can answer for.
                for line in sorted(of_metric, key=lambda line: line.noise != "excluded"):
                    if told := _line(line, table.split, names):
                        return told
    return ""


def _line(line: Line, split: str, names: list[str]) -> str:
    noise = ", noise counted as one cluster," if line.noise == "cluster" else ""
    metric = f"{NAMES.get(line.metric, line.metric)} on {split}{noise}"
    whole = [one for one in line.spreads if len(one.members) == len(names)]
    void = {mark.code for d in line.differences for mark in d.marks if mark.void}
    if whole and void <= {"embedding"}:
        return f"{metric} is {spread(whole[0])} over {len(names)} seeds"
    good = [d for d in line.differences if not d.void and d.value is not None]
    if len(names) != 2 or not good or line.noise == "singletons":
        return ""
    a, b = (number(cell.value) if cell else "" for cell in line.cells)
    told = {
        True: ", which these rows tell apart",
        False: ", too close for these rows to tell apart",
        None: "",
    }[good[0].apart]
    if a == b:
        return f"{metric} is {a} for both"
    return f"{metric} is {a} for {names[0]} and {b} for {names[1]}{told}"


def spread(found: Spread) -> str:
    """Write mean ± standard deviation, the latter with as many digits as a score."""
    return f"{number(found.mean)} ± {number(round(found.sd, 3))}"


def signed(value: float | None) -> str:
    """Write a difference with its sign, as many digits as the scores have; empty for None."""
    if value is None:
        return ""
    size = round(abs(value), 3)
    return f"{'' if not size else '+' if value > 0 else '−'}{number(size)}"
