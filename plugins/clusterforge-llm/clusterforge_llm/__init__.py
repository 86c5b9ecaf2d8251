"""Names of clusters by a language model, as a clusterforge namer."""
