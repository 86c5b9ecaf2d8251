"""Two or more clusterings compared: scores, recipes, clusters and rows."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

from pydantic import PrivateAttr

from clusterforge.comparison.alignment import align
from clusterforge.comparison.findings import (
    Agreement,
    ClusteringSummary,
    Findings,
    Pair,
    Panel,
    Quality,
    Repetition,
    RunSummary,
    Spread,
)
from clusterforge.comparison.named_runs import (
    NamedClustering,
    NamedRun,
    RunName,
    Selection,
    open_runs,
)
from clusterforge.comparison.page import notebook, render
from clusterforge.comparison.rows import Overlap, SharedRows, shared_rows
from clusterforge.comparison.run_differences import changes, repetitions
from clusterforge.comparison.scores import score_lines
from clusterforge.comparison.sentences import notes, sentences
from clusterforge.numerics.contingency import ari
from clusterforge.storage.atomic import write_text

MAX_MATRIX = 30


class Comparison(Findings):
    """What :func:`compare` finds, also as JSON, as a page and in a notebook."""

    _page: Path | None = PrivateAttr(None)

    def __str__(self) -> str:
        runs = [f"{run.letter}  {run.run}  {run.name}, seed {run.seed}" for run in self.runs]
        return "\n".join([*runs, "", *sentences(self.panels), *self.notes])

    def __repr__(self) -> str:
        names = ", ".join(f"{run.letter}={run.run!r}" for run in self.runs)
        return f"Comparison({names})"

    def _repr_html_(self) -> str:
        return notebook(self, self._page)

    def html(self) -> str:
        """Return it as one page that needs no network."""
        return render(self)

    def write_html(self, path: str | Path) -> None:
        """Write the page.

        Raises
        ------
        EnvironmentProblem
            Where the file can't be written.
        """
        write_text(Path(path), self.html())
        self._page = Path(path)


def compare(*runs: RunName) -> Comparison:
    """Compare clusterings: of two or more runs, or of one run.

    Parameters
    ----------
    *runs
        Folders of runs, or :class:`clusterforge.Run`. ``"folder:clusterer"`` names one clusterer;
        without, those with the same id are compared, and within one run each with each.

    Raises
    ------
    InputError
        Where a folder holds no finished run, a file of one is damaged, or there are not two
        clusterings to compare.

    Examples
    --------
    >>> comparison = clusterforge.compare("runs/a", "runs/b")  # doctest: +SKIP
    >>> comparison.panels[0].pairs[0].alignment.ari  # doctest: +SKIP
    """
    opened, selections = open_runs(runs)
    repeated = repetitions(opened)
    overlaps = _Overlaps()
    panels = tuple(_panel(selection, overlaps, repeated) for selection in selections)
    return Comparison(
        runs=tuple(_summary(run) for run in opened),
        repetitions=repeated,
        notes=notes(opened, repeated, list(overlaps.shared.values())),
        changes=changes(opened),
        panels=panels,
    )


class _Overlaps:
    """The rows that two clusterings both label; the rows that their runs share are matched once."""

    def __init__(self) -> None:
        self.shared: dict[tuple[str, str], SharedRows] = {}
        self._overlaps: dict[tuple[str, ...], Overlap] = {}

    def of(self, a: NamedClustering, b: NamedClustering) -> Overlap:
        runs = (a.run.letter, b.run.letter)
        if runs not in self.shared:
            self.shared[runs] = shared_rows(a.run, b.run)
        key = (*runs, a.clusterer, b.clusterer)
        if key not in self._overlaps:
            self._overlaps[key] = Overlap.of(a, b, self.shared[runs])
        return self._overlaps[key]


def _summary(run: NamedRun) -> RunSummary:
    record = run.folder.run
    return RunSummary(
        letter=run.letter,
        run=run.name,
        name=record.name,
        seed=record.seed,
        started=record.started,
        labels_in_training=record.labels_in_training,
        clusterers=tuple(run.clusterers),
    )


def _panel(selection: Selection, overlaps: _Overlaps, repeated: tuple[Repetition, ...]) -> Panel:
    clusterings = selection.clusterings
    first, *others = clusterings
    agreement = tuple(
        _agreement(overlaps.of(a, b))
        for a, b in combinations(clusterings, 2)
        if 2 < len(clusterings) <= MAX_MATRIX
    )
    values = [one.ari for one in agreement if one.ari is not None]
    return Panel(
        title=selection.title,
        clusterings=tuple(
            ClusteringSummary(
                label=one.label,
                run=one.run.letter,
                clusterer=one.clusterer,
                n_clusters=one.run.folder.metrics.clusterings[one.clusterer].n_clusters,
                quality=_quality(one),
            )
            for one in clusterings
        ),
        lines=tuple(
            score_lines(clusterings, [overlaps.of(first, other) for other in others], repeated)
        ),
        pairs=tuple(_pair(overlaps.of(a, b)) for a, b in selection.pairs),
        agreement=agreement,
        agreement_spread=Spread.of([one.label for one in clusterings], values)
        if values and len(values) == len(agreement)
        else None,
    )


def _quality(one: NamedClustering) -> Quality:
    folder = one.run.folder
    chance = folder.evaluation.clusterings[one.clusterer].chance
    explained = folder.explanations.clusterings[one.clusterer]
    return Quality(
        tested=sum(of.q is not None for of in chance.clusters),
        real=sum(of.real for of in chance.clusters),
        coherence=explained.coherence,
        c_v=explained.c_v,
        diversity=explained.diversity,
        distinctness=explained.distinctness,
    )


def _agreement(overlap: Overlap) -> Agreement:
    value = float(ari(overlap.table.counts)) if overlap.aligned else None
    return Agreement(first=overlap.a.label, second=overlap.b.label, ari=value)


def _pair(overlap: Overlap) -> Pair:
    splits = overlap.shared.splits
    reasons = [f"{name}: {split.reason}" for name, split in splits.items() if split.reason]
    reasons += [f"{c.label} labels every shared row as noise" for c in overlap.all_noise()]
    return Pair(
        first=overlap.a.label,
        second=overlap.b.label,
        splits=splits,
        alignment=align(overlap) if overlap.aligned else None,
        reason=None if overlap.aligned else "; ".join(reasons) or "no row is labelled by both",
    )
