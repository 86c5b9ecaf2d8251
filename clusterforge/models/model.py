"""One model: fitted encoders and clusterers of a recipe on new rows."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from clusterforge.contracts import (
    Clusterer,
    Column,
    Context,
    Dataset,
    Encoder,
    IntArray,
    Items,
    Points,
    SomeItems,
    State,
    embedding_of,
    parts_of,
)
from clusterforge.contracts.items import of_parts
from clusterforge.errors import InputError, PluginError
from clusterforge.models import blocks, compute, derived, guard
from clusterforge.models.answers import Answer, soft_answers
from clusterforge.models.build import build_encoder
from clusterforge.models.chain import encode_chain, encoded_in_blocks
from clusterforge.models.classes import with_classes
from clusterforge.models.frames import AS_THE_RUN, Values
from clusterforge.models.row_format import RowFormat, Rows
from clusterforge.models.rows import NO_TEXT, as_items
from clusterforge.models.unread import Unread
from clusterforge.models.usable_rows import NO_LABEL, UsableRows, usable_rows
from clusterforge.recipe import Entry, Recipe, read, resolve
from clusterforge.registry import Registry
from clusterforge.registry.python_names import Imported, Named
from clusterforge.specs import EncoderSpec

if TYPE_CHECKING:
    import pyarrow as pa

LOGGER = logging.getLogger("clusterforge")
CLEANED = f"{NO_TEXT} after cleaning"


class LeftOut(UserWarning):
    """A clusterer that was not asked for by name can't be restored here."""


@dataclass(frozen=True)
class PlainModel:
    """A model as plain values: it is built again from its recipe and the states of its parts.

    Parameters
    ----------
    recipe
        The tables of its recipe.
    form, classes
        As of :class:`Model`.
    states
        What each part left, by kind and id.
    trusted
        Whether what the recipe names as ``python:module:Class`` may be imported.
    of_dataset
        Whether new rows are read as those of the recipe's data set.
    """

    recipe: Mapping[str, object]
    form: RowFormat
    classes: int | None
    states: Mapping[str, State]
    trusted: bool
    of_dataset: bool


