"""The price of giving noise back to clusters: how much more is covered, and how good that is."""

from __future__ import annotations

import numpy as np

from clusterforge.contracts import IntArray
from clusterforge.curation.labelling import Labelling
from clusterforge.curation.outliers import POLICIES, propose
from clusterforge.evaluation.clusters import silhouettes
from clusterforge.numerics.contingency import accuracy, contingency
from clusterforge.runs.records import NoisePolicy, PolicyPoint

SHARES = (0.25, 0.5, 0.75, 1.0)
MEASURED = 5_000
MOST = 20_000  # rows: votes and new clusters take time of their square


def noise_policies(
    rows: Labelling, truth: IntArray | None, *, seed: int, device: str
) -> tuple[NoisePolicy, ...]:
    """Return what each policy costs that can be applied to some rows; nothing without noise.

    Parameters
    ----------
    rows
        The rows, with membership and texts where there are any.
    truth
        int64 (n,): the class of each row, -1 where that is not known; or None.
    seed
        Seed of the samples: of more than 20,000 rows, so many stand for all; silhouettes are of 5,000.
    device
        Where distances are computed.
    """
    drawn = np.random.default_rng(seed).permutation(len(rows))
    if len(rows) > MOST:
        drawn = drawn[:MOST]
        rows, truth = rows.some(drawn), None if truth is None else truth[drawn]
        drawn = np.arange(MOST)
    noise, chosen = np.flatnonzero(rows.labels < 0), drawn[:MEASURED]
    if not len(noise) or not rows.clusters:
        return ()
    untouched = _point(rows, rows.labels, truth, chosen, device, None)
    policies = []
    for policy in POLICIES:
        proposal = propose(policy, rows, noise)
        able = np.flatnonzero(proposal.labels >= 0) if proposal else noise[:0]
        if proposal is None or not len(able):
            continue
        order = able[np.argsort(-proposal.certainty[able], kind="stable")]
        points = [untouched]
        for share in SHARES:
            taken = order[: round(share * len(order))]
            if not len(taken):
                continue
            labels = rows.labels.copy()
            labels[noise[taken]] = proposal.labels[taken]
            least = float(proposal.certainty[taken[-1]])
            points.append(_point(rows, labels, truth, chosen, device, least))
        policies.append(NoisePolicy(policy=policy, rows=len(rows), points=tuple(points)))
    return tuple(policies)


def _point(
    rows: Labelling,
    labels: IntArray,
    truth: IntArray | None,
    chosen: IntArray,
    device: str,
    threshold: float | None,
) -> PolicyPoint:
    """Return how a clustering does; clusters keep the classes that they were matched to."""
    inside = labels >= 0
    right = None
    if truth is not None and (known := inside & (truth >= 0)).any():
        right = float(accuracy(contingency(truth[known], labels[known]).counts))
    each = silhouettes(rows.embedding[chosen], labels[chosen], 0, device)
    measured = each[np.isfinite(each)]
    return PolicyPoint(
        coverage=float(inside.mean()),
        threshold=threshold,
        accuracy=right,
        silhouette=float(measured.mean()) if len(measured) else None,
    )
