"""Improved deep embedded clustering."""

from __future__ import annotations

from clusterforge.builtin.trained_encoders import IdecParams
from clusterforge.encoders.dec import ClusterTraining


class Idec(ClusterTraining[IdecParams]):
    """Reconstruction first, then clustering and reconstruction together.

    References
    ----------
    Guo, Gao, Liu and Yin, "Improved deep embedded clustering with local structure preservation",
    IJCAI 2017, eq. 9.
    """
