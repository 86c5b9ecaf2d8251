"""Density-based clustering validation as a clusterforge metric."""
