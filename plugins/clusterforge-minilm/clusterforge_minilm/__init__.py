"""MiniLM sentence embeddings for clusterforge, weights included."""