class Model:
    """Fitted encoders and clusterers on new rows; each is built and restored once, when needed.

    Parameters
    ----------
    recipe
        The recipe that they were fitted by.
    registry
        The plugins.
    form
        What their rows look like.
    classes
        How many classes the training rows had; None without labels.
    state
        Returns what a fitted plugin left, by its entry.
    fitted
        Encoders and clusterers that are at hand, by kind and id: ``encoder.scale``.
    dataset
        The entry of the data set, where new rows are to be cleaned as its own were.
    """

    def __init__(
        self,
        recipe: Recipe,
        registry: Registry,
        form: RowFormat,
        classes: int | None,
        state: Callable[[Entry], State],
        *,
        fitted: Mapping[str, Encoder[Any] | Clusterer[Any]] | None = None,
        dataset: Entry | None = None,
    ) -> None:
        self.recipe, self.registry, self.form, self.classes = recipe, registry, form, classes
        self._state, self._dataset = state, dataset
        self.fitted: dict[str, Any] = dict(fitted or {})
        self._at_hand = frozenset(self.fitted)

    @classmethod
    def of(cls, plain: PlainModel) -> Model:
        """Return a model of plain values.

        Raises
        ------
        InputError
            Where its recipe is not valid here.
        """
        names = Imported(finished=True) if plain.trusted else Named()
        registry = Registry.installed().naming(names)
        recipe = resolve(read(plain.recipe), registry)
        dataset = recipe.dataset if plain.of_dataset else None
        return cls(
            recipe,
            registry,
            plain.form,
            plain.classes,
            lambda entry: plain.states[entry.address],
            dataset=dataset,
        )

    def points(self, rows: Rows, remark: Callable[[str], None] = LOGGER.warning) -> Points:
        """Return the embedding of rows, and the last encoder's own soft assignment.

        Parameters
        ----------
        rows
            As in :func:`clusterforge.models.rows.as_items`.
        remark
            Told what encoders do not read of them, line by line.

        Raises
        ------
        InputError
            Where they are not what the encoders were fitted on.
        """
        return self.points_of(self.prepared(as_items(rows, self.form, self._values)), remark)

    def points_of(self, items: Items, remark: Callable[[str], None] = LOGGER.warning) -> Points:
        """Return the points of items as :meth:`usable_rows` returns them; else as :meth:`points`."""
        unread = Unread(len(items))
        encode = partial(self._encode, unread=unread)
        with compute.using(self._resources):
            points = encoded_in_blocks(items, encode) if self._by_row else encode(items)
        for line in unread.lines():
            remark(line)
        return points

    def usable_rows(self, rows: Rows) -> UsableRows:
        """Return rows as items that are prepared, without those that have nothing to encode.

        Parameters
        ----------
        rows
            As of :meth:`points`.

        Raises
        ------
        InputError
            As :meth:`points`, but not for rows without a text, an image, an embedding, or, where the
            encoders take no gaps, a value.
        """
        usable = usable_rows(rows, self.form, self._values, gaps=self.takes_gaps)
        items = usable.items
        if items is None:
            return usable
        prepared = self.prepared(items)
        if prepared is items or items.content != "text" or self.form.parts:
            return replace(usable, items=prepared)
        texts = prepared.take(np.arange(len(prepared)))
        there = np.array([bool(str(text).strip()) for text in texts], bool)
        left_out = np.array(usable.left_out, dtype=object)
        left_out[usable.kept[~there]] = CLEANED
        return UsableRows.of(prepared, there, tuple(left_out.tolist()))

    def placed(self, rows: Rows, becomes: tuple[str, str] = NO_LABEL) -> tuple[UsableRows, Points]:
        """Return which rows can be encoded, with a warning if some can't, and their points.

        Where none can, the points are those of one row that stands in their place.

        Parameters
        ----------
        rows, becomes
            As of :meth:`usable_rows` and :meth:`UsableRows.encodable`.
        """
        usable = self.usable_rows(rows)
        remark = LOGGER.debug if usable.items is None else LOGGER.warning
        return usable, self.points_of(usable.encodable(becomes), remark)

    def computing(self) -> AbstractContextManager[None]:
        """Return a block in which libraries keep to the run's threads, for several calls in a row."""
        return compute.using(self._resources)

    def points_in_blocks(self, rows: Rows) -> Iterator[Points]:
        """Yield the points of rows, 65,536 at a time and in their order.

        They are encoded when they are asked for where every encoder takes each row by itself, else all
        before the first.

        Parameters
        ----------
        rows
            As of :meth:`points`.

        Raises
        ------
        InputError
            As :meth:`points`.
        """
        items = self.prepared(as_items(rows, self.form, self._values))
        unread = Unread(len(items))
        every = None if self._by_row else self._encoded(items, unread)
        for start in range(0, len(items), blocks.BLOCK):
            some = np.arange(start, min(start + blocks.BLOCK, len(items)))
            if every is not None:
                points = every if len(some) == len(items) else every.some(some)
            else:
                part = items if len(some) == len(items) else SomeItems(items, some)
                points = self._encoded(part, unread)
            if some[-1] == len(items) - 1:  # who takes the last part may not ask for another
                for line in unread.lines():
                    LOGGER.warning(line)
            yield points

    def _encoded(self, items: Items, unread: Unread) -> Points:
        with compute.using(self._resources):
            return self._encode(items, unread)

    def _encode(self, items: Items, unread: Unread) -> Points:
        links = self.recipe.links
        chain = [(link, partial(self.encoder, link.entry)) for link in links]
        stored = not all(link.entry.address in self._at_hand for link in links)
        file = self.recipe.file
        return encode_chain(items, chain, self._context, file, stored=stored, unread=unread)

    @property
    def _by_row(self) -> bool:
        return all(link.entry.spec(EncoderSpec).by_row for link in self.recipe.links)

    def check_clusterer(self, name: str) -> None:
        """Refuse a clusterer that can't label new rows.

        Raises
        ------
        InputError
            Where there is none of that name, or it can't label rows it has not seen.
        """
        self._clusterer(name)

    def predict(self, points: Points, clusterer: str | None = None) -> IntArray:
        """Return the cluster of each row by one clusterer, the first by default: int64 (n,).

        Raises
        ------
        InputError
            Where it can't label rows it has not seen.
        """
        entry, fitted = self._clusterer(clusterer)
        with self._calling(entry):
            return guard.labels(fitted.predict(points, self._context), len(points))

    def answer(self, points: Points, clusterer: str | None = None) -> Answer:
        """Return the cluster of each row, how surely it is in it, and how far it is an outlier."""
        entry, fitted = self._clusterer(clusterer)
        with self._calling(entry):
            labels = guard.labels(fitted.predict(points, self._context), len(points))
            return Answer(labels, *soft_answers(fitted, points, labels, self._context))

    def cut(
        self,
        parts: Mapping[str, Points],
        clusterer: str | None,
        *,
        n_clusters: int | None,
        height: float | None,
    ) -> dict[str, IntArray]:
        """Return the labels of every split by another cut of a clusterer's tree.

        Parameters
        ----------
        parts
            The embedding of each split, ``train`` among them.
        clusterer
            Which one; default: the recipe's first.
        n_clusters, height
            How many clusters to leave, or up to which height merges count; one of the two.

        Raises
        ------
        InputError
            Where the clusterer has no tree, or there is no such cut.
        """
        entry, context = self.recipe.clusterer(clusterer), self._context
        with self._calling(entry):
            # A cut changes what the clusterer predicts, so it is not that of ``predict``.
            fitted = self._restored(entry)
            answer = fitted.cut(parts["train"], context, n_clusters=n_clusters, height=height)
            labels = {"train": guard.numbered(answer, len(parts["train"]))}
            if self.recipe.can_predict(entry):
                clusters = int(labels["train"].max(initial=-1)) + 1
                for split, points in parts.items():
                    if split != "train":
                        found = fitted.predict(points, context)
                        labels[split] = guard.labels(found, len(points), clusters)
        return labels

    def usable(self) -> list[str]:
        """Return the clusterers that can label new rows here, by id.

        One that can't be restored is left out with a :class:`LeftOut` warning: its ``python:`` code may not
        be imported, say, or its package has changed.

        Raises
        ------
        InputError, PluginError
            Where all of them would be left out.
        """
        names: list[str] = []
        left: list[InputError | PluginError] = []
        for entry in self.recipe.clusterers:
            if not self.recipe.can_predict(entry):
                continue
            try:
                self._clusterer(entry.id)
            except (InputError, PluginError) as error:
                left.append(error)
            else:
                names.append(entry.id)
        if left and not names:
            raise left[0]
        for reason in left:
            warnings.warn(f"left out: {reason}", LeftOut, stacklevel=3)
        return names

    def states(self) -> dict[str, State]:
        """Return the state of every part, by kind and id."""
        return {
            entry.address: self.fitted[entry.address].state()
            if entry.address in self.fitted
            else self._state(entry)
            for entry in (*self.recipe.encoders, *self.recipe.clusterers)
        }

    def __getstate__(self) -> PlainModel:
        python = self.registry.python
        trusted = python is None or isinstance(python, Imported)
        given, states = self.recipe.given(), self.states()
        return PlainModel(given, self.form, self.classes, states, trusted, self.of_dataset)

    def __setstate__(self, plain: PlainModel) -> None:
        # Whoever unpickles has trusted the code already, but for one that was loaded without trust.
        self.__dict__.update(Model.of(plain).__dict__)

    @contextmanager
    def _calling(self, entry: Entry) -> Iterator[None]:
        # What others' code does with its state is theirs: the seal of its stage holds for the state.
        ours = entry.plugin.distribution.ours and entry.address not in self._at_hand
        stored = guard.restoring() if ours else nullcontext()
        with guard.calling(entry, self.recipe.file), compute.using(self._resources), stored:
            yield

    def encoder(self, entry: Entry) -> Encoder[Any]:
        """Return the fitted encoder of an entry."""
        if entry.address not in self.fitted:
            encoder = build_encoder(self._resolved(entry), self.registry)
            with guard.restoring():
                encoder.restore(self._state(entry))
            self.fitted[entry.address] = encoder
        found: Encoder[Any] = self.fitted[entry.address]
        return found

    def _clusterer(self, name: str | None) -> tuple[Entry, Clusterer[Any]]:
        entry = self.recipe.clusterer(name)
        if not self.recipe.can_predict(entry):
            raise InputError(f"clusterer {entry.id!r} can't label rows it has not seen")
        if entry.address not in self.fitted:
            with guard.calling(entry, self.recipe.file), compute.using(self._resources):
                self.fitted[entry.address] = self._restored(entry)
        return entry, self.fitted[entry.address]

    def _restored(self, entry: Entry) -> Clusterer[Any]:
        def base(name: str) -> Clusterer[Any]:
            return self._clusterer(name)[1]

        def fresh(name: str) -> Clusterer[Any]:
            below = self._resolved(self.recipe.clusterer(name))
            return derived.build(below, fresh, fitted=False, fresh=fresh)

        return derived.restored(self._resolved(entry), self._state(entry), base, fresh)

    @property
    def takes_gaps(self) -> bool:
        """Whether rows of a table may have gaps: they are filled, or every encoder of features takes them."""
        if any(column.fill is not None for column in self.form.features):
            return True
        of_features = ["features", *([None] if self.form.content == "table" else [])]
        return all(
            "mixed" in link.entry.spec(EncoderSpec).takes
            for link in self.recipe.links
            if not link.below and link.reads in of_features
        )

    @property
    def of_dataset(self) -> bool:
        """Whether new rows are read as those of a data set."""
        return self._dataset is not None

    @property
    def _values(self) -> Values | None:
        """Reads the values of columns as the data set reads those of its files; None without one."""
        return None if self._dataset is None else self._read_values

    @cached_property
    def _reader(self) -> Dataset[Any]:
        assert self._dataset is not None
        with guard.calling(self._dataset, self.recipe.file):
            reader: Dataset[Any] = self._dataset.build()
            return reader

    def _read_values(self, table: pa.Table, columns: Sequence[Column]) -> pa.Table:
        assert self._dataset is not None
        dataset = self._reader
        try:
            with guard.calling(self._dataset, None):
                return guard.values(dataset.read_values(table, columns), table)
        except InputError as error:  # new rows are at fault, and no key of the recipe
            raise InputError(error.problem, remedy=AS_THE_RUN) from None

    def prepared(self, items: Items) -> Items:
        """Return new items as the encoders take them: texts are cleaned as the data set's own were."""
        if self._dataset is None:
            return items
        dataset = self._reader
        with guard.calling(self._dataset, self.recipe.file):
            parts = {name: dataset.prepare(part) for name, part in parts_of(items).items()}
            return of_parts(parts, embedding_of(items))

    def _resolved(self, entry: Entry) -> Entry:
        return with_classes(entry, self.classes, self.recipe.file)[0]

    @cached_property
    def _resources(self) -> compute.Resources:
        return compute.choose(self.recipe.compute, self.recipe.file)

    @cached_property
    def _context(self) -> Context:
        return self._resources.context(self.recipe.seed)
