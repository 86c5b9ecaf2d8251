"""Recipes: TOML in, a validated description of a run out, with every name resolved to a plugin."""

from clusterforge.recipe.model import Entry, Projection, Recipe, bases
from clusterforge.recipe.resolve import resolve
from clusterforge.recipe.source import Source, read
from clusterforge.recipe.tables import Compute

__all__ = ["Compute", "Entry", "Projection", "Recipe", "Source", "bases", "read", "resolve"]
