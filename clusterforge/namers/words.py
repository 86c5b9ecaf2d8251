"""Names of phrases, columns or typical members."""

from __future__ import annotations

from clusterforge.builtin.namers import WordsParams
from clusterforge.contracts import ClusterEvidence, Context, Evidence, Name, Namer

JOINT = " · "


class Words(Namer[WordsParams]):
    """Joins what tells a cluster from the others: phrases of texts, columns of tables."""

    def names(self, evidence: Evidence, context: Context) -> dict[int, Name]:
        """Return the names."""
        return {
            cluster.cluster: Name(JOINT.join(parts[: self.params.parts]), parts)
            for cluster in evidence.unnamed
            if (parts := _parts(cluster))
        }


def _parts(cluster: ClusterEvidence) -> tuple[str, ...]:
    """Return what could stand in the name of a cluster, the strongest first."""
    if cluster.phrases:
        return tuple(phrase.text for phrase in cluster.phrases)
    if cluster.traits:
        return tuple(
            f"{trait.column} {'high' if trait.z > 0 else 'low'}" for trait in cluster.traits
        )
    return tuple(f"like {member.id}" for member in cluster.typical[:1])
