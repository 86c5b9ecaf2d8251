"""What a clustering found, in the items' own terms: members, words, mean images, features."""

from clusterforge.explaining.clusters import Explained, explain
from clusterforge.explaining.layers import explain_layers
from clusterforge.explaining.pictures import png
from clusterforge.explaining.reconstructions import reconstructions, spread

__all__ = ["Explained", "explain", "explain_layers", "png", "reconstructions", "spread"]
