"""The plugin packages that are published beside clusterforge: what to install for a name or a kind of rows.

A test holds this table against the specs of the packages.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Package:
    """A package and the plugin that it is for.

    Parameters
    ----------
    distribution
        What is installed.
    kind, use
        The kind of the plugin, and its name in a recipe.
    role, reason
        What its spec proposes itself for, and why; empty where it does not.
    """

    distribution: str
    kind: str
    use: str
    role: str = ""
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.use} of the package {self.distribution}"


PACKAGES = (
    Package("clusterforge-dbcv", "metric", "dbcv"),
    Package(
        "clusterforge-efficientnet",
        "encoder",
        "efficientnet-lite0",
        "image",
        "embeds what is in photographs; needs no network",
    ),
    Package(
        "clusterforge-hdbscan",
        "clusterer",
        "hdbscan",
        "clusters",
        "finds how many clusters there are; rows between them are noise",
    ),
    Package("clusterforge-leiden", "clusterer", "leiden"),
    Package("clusterforge-llm", "namer", "llm"),
    Package(
        "clusterforge-minilm",
        "encoder",
        "minilm",
        "text",
        "embeds what texts mean; needs no network",
    ),
    Package(
        "clusterforge-static-embedding",
        "encoder",
        "static-embedding",
        "text",
        "embeds words by fixed vectors, fast; needs no network",
    ),
    Package(
        "clusterforge-umap",
        "encoder",
        "umap",
        "reduction",
        "few dimensions in which near rows stay near: density means something there",
    ),
)


def encoders_for(role: str) -> tuple[Package, ...]:
    """Return the packages with an encoder for rows of a kind, the best first."""
    return tuple(one for one in PACKAGES if one.kind == "encoder" and one.role == role)
