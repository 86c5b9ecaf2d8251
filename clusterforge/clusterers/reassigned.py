"""Another clustering whose noise is given back to clusters."""

from __future__ import annotations

import numpy as np

from clusterforge.builtin.clusterers import ReassignedParams
from clusterforge.clusterers.anchored import Described
from clusterforge.contracts import (
    Context,
    Details,
    FloatArray,
    IntArray,
    Points,
    State,
    checked_rows,
)
from clusterforge.curation import Labelling
from clusterforge.curation.outliers import NEEDS, propose
from clusterforge.errors import InputError

FOLLOWED = ("nearest", "membership", "neighbors")
"""Policies that place rows which were not there."""


class Reassigned(Described[ReassignedParams]):
    """Noise of a clustering goes to clusters by a policy, as with ``edit --outliers``.

    New rows that the clustering below calls noise are placed by the same policy and threshold; ``words`` and
    ``recluster``, which need all rows, leave them noise.
    """

    rows: FloatArray
    labels: IntArray

    def fit(self, points: Points, context: Context) -> IntArray:
        """Give noise back: int64 (n,)."""
        params, embedding = self.params, checked_rows(points.embedding)
        below = next(iter(points.clusterings.values()))
        noise, inside = np.flatnonzero(below < 0), below >= 0
        of_fit = inside if params.policy in FOLLOWED else np.zeros(len(below), dtype=bool)
        self.rows, self.labels = embedding[of_fit], below[of_fit]
        if not len(noise):
            return below
        texts = points.rows.items if points.rows is not None else None
        rows = Labelling(
            ids=np.arange(len(below)).astype(str),
            split="train",
            embedding=embedding,
            labels=below,
            membership=next(iter(points.memberships.values()), None),
            texts=texts if texts is not None and texts.content == "text" else None,
        )
        proposal = propose(params.policy, rows, noise, params.neighbors)
        if proposal is None:
            if inside.any() and params.policy in ("membership", "words"):
                raise InputError(
                    f"{params.policy} can't be applied: {NEEDS[params.policy]}",
                    key="policy",
                    remedy="choose another policy",
                )
            alone = params.policy == "recluster"
            need = NEEDS[params.policy if inside.any() or alone else "nearest"]
            self._warnings = (f"noise stays noise: {need}",)
            return below
        labels = below.copy()
        labels[noise] = proposal.above(params.threshold)
        self._details = Details(
            {"noise": len(noise), "given_back": int((labels[noise] >= 0).sum())}
        )
        return labels

    def predict(self, points: Points, context: Context) -> IntArray:
        """Label rows by the clustering below, and its noise by the policy: int64 (n,)."""
        embedding = checked_rows(points.embedding, self.rows.shape[1])
        below = next(iter(points.clusterings.values()))
        noise = np.flatnonzero(below < 0)
        if not len(noise) or not len(self.labels):
            return below
        shares = next(iter(points.memberships.values()), None)
        if shares is not None:
            of_members = np.zeros((len(self.labels), shares.shape[1]), dtype=np.float32)
            shares = np.concatenate([of_members, shares[noise]])
        new = np.arange(len(noise)) + len(self.labels)
        rows = Labelling(
            ids=np.arange(len(self.labels) + len(noise)).astype(str),
            split="",
            embedding=np.concatenate([self.rows, embedding[noise]]),
            labels=np.concatenate([self.labels, below[noise]]),
            membership=shares,
        )
        proposal = propose(self.params.policy, rows, new, self.params.neighbors)
        if proposal is None:
            return below
        labels = below.copy()
        labels[noise] = proposal.above(self.params.threshold)
        return labels

    def membership(self, points: Points, context: Context) -> FloatArray | None:
        """Return that of the clustering below, whose clusters these are; None where there are new ones."""
        known = next(iter(points.memberships.values()), None)
        return None if self.params.policy == "recluster" else known

    def state(self) -> State:
        """Return the rows of clusters (m, d) and their labels (m,), where new rows need them."""
        return State({"rows": self.rows, "labels": self.labels})

    def restore(self, state: State) -> None:
        """Take up the rows and their labels."""
        self.rows, self.labels = state.arrays["rows"], state.arrays["labels"]
