"""Edits applied to a clustering, in the order of the file; pins and pairs hold at the end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clusterforge.curation import edits as kinds
from clusterforge.curation.actions import Actions
from clusterforge.curation.constraints import Constraints, held_out
from clusterforge.curation.draft import Draft
from clusterforge.curation.labelling import Answer, Labelling, Outcome, Status
from clusterforge.curation.reconcile import reconciled
from clusterforge.curation.rules import Rule
from clusterforge.curation.splitting import Recluster, no_clusterer

LAST = (kinds.Pin, kinds.Together, kinds.Apart)


@dataclass(frozen=True)
class Curated:
    """A clustering with edits applied.

    Parameters
    ----------
    rows
        The rows with their labels, numbered from 0 without gaps, and the names of clusters.
    outcomes
        What became of each edit.
    rules
        How the labels of the fit become these labels, for rows that were not here.
    pins
        The number of the cluster of each pinned row, by split and id, whichever split it is in.
    """

    rows: Labelling
    outcomes: tuple[Outcome, ...]
    rules: tuple[Rule, ...]
    pins: dict[tuple[str, str], int]


def apply(
    edits: kinds.Edits,
    rows: Labelling,
    *,
    hold_out: float = 0.0,
    seed: int = 0,
    recluster: Recluster = no_clusterer,
) -> Curated:
    """Apply edits to a clustering.

    Parameters
    ----------
    edits
        The edits.
    rows
        The rows, their embedding and their labels.
    hold_out
        Share of the pins and pairs that are not applied, but looked at in the end.
    seed
        Seed of splits that name no parts.
    recluster
        Fits the clusterer that a split names.
    """
    editing = _Editing(edits, rows, held_out(edits, hold_out), seed, recluster)
    curated = editing.run()
    return curated if editing.draft.same_fit else editing.run(together=True)


class _Editing:
    def __init__(
        self,
        edits: kinds.Edits,
        rows: Labelling,
        aside: frozenset[int],
        seed: int,
        recluster: Recluster,
    ) -> None:
        self.edits, self.rows, self.aside = edits, rows, aside
        self.seed, self.recluster = seed, recluster
        self.draft = Draft(rows)

    def run(self, *, together: bool = False) -> Curated:
        """Apply the edits, merges and splits one by one or, on another fit, together."""
        draft = self.draft = Draft(self.rows)
        ordered = sorted(enumerate(self.edits.edit, 1), key=lambda pair: _rank(pair[1]))
        ordered = [(number, edit) for number, edit in ordered if number not in self.aside]
        pairs = [edit for _, edit in ordered if isinstance(edit, kinds.Together)]
        actions = Actions(draft, self.seed, self.recluster)
        constraints = Constraints(draft, pairs)
        outcomes = self._reconcile(ordered) if together else {}
        draft.close_gaps()
        for number, edit in ordered:
            if number not in outcomes:
                before = draft.labels.copy()
                if isinstance(edit, kinds.Constraint):
                    status, reason = constraints.apply(edit)
                else:
                    status, reason = actions.apply(edit)
                moved = int((before != draft.labels).sum())
                outcomes[number] = Outcome(number, edit.do, status, moved, reason)
                constraints.renumber(draft.close_gaps())
        for number, edit in enumerate(self.edits.edit, 1):
            if not isinstance(edit, kinds.Constraint):
                continue
            holds = constraints.holds(edit)
            if number in self.aside:
                unaided: Status = "kept_unaided" if holds else "missed_unaided"
                outcomes[number] = Outcome(number, edit.do, unaided)
            elif outcomes[number].status != "refused" and not holds:
                reason = "another pin or pair says the contrary"
                outcomes[number] = Outcome(number, edit.do, "refused", 0, reason)
        rows = self.rows.relabelled(draft.labels, draft.names)
        pins = {row: number for row, number in constraints.pins.items() if number in rows.clusters}
        in_order = tuple(outcomes[number] for number in sorted(outcomes))
        return Curated(rows, in_order, tuple(draft.rules), pins)

    def _reconcile(self, edits: list[tuple[int, kinds.Edit]]) -> dict[int, Outcome]:
        """Apply merges and splits of another fit together, then look what became of each."""
        draft = self.draft
        before = draft.labels
        grouping = [
            (number, edit)
            for number, edit in edits
            if isinstance(edit, kinds.Merge | kinds.Pin)
            or (isinstance(edit, kinds.Split) and edit.parts)
        ]
        result = reconciled([edit for _, edit in grouping], self.rows, before, draft.places)
        draft.labels = result.labels
        if result.rule is not None:
            draft.rules.append(result.rule)
        outcomes = {}
        for number, edit in grouping:
            if isinstance(edit, kinds.Pin):
                continue  # its cluster is one of the groups; its rows go there in the end
            refs = edit.parts if isinstance(edit, kinds.Split) else [c.rows for c in edit.clusters]
            now, then = (
                [draft.home(rows, labels) for rows in refs] for labels in (draft.labels, before)
            )
            names = edit.names if isinstance(edit, kinds.Split) else (edit.name,)
            for home, name in zip(now, names, strict=False):
                if home is not None and name:
                    draft.names[home] = name
            status, reason = _became(edit, now, then)
            here = draft.places.of(tuple(row for rows in refs for row in rows))
            moved = np.isin(before, before[here]) & (before != draft.labels)
            outcomes[number] = Outcome(number, edit.do, status, int(moved.sum()), reason)
        return outcomes


def _rank(edit: kinds.Edit) -> int:
    """Return when an edit is applied: pins and pairs last, since they hold in the end."""
    return next((i for i, kind in enumerate(LAST, 1) if isinstance(edit, kind)), 0)


def _became(
    edit: kinds.Merge | kinds.Split, now: list[int | None], then: list[int | None]
) -> Answer:
    """Return what became of a merge or a split, by the clusters of what it names, now and then."""
    here = [home for home in now if home is not None]
    if len(here) < 2:
        return "refused", "fewer than two of the clusters or parts that it names have a row here"
    before = [home for home in then if home is not None]
    if isinstance(edit, kinds.Merge):
        if len(set(here)) > 1:
            return "refused", "other edits keep these clusters apart"
        return ("unchanged" if len(set(before)) == 1 else "applied"), ""
    if len(set(here)) < len(here):
        return "refused", "other edits join parts of it again"
    return ("unchanged" if len(set(before)) == len(before) else "applied"), ""
