"""Classes and functions of Python in the place of plugins: an adapter for each of our contracts."""

from clusterforge.adapters.estimators import EstimatorClusterer, EstimatorEncoder
from clusterforge.adapters.metric import FunctionMetric

__all__ = ["EstimatorClusterer", "EstimatorEncoder", "FunctionMetric"]
