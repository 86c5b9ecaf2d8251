"""Parameters and spec of the encoder ``minilm``."""

from __future__ import annotations

from clusterforge.costs import Cost, Size
from clusterforge.hookspecs import hookimpl
from clusterforge.params import Field, Params
from clusterforge.pretrained.costs import transformer
from clusterforge.pretrained.params import LongTexts, TextBatch
from clusterforge.specs import EncoderSpec, Proposal

CONTRACTS = 1  # the version of clusterforge's contracts that this is written for


class MinilmParams(Params):
    """Parameters of ``minilm``."""

    batch: TextBatch = None
    long: LongTexts = "cut"
    normalize: bool = Field(True, description="Rows of length 1, as the model was trained.")


def cost(params: MinilmParams, size: Size) -> Cost:
    """Return the cost of 6 layers of width 384; texts are read up to 256 tokens."""
    return transformer(size, 384, 6, 1536, 256 if params.long == "cut" else 0)


@hookimpl
def clusterforge_encoders() -> tuple[EncoderSpec, ...]:
    """Return the encoder of this package."""
    return (
        EncoderSpec(
            "minilm",
            "Sentence embeddings by all-MiniLM-L6-v2, 384 dimensions; needs no network.",
            MinilmParams,
            "clusterforge_minilm.minilm:Minilm",
            costs=cost,
            source="Wang et al., MiniLM, NeurIPS 2020; Reimers and Gurevych, Sentence-BERT, 2019",
            takes=frozenset({"text"}),
            weights="1.17 billion pairs of sentences that belong together",
            proposals=(Proposal("text", 30, "embeds what texts mean; needs no network"),),
        ),
    )
