"""What is said of clusters that could be an accident, the same on a terminal and on a page."""

from __future__ import annotations

from clusterforge.formats import count, first_of
from clusterforge.runs.records import ChanceTest

LISTED = 12
NO_PROOF = "That is no proof: true clusters that touch look so, too."


def doubt(test: ChanceTest) -> str:
    """Return a sentence on the clusters that may be chance; empty where there are none."""
    doubtful = test.doubtful
    if not doubtful:
        return ""
    tested = sum(of.q is not None for of in test.clusters)
    if len(doubtful) == tested:
        which = f"All {tested} clusters" if tested > 1 else f"Cluster {doubtful[0]}"
        return f"{which} may be chance: noise, clustered in the same way, has some as distinct. {NO_PROOF}"
    numbers = first_of([str(cluster) for cluster in doubtful], LISTED)
    return (
        f"{len(doubtful)} of {count(len(test.clusters), 'cluster')} may be chance: noise, clustered in the "
        f"same way, has some as distinct ({numbers}). {NO_PROOF}"
    )
