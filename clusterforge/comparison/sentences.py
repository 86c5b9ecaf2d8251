"""What a comparison says in sentences: one or two for each panel, and notes."""

from __future__ import annotations

from collections.abc import Sequence

from clusterforge.comparison.findings import Panel, Repetition, ScoreLine, listed
from clusterforge.comparison.named_runs import NamedRun
from clusterforge.comparison.rows import SharedRows
from clusterforge.formats import number, share, spread
from clusterforge.runs.ranking import deciding


def notes(
    runs: Sequence[NamedRun], repetitions: Sequence[Repetition], shared: Sequence[SharedRows]
) -> tuple[str, ...]:
    """Return what the reader should know before all else."""
    result = [
        f"{listed(list(of.runs))} are repetitions: one recipe, the same rows, "
        f"seeds {listed([str(seed) for seed in of.seeds])}."
        for of in repetitions
    ]
    repeated = {letter for repetition in repetitions for letter in repetition.runs}
    alone = [run.letter for run in runs if run.letter not in repeated]
    if len(runs) > 1 and alone:
        has = "has one seed" if len(alone) == 1 else "have one seed each"
        result.append(
            f"{listed(alone)} {has}: intervals are over rows and say nothing about how much a "
            "result changes with the seed."
        )
    return tuple(dict.fromkeys([*result, *(note for rows in shared for note in rows.notes)]))


def sentences(panels: Sequence[Panel]) -> list[str]:
    """Return one sentence for each panel: how alike the clusterings are, and how good."""
    result = []
    for panel in panels:
        if text := "; ".join(filter(None, (_likeness(panel), _standing(panel)))):
            title = f"{panel.title}: {text}" if panel.title else text[0].upper() + text[1:]
            result.append(f"{title}.")
    return result


def _likeness(panel: Panel) -> str:
    a, *_, z = panel.labels
    if panel.agreement_spread:
        mean = spread(panel.agreement_spread.mean, panel.agreement_spread.sd)
        return f"any two of {a} to {z} agree with ARI {mean}"
    if len(panel.labels) > 2:
        return ""
    alignment, reason = panel.pairs[0].alignment, panel.pairs[0].reason
    if alignment is None:
        return f"{a} and {z} can't be aligned ({reason})"
    return (
        f"from {a} to {z} {share(alignment.stayed / alignment.rows)} of {alignment.rows:,} shared "
        f"rows stay in the matching cluster (ARI {number(alignment.ari)})"
    )


def _standing(panel: Panel) -> str:
    """Say how the clusterings stand by the first metric, in order, whose difference means something."""
    metrics = {line.metric: line.about for line in panel.lines}
    for metric, split in deciding(metrics, dict.fromkeys(line.split for line in panel.lines)):
        lines = [line for line in panel.lines if (line.metric, line.split) == (metric, split)]
        # Where one leaves noise out and another doesn't, all rows are what both can answer for.
        for line in lines:
            if line.noise != "singletons" and (text := _of_line(line, panel.labels)):
                return text
    return ""


def _of_line(line: ScoreLine, labels: list[str]) -> str:
    noise = ", noise counted as one cluster," if line.noise == "cluster" else ""
    title = f"{line.about.title} on {line.split}{noise}"
    whole = next((one for one in line.spreads if len(one.clusterings) == len(labels)), None)
    void = {r.code for d in line.differences for r in d.reservations if r.void}
    if whole and void <= {"embedding"}:
        return f"{title} is {spread(whole.mean, whole.sd)} over {len(labels)} seeds"
    if len(labels) != 2 or not line.differences or line.differences[0].value is None or void:
        return ""
    a, b = (number(score.value) if score else "" for score in line.scores)
    if a == b:
        return f"{title} is {a} for both"
    verdict = {
        True: ", which these rows tell apart",
        False: ", too close for these rows to tell apart",
        None: "",
    }[line.differences[0].apart]
    return f"{title} is {a} for {labels[0]} and {b} for {labels[1]}{verdict}"
