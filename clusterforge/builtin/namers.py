"""Specs of the built-in namers."""

from __future__ import annotations

from clusterforge.builtin.plugin import plugin
from clusterforge.params import Field, Params
from clusterforge.specs import NamerSpec


class WordsParams(Params):
    """Phrases, columns or typical members that tell a cluster from its siblings.

    Grootendorst 2022, arXiv:2203.05794
    """

    parts: int = Field(4, ge=1, le=8, description="Phrases, columns or members in a name, at most.")
    words: int = Field(6, ge=1, le=20, description="Words in a name of phrases, at most.")
    variety: float = Field(
        0.5,
        ge=0,
        le=1,
        description="How far a phrase loses by the words that the name already has; 0: not at all.",
    )
    stop_words: tuple[str, ...] = Field(
        (), strict=False, description="Words that stand in no name, in any case."
    )


SPECS: tuple[NamerSpec, ...] = (NamerSpec(*plugin("namers", "words", WordsParams)),)
