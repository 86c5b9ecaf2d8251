"""Another clustering with a person's edits applied."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from clusterforge.builtin.clusterers import EditedParams
from clusterforge.clusterers.anchored import Described
from clusterforge.contracts import (
    Context,
    Details,
    DetailTable,
    FloatArray,
    IntArray,
    Points,
    State,
    checked_rows,
)
from clusterforge.curation import Curated, Edits, Labelling, apply
from clusterforge.curation.edits import TREE, Split
from clusterforge.curation.rules import Rule, follow, rules_of, rules_state

Pins = dict[tuple[str, str], int]


class Edited(Described[EditedParams]):
    """Edits of a clustering: merges, splits, names, pins, noise given back.

    Each edit names clusters by rows that stand for them, so that the same file applies to a refit. What
    can't be applied is listed and changes nothing.
    """

    rules: tuple[Rule, ...] = ()
    pins: Pins
    width: int

    def fit(self, points: Points, context: Context) -> IntArray:
        """Apply the edits to the labels of the clusterer below: int64 (n,)."""
        edits = Edits.read(Path(self.params.edits))
        labels = next(iter(points.clusterings.values()))
        rows = points.rows
        ids = np.arange(len(labels)) if rows is None else rows.ids
        labelling = Labelling(
            ids=ids.astype(str),
            split="train" if rows is None else rows.name,
            embedding=points.embedding,
            labels=labels,
            membership=next(iter(points.memberships.values()), None),
            tree=next(iter(points.trees.values()), None),
            wide=points.wide,
            texts=rows.items if rows is not None and rows.items.content == "text" else None,
        )

        def recluster(edit: Split, rows: FloatArray, seed: int) -> IntArray:
            clusterer = context.clusterer(edit.by or "", edit.parameters)
            return clusterer.fit(Points(rows), context.with_seed(seed))

        curated = apply(
            edits,
            labelling,
            hold_out=self.params.hold_out,
            seed=context.seed,
            recluster=recluster,
        )
        self.rules, self.pins = curated.rules, curated.pins
        self.width = points.embedding.shape[1]
        self._details = _details(edits, curated)
        self._warnings = tuple(
            f"edit {outcome.number} ({outcome.do}) was not applied: {outcome.reason}"
            for outcome in curated.outcomes
            if outcome.status == "refused"
        )
        return curated.rows.labels

    def predict(self, points: Points, context: Context) -> IntArray:
        """Change the labels of the clusterer below as the edits have; pinned rows keep their place."""
        rows = checked_rows(points.embedding, self.width)
        labels = follow(self.rules, next(iter(points.clusterings.values())), rows)
        if points.rows is not None and self.pins:
            split = points.rows.name
            for place, row in enumerate(points.rows.ids.astype(str).tolist()):
                labels[place] = self.pins.get((split, row), labels[place])
        return labels

    def others(self) -> tuple[str, ...]:
        """Return the clusterers that splits name."""
        splits = (e for e in Edits.read(Path(self.params.edits)).edit if isinstance(e, Split))
        return tuple(sorted({split.by for split in splits if split.by and split.by != TREE}))

    def state(self) -> State:
        """Return the rules and the pins."""
        pins = [[split, row, cluster] for (split, row), cluster in self.pins.items()]
        return rules_state(self.rules) | State(meta={"pins": pins, "width": self.width})

    def restore(self, state: State) -> None:
        """Take up the rules and the pins."""
        self.rules, self.width = rules_of(state), state.meta["width"]
        self.pins = {(split, row): cluster for split, row, cluster in state.meta["pins"]}


def _details(edits: Edits, curated: Curated) -> Details:
    statuses = [outcome.status for outcome in curated.outcomes]
    values = {f"edits_{status}": statuses.count(status) for status in sorted(set(statuses))}
    table = DetailTable(
        title="Edits",
        columns=("edit", "what", "became", "rows moved", "why"),
        rows=tuple(
            (outcome.number, edit.text(), outcome.status, outcome.rows, outcome.reason)
            for edit, outcome in zip(edits.edit, curated.outcomes, strict=True)
        ),
    )
    clusters = len(curated.rows.clusters)
    names = tuple(curated.rows.names.get(cluster) for cluster in range(clusters))
    return Details(values=values, tables=(table,) if curated.outcomes else (), names=names)
