"""HDBSCAN as a clusterforge clusterer."""
