"""EfficientNet-Lite0 image embeddings for clusterforge, weights included."""
