"""The number of clusters, chosen from the data: rows in, a number for each rule out, with its curve.

A rule looks at k-means for many k, or at the spectrum of a neighbour graph. It sees a sample of the rows
along their principal components. Numbers are tried coarsely, then ever more finely around the best.
Nothing but numerics is imported. What the rules are worth was measured: docs/choosing-k.md.
"""

from clusterforge.numerics.choosing.rules import RULES, Rule
from clusterforge.numerics.choosing.search import Search, choose_k, search_k
from clusterforge.numerics.choosing.sweep import RuleCurve

__all__ = ["RULES", "Rule", "RuleCurve", "Search", "choose_k", "search_k"]
