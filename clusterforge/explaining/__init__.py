"""What a clustering found, in the items' own terms: members, words, mean images, features."""

from clusterforge.explaining.clusters import Explained, explain
from clusterforge.explaining.members import LISTED
from clusterforge.explaining.pictures import png
from clusterforge.explaining.reconstructions import compared, spread
from clusterforge.explaining.selection import TYPICAL

__all__ = ["LISTED", "TYPICAL", "Explained", "compared", "explain", "png", "spread"]
