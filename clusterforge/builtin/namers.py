"""Specs of the built-in namers."""

from __future__ import annotations

from clusterforge.builtin.plugin import plugin
from clusterforge.costs import Cost, Size
from clusterforge.params import Field, Params
from clusterforge.specs import NamerSpec


class WordsParams(Params):
    """Phrases, columns or typical members that distinguish a cluster from its siblings.

    Grootendorst 2022, arXiv:2203.05794
    """

    parts: int = Field(4, ge=1, le=8, description="Maximum phrases, columns or members in a name.")
    words: int = Field(6, ge=1, le=20, description="Maximum words in a name of phrases.")
    variety: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Penalty on a phrase for words that the name already has; 0: none.",
    )
    stop_words: tuple[str, ...] = Field(
        (), strict=False, description="Words that are never used in a name, in upper or lower case."
    )


def words(params: WordsParams, size: Size) -> Cost:
    """Return the cost of comparing phrases of each cluster with those of the others."""
    return Cost(0.1 + size.clusters * 0.02)


SPECS: tuple[NamerSpec, ...] = (
    NamerSpec(*plugin("namers", "words", WordsParams), costs=words, default=True),
)
