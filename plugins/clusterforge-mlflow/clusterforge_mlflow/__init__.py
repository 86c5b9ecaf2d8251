"""clusterforge runs in MLflow."""
