"""Leiden community detection as a clusterforge clusterer."""
