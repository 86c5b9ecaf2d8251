"""Improved deep embedded clustering."""

from __future__ import annotations

from clusterforge.builtin.trained_encoders import IdecParams
from clusterforge.encoders.dec import ClusterTraining
from clusterforge.phases import LossUse, Phase


class Idec(ClusterTraining[IdecParams]):
    """Reconstruction first, then clustering and reconstruction together.

    References
    ----------
    Guo, Gao, Liu and Yin, "Improved deep embedded clustering with local structure preservation",
    IJCAI 2017, eq. 9.
    """

    def phases(self) -> tuple[Phase, ...]:
        """Return pre-training, and clustering with reconstruction."""
        p = self.params
        losses = (p.clustering_loss(p.weight), LossUse(use="reconstruction"))
        return (p.pretraining(), p.training(*losses, name="idec"))
