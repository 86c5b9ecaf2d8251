"""Specs of the built-in namers."""

from __future__ import annotations

from clusterforge.builtin.plugin import plugin
from clusterforge.params import Field, Params
from clusterforge.specs import NamerSpec


class WordsParams(Params):
    """Phrases, columns or typical members that tell a cluster from its siblings.

    Grootendorst 2022, arXiv:2203.05794
    """

    parts: int = Field(3, ge=1, le=8, description="Phrases, columns or members in a name, at most.")


SPECS: tuple[NamerSpec, ...] = (NamerSpec(*plugin("namers", "words", WordsParams)),)
