"""Two or more clusterings compared: scores, recipes, clusters and rows."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import PrivateAttr

from clusterforge.comparison.alignment import align
from clusterforge.comparison.comparison_page import notebook, render
from clusterforge.comparison.findings import (
    Agreement,
    ClusteringSummary,
    Findings,
    Pair,
    Panel,
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
from clusterforge.comparison.overlap import Overlap
from clusterforge.comparison.run_differences import changes, repetitions
from clusterforge.comparison.score_lines import score_lines
from clusterforge.comparison.sentences import notes, sentences
from clusterforge.comparison.shared_rows import SharedRows, shared_rows
from clusterforge.numerics.contingency import ari
from clusterforge.registry import Registry
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

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as JSON values, as ``clusterforge compare --json`` prints them."""
        return self.model_dump(mode="json")

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


def compare(*runs: RunName, registry: Registry | None = None) -> Comparison:
    """Compare clusterings: of two or more runs, or of one run.

    Parameters
    ----------
    *runs
        Folders of runs, or :class:`clusterforge.Run`. ``"folder:clusterer"`` names one clusterer;
        without, those with the same id are compared, and within one run each with each.
    registry
        The plugins, for paired tests by the metrics of packages; default: all that are installed.

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
    shared = _SharedRows()
    panels = tuple(_panel(selection, shared, repeated, registry) for selection in selections)
    return Comparison(
        runs=tuple(_summary(run) for run in opened),
        repetitions=repeated,
        notes=notes(opened, repeated, list(shared.values())),
        changes=changes(opened),
        panels=panels,
    )


class _SharedRows(dict[tuple[str, str], SharedRows]):
    """The rows that two runs share, by their letters; matched once."""

    def of(self, a: NamedRun, b: NamedRun) -> SharedRows:
        key = (a.letter, b.letter)
        if key not in self:
            self[key] = shared_rows(a, b)
        return self[key]


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


def _panel(
    selection: Selection,
    shared: _SharedRows,
    repeated: tuple[Repetition, ...],
    registry: Registry | None,
) -> Panel:
    clusterings = selection.clusterings
    first = clusterings[0]
    rows = [shared.of(first.run, other.run) for other in clusterings[1:]]
    agreement = tuple(
        Agreement(first=a.label, second=b.label, ari=_agreement(a, b, shared.of(a.run, b.run)))
        for a, b in combinations(clusterings, 2)
        if 2 < len(clusterings) <= MAX_MATRIX
    )
    values = [one.ari for one in agreement if one.ari is not None]
    return Panel(
        title=selection.title,
        clusterings=tuple(
            ClusteringSummary(
                label=clustering.label,
                run=clustering.run.letter,
                clusterer=clustering.clusterer,
                n_clusters=clustering.run.folder.metrics.clusterings[
                    clustering.clusterer
                ].n_clusters,
            )
            for clustering in clusterings
        ),
        lines=tuple(score_lines(clusterings, rows, repeated, registry)),
        pairs=tuple(_pair(a, b, shared.of(a.run, b.run)) for a, b in selection.pairs),
        agreement=agreement,
        agreement_spread=Spread(
            clusterings=tuple(clustering.label for clustering in clusterings),
            mean=float(np.mean(values)),
            sd=float(np.std(values, ddof=1)),
        )
        if values and len(values) == len(agreement)
        else None,
    )


def _agreement(a: NamedClustering, b: NamedClustering, shared: SharedRows) -> float | None:
    overlap = Overlap.of(a, b, shared)
    return float(ari(overlap.table.counts)) if overlap.aligned else None


def _pair(a: NamedClustering, b: NamedClustering, shared: SharedRows) -> Pair:
    overlap = Overlap.of(a, b, shared)
    reasons = [f"{name}: {split.reason}" for name, split in shared.splits.items() if split.reason]
    reasons += [f"{c.label} calls every shared row noise" for c in overlap.all_noise()]
    return Pair(
        first=a.label,
        second=b.label,
        splits=shared.splits,
        alignment=align(overlap) if overlap.aligned else None,
        reason=None if overlap.aligned else "; ".join(reasons) or "no row is labelled by both",
    )
