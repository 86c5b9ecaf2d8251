"""Recipes: TOML in, a validated description of a run out, with every name resolved to a plugin."""

from clusterforge.recipe.model import Compute, Entry, Projection, Recipe, bases
from clusterforge.recipe.resolve import resolve
from clusterforge.recipe.source import Source, read

__all__ = ["Compute", "Entry", "Projection", "Recipe", "Source", "bases", "read", "resolve"]
