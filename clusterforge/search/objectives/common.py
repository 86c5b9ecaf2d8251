"""The space that all trials of a sweep have in common: where clusterings of any embedding compare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from clusterforge.contracts import (
    Context,
    Encoder,
    FloatArray,
    IntArray,
    Items,
    View,
    embedding_of,
    parts_of,
)
from clusterforge.contracts.items import KIND_OF, SomeItems
from clusterforge.drafting.choice import chain
from clusterforge.errors import InputError
from clusterforge.models import guard
from clusterforge.models.build import uses_labels
from clusterforge.pipeline.fit import Fits
from clusterforge.pipeline.sample import sample
from clusterforge.recipe import Entry, Recipe
from clusterforge.registry import Registry
from clusterforge.specs import EncoderSpec, Part
from clusterforge.validation import validated

ROWS = 2_000


class CommonSpaces:
    """Rows of the train split in the common space of the trials, kept for the last data set.

    The common space is the embedding by the longest prefix of the encoders that no trial changes and
    none trains. Where there is none, it is the rows as vectors by the encoders that ``init`` would write.
    """

    def __init__(self) -> None:
        self._latest: tuple[str, FloatArray] | None = None

    def embedding(self, fits: Fits) -> FloatArray:
        """Return at most 2,000 rows, those of :func:`rows_of`, float32 (m, d).

        Raises
        ------
        ClusterforgeError
            Where the trials have other data, or nothing turns the rows into vectors.
        """
        assert fits.recipe.search is not None
        if varies_data(fits.recipe.search.space):
            raise InputError("the trials have other data")
        rows, registry = rows_of(fits), fits.encoded.session.registry
        place = common_encoder(fits.recipe, registry)
        if place is not None:
            return fits.chain[place].embedding("train")[rows]
        if self._latest is None or self._latest[0] != fits.data.key:
            items = SomeItems(fits.data.corpus.train.items, rows)
            context = fits.encoded.session.context("search.common")
            self._latest = fits.data.key, _vectors(items, registry, context, fits.recipe.file)
        return self._latest[1]


def varies_data(keys: Iterable[str]) -> bool:
    """Tell whether any of the keys that vary changes the data."""
    return any(key.partition(".")[0] == "dataset" for key in keys)


def rows_of(fits: Fits) -> IntArray:
    """Return the train rows that stand for all in the common space: int64 (m,)."""
    return sample(len(fits.data.corpus.train), ROWS, 0)


def common_encoder(recipe: Recipe, registry: Registry) -> int | None:
    """Return the last encoder whose embedding of the whole rows is that of every trial; None where none is.

    Encoders that are trained, see labels, or keep neighbours alone, are none.
    """
    assert recipe.search is not None
    keys = [key.split(".") for key in recipe.search.space]
    if recipe.search.budget is not None:
        keys.append(recipe.search.budget.key.split("."))
    links = recipe.links
    roots: dict[int, frozenset[Part | None]] = {}
    for place, link in enumerate(links):
        spec = link.entry.spec(EncoderSpec)
        usable = not spec.trained and spec.keeps == "distances"
        usable = usable and not uses_labels(link.entry, registry)
        usable = usable and not _varies(place, link.entry, spec, keys)
        if usable and all(below in roots for below in link.below):
            above = [roots[below] for below in link.below]
            roots[place] = frozenset().union(*above) if above else frozenset({link.reads})
    everything = frozenset(link.reads for link in links if not link.below)
    return max((place for place, of in roots.items() if of == everything), default=None)


def _varies(place: int, entry: Entry, spec: EncoderSpec, keys: list[list[str]]) -> bool:
    """Tell whether any of the keys that vary changes what an encoder does."""
    names = {str(place), entry.id, entry.plugin.spec.name}
    return any(
        (key[0] == "encoder" and (len(key) == 1 or key[1] in names))
        or (key[0] == "seed" and spec.stochastic)
        for key in keys
    )


def _vectors(items: Items, registry: Registry, context: Context, file: str | None) -> FloatArray:
    """Return rows as vectors: parts of several kinds next to one another, each with variance 1."""
    own = embedding_of(items)
    if own is not None:
        return own
    parts = [
        _encoded(part, name, registry, context, file) for name, part in parts_of(items).items()
    ]
    if len(parts) == 1:
        return parts[0]
    spreads = [float(np.sqrt(part.var(axis=0).sum())) or 1.0 for part in parts]
    return np.concatenate([p / s for p, s in zip(parts, spreads, strict=True)], axis=1)


def _encoded(
    items: Items, part: Part, registry: Registry, context: Context, file: str | None
) -> FloatArray:
    view = View(items)
    for entry in _proposed(part, len(items), registry):
        with guard.calling(entry, file):
            encoder: Encoder[Any] = entry.build()
            view = View(items, guard.embedding(encoder.fit_encode(view, context), len(items)))
    if view.embedding is None:
        raise InputError(
            f"no encoder proposes itself for {part}", remedy="begin with one of your own"
        )
    return view.embedding


def _proposed(part: Part, rows: int, registry: Registry) -> Iterator[Entry]:
    """Yield the encoder that ``init`` would write for rows of a kind."""
    for number, chosen in enumerate(chain(KIND_OF[part], rows, registry)):
        if chosen.kind == "encoder" and chosen.proposal.role == KIND_OF[part]:
            plugin = registry.find("encoder", chosen.use)
            values = {setting.key: setting.value for setting in chosen.settings}
            table = f"encoder.{number}"
            params = validated(plugin.spec.params, values, place=table, file=None, folder=Path())
            yield Entry(table, plugin.spec.name, plugin, params)
