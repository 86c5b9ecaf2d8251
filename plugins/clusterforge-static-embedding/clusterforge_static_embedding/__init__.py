"""Static embeddings of texts for clusterforge, weights included."""
