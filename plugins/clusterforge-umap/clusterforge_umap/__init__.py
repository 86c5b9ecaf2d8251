"""UMAP as a clusterforge encoder."""
