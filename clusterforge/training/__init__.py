"""Training: one loop for every network, with pairs, checkpoints and warm starts around it."""

from clusterforge.training.adapter import NetworkEncoder

__all__ = ["NetworkEncoder"]
