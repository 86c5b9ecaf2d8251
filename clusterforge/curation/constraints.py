"""Pins and pairs: what holds in the end, whatever the other edits say."""

from __future__ import annotations

from hashlib import sha256

import numpy as np

from clusterforge.curation import edits as kinds
from clusterforge.curation.draft import Draft, commonest
from clusterforge.curation.labelling import Answer


def held_out(edits: kinds.Edits, share: float) -> frozenset[int]:
    """Return the numbers, from 1, of the pins and pairs that are held out, by a hash of what they say."""
    constraints = [
        (sha256(edit.model_dump_json().encode()).digest(), number)
        for number, edit in enumerate(edits.edit, 1)
        if isinstance(edit, kinds.Constraint)
    ]
    return frozenset(number for _, number in sorted(constraints)[: int(share * len(constraints))])


class Constraints:
    """The pins and pairs of a draft.

    Parameters
    ----------
    draft
        The clustering that they change.
    together
        The pairs that join rows, which are known before any of them is applied.
    """

    def __init__(self, draft: Draft, together: list[kinds.Together]) -> None:
        self.draft = draft
        self.pins: dict[tuple[str, str], int] = {}
        self._pinned: dict[int, int] = {}
        self._joined: dict[int, set[int]] = {}
        for edit in together:
            rows = draft.places.of(edit.rows).tolist()
            group = set(rows).union(*(self._joined.get(row, set()) for row in rows))
            self._joined |= dict.fromkeys(group, group)

    def apply(self, edit: kinds.Constraint) -> Answer:
        """Apply one, and return what became of it."""
        if isinstance(edit, kinds.Pin):
            return self._pin(edit)
        return self._together(edit) if isinstance(edit, kinds.Together) else self._apart(edit)

    def renumber(self, into: dict[int, int]) -> None:
        """Take over the numbers of clusters that have changed."""
        self.pins = {row: into.get(number, number) for row, number in self.pins.items()}
        self._pinned = {row: into.get(number, number) for row, number in self._pinned.items()}

    def holds(self, edit: kinds.Constraint) -> bool:
        """Tell whether the clustering is as one says."""
        places, now = self.draft.places, self.draft.labels
        labels = now[places.of(edit.rows)].tolist()
        if isinstance(edit, kinds.Pin):
            return set(labels) <= {places.cluster(edit.cluster, now)[0]}
        if isinstance(edit, kinds.Together):
            return len(set(labels)) == 1
        clusters = [label for label in labels if label >= 0]
        return len(set(clusters)) == len(clusters)

    def _pin(self, edit: kinds.Pin) -> Answer:
        draft = self.draft
        numbers, reasons = draft.resolve((edit.cluster,))
        if not numbers:
            return "refused", "; ".join(reasons)
        (number,) = numbers
        self.pins |= {kinds.row_key(row): number for row in edit.rows}
        rows = draft.places.of(edit.rows)
        draft.labels[rows] = number
        draft.pinned |= set(rows.tolist())
        self._pinned |= dict.fromkeys(rows.tolist(), number)
        elsewhere = {split for split, _ in map(kinds.row_key, edit.rows)} - draft.places.splits
        if not len(rows) and not elsewhere:
            return "refused", "none of the rows is here"
        return "applied", ""

    def _together(self, edit: kinds.Together) -> Answer:
        draft = self.draft
        rows = draft.places.of(edit.rows)
        if len(rows) < 2:
            return "refused", "fewer than two of the rows are here"
        # Rows that other edits join to these go along, and a pin among them says where.
        joined = np.array(
            sorted(set().union(*(self._joined.get(row, {row}) for row in rows.tolist())))
        )
        pinned = [self._pinned[row] for row in joined.tolist() if row in self._pinned]
        draft.labels[joined] = pinned[0] if pinned else commonest(draft.labels[joined])
        return "applied", ""

    def _apart(self, edit: kinds.Apart) -> Answer:
        draft = self.draft
        rows = draft.places.of(edit.rows)
        if len(rows) < 2:
            return "refused", "fewer than two of the rows are here"
        clusters, centroids = draft.now().centroids()
        if len(clusters) < len(rows):
            return "refused", f"{len(rows)} rows can't lie in {len(clusters)} clusters"
        points = draft.rows.embedding[rows]
        far = np.linalg.norm(points[:, None, :] - centroids[None], axis=2)
        taken: set[int] = set()
        own = [
            far[i, clusters.index(c)] if (c := int(draft.labels[row])) in clusters else np.inf
            for i, row in enumerate(rows)
        ]
        for i in np.argsort(own, kind="stable"):  # the surest keeps its cluster
            current = int(draft.labels[rows[i]])
            if current < 0 or current not in taken:
                taken.add(current)
                continue
            order = np.argsort(far[i], kind="stable")
            best = next(clusters[j] for j in order.tolist() if clusters[j] not in taken)
            draft.labels[rows[i]] = best
            taken.add(best)
        return "applied", ""
