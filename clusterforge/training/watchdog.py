"""What to say of a phase that has ended: it diverged, it collapsed, its losses have something to tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor

if TYPE_CHECKING:
    from clusterforge.training.phase_run import PhaseRun

COLLAPSED = 1e-6  # variance of the embedding, as a share of its mean square


def concerns(run: PhaseRun, z: Tensor) -> list[str]:
    """Return what a user should know, one line each, to go behind ``phase <title>``.

    Parameters
    ----------
    run
        The phase, ended.
    z
        Embedding of a sample of the training rows: float32 (m, d).
    """
    lines = []
    if run.reason and run.reason.startswith("diverged"):
        lines.append(
            f"{run.reason}: the weights of the epoch before were kept; lower lr, or set clip"
        )
    if collapsed(z):
        lines.append(
            "collapsed the embedding: all rows lie in one point, and scores on it mean nothing"
        )
    for loss in run.losses:
        with loss as made:
            lines += made.warnings()
    return lines


def collapsed(z: Tensor) -> bool:
    """Return whether rows, if there are several, all lie in one point: float32 (m, d)."""
    if len(z) < 2:
        return False
    spread = z.var(dim=0, correction=0).sum()
    return bool(spread <= COLLAPSED * z.square().sum(dim=1).mean())
