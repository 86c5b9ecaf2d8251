"""Encoders: rows in, an embedding out.

The smallest complete encoder plugin::

    class Centre(Encoder[CentreParams]):
        def fit(self, view, context):
            self.mean = view.embedding.mean(axis=0)

        def encode(self, view, context):
            return view.embedding - self.mean

        def state(self):
            return State({"mean": self.mean})

        def restore(self, state):
            self.mean = state.arrays["mean"]
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Generic, Protocol, runtime_checkable

import numpy as np

from clusterforge.contracts.context import Context, State
from clusterforge.contracts.corpus import P
from clusterforge.contracts.items import (
    Items,
    Numbers,
    SomeItems,
    all_numbers,
    embedding_of,
    part_of,
)
from clusterforge.errors import InputError
from clusterforge.formats import share
from clusterforge.numerics.arrays import FloatArray, IntArray
from clusterforge.numerics.rates import clearly_more
from clusterforge.specs import Content, Part

if TYPE_CHECKING:
    import torch

EXAMPLES = 3


@dataclass(frozen=True)
class View:
    """What an encoder sees of one split: the raw items and the embedding that comes in.

    Parameters
    ----------
    items
        The raw rows, also behind other encoders.
    embedding
        float32 (n, d) from the encoder before; None for the first encoder of a chain.
    labels
        int64 (n,), -1 for unlabelled; None unless the parameters say ``uses_labels``.
    n_classes
        Number of classes, where labels are given.
    validation
        The validation split seen the same way, where the data set has one.
    widths
        How many columns of the embedding each branch of encoders gave, where an encoder joins
        several; empty where one encoder gave them all.
    """

    items: Items
    embedding: FloatArray | None = None
    labels: IntArray | None = None
    n_classes: int | None = None
    validation: View | None = None
    widths: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.items)

    @property
    def content(self) -> Content:
        """``embedding`` behind another encoder, else what the items are."""
        return "embedding" if self.embedding is not None else self.items.content

    def some(self, rows: IntArray) -> View:
        """Return what is seen of the rows at these positions, without validation rows."""
        return View(
            SomeItems(self.items, rows),
            None if self.embedding is None else self.embedding[rows],
            None if self.labels is None else self.labels[rows],
            self.n_classes,
            widths=self.widths,
        )

    def rows(self, some: IntArray | None = None) -> FloatArray:
        """Return the incoming rows, or some of them, as a matrix: float32 (n, d).

        That is the embedding, or the table, or the pixels of one-size images divided by 255 and flattened.

        Raises
        ------
        InputError
            Where rows are images of several sizes.
        """
        return self.exact_rows(some).astype(np.float32, copy=False)

    def exact_rows(self, some: IntArray | None = None) -> Numbers:
        """Return the same without loss: float32, or float64 of a table that is.

        An encoder that reads these says so in its spec (``exact``).
        """
        if self.embedding is not None:
            return self.embedding if some is None else self.embedding[some]
        if self.items.content == "image" and self.items.shape is None:
            raise InputError(
                "images of several sizes are not a matrix",
                remedy="give the data set one image size, or put image-model first",
            )
        if self.items.content == "table" and some is None:
            return all_numbers(self.items)
        everything = self.items.take(np.arange(len(self.items)) if some is None else some)
        if self.items.content == "image" and isinstance(everything, np.ndarray):
            flat = everything.reshape(len(everything), -1).astype(np.float32)
            return np.divide(flat, np.float32(255), out=flat)
        if self.items.content == "table" and isinstance(everything, np.ndarray):
            return everything
        raise TypeError(f"{self.items.content} items are not a matrix")


def viewed(
    items: Items,
    below: Sequence[FloatArray],
    reads: Part | None = None,
    labels: IntArray | None = None,
    n_classes: int | None = None,
) -> View:
    """Return what an encoder sees of items.

    Parameters
    ----------
    items
        The rows.
    below
        The embeddings of the encoders before it, which stand next to one another; none for the first of a
        branch, which gets the embedding that the rows come with unless it reads a part.
    reads
        The part of each row that it sees; None for the first.
    labels, n_classes
        As in :class:`View`.
    """
    own = embedding_of(items) if not below and reads is None else None
    below = below if own is None else [own]
    items = part_of(items, reads)
    together = np.concatenate(below, axis=1) if len(below) > 1 else None
    embedding = together if len(below) > 1 else below[0] if below else None
    widths = tuple(part.shape[1] for part in below) if len(below) > 1 else ()
    return View(items, embedding, labels, n_classes, widths=widths)


class Encoder(ABC, Generic[P]):
    """Base of encoder plugins. The constructor stores its parameters; ``fit`` does the work.

    An inductive encoder writes ``encode``, and where it learns ``fit``, ``state`` and ``restore``; one
    that is not inductive writes ``fit_encode`` alone.
    """

    def __init__(self, params: P) -> None:
        self.params = params

    def fit(self, view: View, context: Context) -> None:
        """Learn from the train split. Frozen encoders keep this as it is."""

    def encode(self, view: View, context: Context) -> FloatArray:
        """Return the embedding of a view: float32 (n, d), finite.

        Raises
        ------
        InputError
            Where the encoder is not inductive: it has no place for rows it was not fitted on.
        """
        raise InputError(f"{type(self).__name__} can't encode rows it was not fitted on")

    def fit_encode(self, view: View, context: Context) -> FloatArray:
        """Fit, and return the embedding of the same rows: float32 (n, d).

        An encoder that is not inductive implements this alone.
        """
        self.fit(view, context)
        return self.encode(view, context)

    def assign(self, embedding: FloatArray) -> FloatArray | None:
        """Return the encoder's own soft assignment of its embedding: float32 (n, k); or None."""
        return None

    def reconstruct(self, view: View, context: Context) -> FloatArray | None:
        """Return what can be made again of the embedding, in the space of ``View.rows``; or None.

        Returns
        -------
        float32 (n, d) or None
            Pixels are in [0, 1], channels last. None where there is no way back.
        """
        return None

    def report(self) -> FitReport:
        """Return what became of the fit. The core asks once, after ``fit``."""
        return FitReport()

    def shortfalls(self) -> Sequence[Shortfall]:
        """Return what the last ``encode`` did not read of its rows. The core asks after each one."""
        return ()

    def state(self) -> State:
        """Return what ``restore`` needs."""
        return State()

    def restore(self, state: State) -> None:
        """Take up the state of an encoder fitted with the same parameters."""


