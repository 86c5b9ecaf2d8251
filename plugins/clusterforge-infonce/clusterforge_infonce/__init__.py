"""InfoNCE as a clusterforge loss."""
