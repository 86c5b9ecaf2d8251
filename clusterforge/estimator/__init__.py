"""A recipe as a scikit-learn estimator."""

from clusterforge.estimator.cluster_pipeline import ClusterPipeline, EstimatorError

__all__ = ["ClusterPipeline", "EstimatorError"]
