"""Parameters and spec of the encoder ``static-embedding``."""

from __future__ import annotations

from clusterforge.costs import Cost, Size
from clusterforge.hookspecs import hookimpl
from clusterforge.params import Field, HubName, Params
from clusterforge.specs import EncoderSpec, Proposal

CONTRACTS = 1  # the version of clusterforge's contracts that this is written for


class StaticEmbeddingParams(Params):
    """Parameters of ``static-embedding``."""

    model: HubName | None = Field(
        None,
        description="A model of model2vec, or of sentence-transformers with a static embedding: its name "
        "on the Hub, or a local folder as ./folder. None: that of WordLlama, which pip has installed.",
    )
    revision: str | None = Field(
        None, min_length=1, description="Branch, tag or commit on the Hub."
    )
    dim: int | None = Field(
        None,
        ge=1,
        description="Leading dimensions to keep; these models have the most in the first ones.",
    )
    normalize: bool = Field(True, description="Rows of length 1.")


def cost(params: StaticEmbeddingParams, size: Size) -> Cost:
    """Return the cost of looking up tokens."""
    seconds = size.every * size.characters * 3e-7
    return Cost(seconds, memory=200e6, width=params.dim or 256, start=1.0)


@hookimpl
def clusterforge_encoders() -> tuple[EncoderSpec, ...]:
    """Return the encoder of this package."""
    return (
        EncoderSpec(
            "static-embedding",
            "Mean of fixed vectors of tokens; fast on a CPU, reads texts of any length, needs no network.",
            StaticEmbeddingParams,
            "clusterforge_static_embedding.static_embedding:StaticEmbedding",
            costs=cost,
            source="Tulkens and van Dongen, Model2Vec, 2024; Miller, WordLlama, 2024",
            takes=frozenset({"text"}),
            proposals=(
                Proposal("text", 25, "embeds words by fixed vectors, fast; needs no network"),
            ),
        ),
    )
