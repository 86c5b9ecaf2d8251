"""clusterforge runs in TensorBoard."""