@dataclass(frozen=True)
class Shortfall:
    """Rows that an encoder did not read in full.

    Parameters
    ----------
    rows
        How many.
    problem
        What they are, and what can be done, behind "12 rows are": ``longer than 256 tokens, the rest is
        not read``.
    usual
        The share of the rows of the fit of which it would be true if they were new: nothing is said
        unless there are clearly more. None: it is always said.
    examples
        Some of what was not read, the most frequent first: unknown words.
    remedy
        What follows of it, or what can be done: a sentence without its full stop.
    """

    rows: int
    problem: str
    usual: float | None = None
    examples: tuple[str, ...] = ()
    remedy: str = ""

    def notable(self, of: int) -> bool:
        """Tell whether it is worth saying of so many rows that were encoded."""
        return self.usual is None or clearly_more(self.rows, of, self.usual)

    @property
    def line(self) -> str:
        """What stands behind "12 rows are"."""
        examples = f", such as {', '.join(self.examples[:EXAMPLES])}" if self.examples else ""
        like = "of rows like those that it was fitted on"
        usual = "" if self.usual is None else f"; {share(self.usual)} {like} would be"
        return f"{self.problem}{examples}{usual}{f'. {self.remedy}' if self.remedy else ''}"


def added(several: Iterable[Shortfall]) -> tuple[Shortfall, ...]:
    """Return the shortfalls of parts of some rows as those of all."""
    total: dict[str, Shortfall] = {}
    for one in several:
        if (so_far := total.get(one.problem)) is not None:
            examples = tuple(dict.fromkeys((*so_far.examples, *one.examples)))
            one = replace(one, rows=so_far.rows + one.rows, examples=examples)
        total[one.problem] = one
    return tuple(total.values())


class RowInputs(Protocol):
    """Makes a network's input of rows; where rows differ in length, knows how long each is."""

    @property
    def lengths(self) -> IntArray | None:
        """int64 (n,), where the rows of a batch are filled up to the longest; else None."""

    def batch(self, rows: IntArray) -> Any:
        """Return rows as the network takes them, on the CPU: a tensor, or a dict of tensors."""


@runtime_checkable
class Trainable(Protocol):
    """An encoder that can be trained as the backbone of another."""

    def module(self) -> torch.nn.Module:
        """Return the network: called with what ``inputs`` made, it gives a tensor (b, d)."""

    def inputs(self, items: Items, context: Context, *, again: bool) -> RowInputs:
        """Return what makes the network's input for rows of the items.

        Parameters
        ----------
        items
            The rows.
        context
            Where the network runs.
        again
            Whether rows will be asked for many times, as in training; else each of them once.
        """


@runtime_checkable
class Layered(Protocol):
    """A trainable encoder whose last layers can be trained alone."""

    def upper(self, layers: int) -> Trainable:
        """Return the last layers, which read what the layers below them make of a row.

        Raises
        ------
        InputError
            Where the network has no more layers than that, or can't be divided.
        """


@dataclass(frozen=True)
class Epoch:
    """One epoch of training.

    Parameters
    ----------
    phase
        Title of the phase.
    epoch
        Number within the phase, from 1.
    values
        Finite numbers by name: ``loss``, the terms of it, ``lr``, ``seconds``, …
    """

    phase: str
    epoch: int
    values: Mapping[str, float]


@dataclass(frozen=True)
class Layer:
    """One layer of a network.

    Parameters
    ----------
    name, type
        Its place in the network and its class.
    shape
        Shape of its output, without the batch.
    parameters
        Number of its weights.
    """

    name: str
    type: str
    shape: tuple[int, ...]
    parameters: int


@dataclass(frozen=True)
class PairsUsed:
    """Where the pairs of a phase came from.

    Parameters
    ----------
    phase
        Title of the phase.
    source
        ``labels``, ``neighbors``, ``augment``, …
    labels
        Whether true labels were used.
    details
        What the source reports: numbers and words by name.
    """

    phase: str
    source: str
    labels: bool
    details: Mapping[str, int | float | str] = field(default_factory=dict)


@dataclass(frozen=True)
class PhaseEnd:
    """How a phase ended.

    Parameters
    ----------
    phase
        Title of the phase.
    epochs
        Epochs done.
    reason
        Why it ended early, or None.
    """

    phase: str
    epochs: int
    reason: str | None = None


@dataclass(frozen=True)
class FitReport:
    """What became of a fit. An encoder that is not trained in phases reports warnings at most.

    Parameters
    ----------
    warnings
        What the user should know, one line each.
    history
        Every epoch, in order.
    layers
        The network, in the order in which its layers run.
    pairs
        One record for each phase that trained on pairs.
    ends
        One record for each phase.
    sample
        Some training rows, int64 (m,), that stand for all.
    after
        The embedding of these rows after each phase, float32 (m, d); empty where there was one phase.
    """

    warnings: tuple[str, ...] = ()
    history: tuple[Epoch, ...] = ()
    layers: tuple[Layer, ...] = ()
    pairs: tuple[PairsUsed, ...] = ()
    ends: tuple[PhaseEnd, ...] = ()
    sample: IntArray | None = None
    after: tuple[FloatArray, ...] = ()
