"""What a plugin says beforehand of its time and memory, and what costs less.

A spec names a function of the parameters and of the rows' size, which loads nothing::

    def cost(params: NearestParams, size: Size) -> Cost:
        return Cost(products=2 * size.rows**2 * size.width, memory=8 * size.rows * params.neighbors)

    ClustererSpec("nearest", "Chains of near rows.", NearestParams, target, costs=cost)

A plugin that says nothing is shown as unknown and never refused. Plain Python; imports nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Value = str | int | float | bool


@dataclass(frozen=True)
class Size:
    """How much a plugin has to work on.

    Parameters
    ----------
    rows
        Train rows, which it is fitted on.
    others
        Rows of all other splits, which it encodes, labels or scores.
    width
        Values of a row as it comes in: columns of an embedding or a table, pixels times channels of an
        image; 0 for texts.
    shape
        Height, width and channels of an image; else empty.
    characters
        Mean length of a text; 0 for other rows.
    clusters
        Number of clusters: that of the parameters, of the classes, or a guess of 10. Of a metric or a
        clusterer whose number is not fixed, it is a guess.
    bases
        Costs of the clusterers that a clusterer works on, one fit each; None: unknown.
    in_files
        Whether the rows stay in files, of which blocks are read.
    exact
        Whether rows and width were counted; else they are estimates, for which nothing may be refused
        that another row or column would allow.
    """

    rows: int
    others: int = 0
    width: int = 0
    shape: tuple[int, ...] = ()
    characters: float = 0.0
    clusters: int = 10
    bases: tuple[Cost | None, ...] = ()
    in_files: bool = False
    exact: bool = True

    @property
    def every(self) -> int:
        """Rows of all splits."""
        return self.rows + self.others


@dataclass(frozen=True)
class Cost:
    """What the work of one stage costs on top of holding the rows that come in and go out.

    Parameters
    ----------
    seconds
        Of work that one core does, whatever the number of threads, on the reference machine.
    products
        Operations (two per multiplication and addition) in matrix products of float32, and what else is
        spread over all threads or done on the GPU: its seconds on the two threads of the reference machine
        times 1.8e11.
    network
        Operations in the layers of a network, in the run's precision.
    memory
        Bytes at the peak.
    start
        Seconds until its libraries are imported and compiled, once in a process.
    width
        Columns of the embedding that an encoder gives; None: as many as come in.
    layers
        Layers of the network, of which a trained encoder above it can train the last; None: unknown.
    """

    seconds: float = 0.0
    products: float = 0.0
    network: float = field(default=0.0, kw_only=True)
    memory: float = field(default=0.0, kw_only=True)
    width: int | None = field(default=None, kw_only=True)
    start: float = field(default=0.0, kw_only=True)
    layers: int | None = field(default=None, kw_only=True)

    def __add__(self, other: Cost) -> Cost:
        """Return the cost of one after the other."""
        return Cost(
            self.seconds + other.seconds,
            self.products + other.products,
            network=self.network + other.network,
            memory=max(self.memory, other.memory),
            width=self.width,
            start=self.start + other.start,
            layers=self.layers,
        )

    def times(self, often: float) -> Cost:
        """Return the cost of doing the same so often, one after the other."""
        return Cost(
            self.seconds * often,
            self.products * often,
            network=self.network * often,
            memory=self.memory,
            width=self.width,
            start=self.start,
            layers=self.layers,
        )


@dataclass(frozen=True)
class Alternative:
    """Other values of a plugin's parameters, by which it costs less.

    One that makes a result worse without saying so, such as fewer epochs, is none.

    Parameters
    ----------
    values
        Parameters and their values.
    effect
        What they do, in a few words: ``clusters a sample; other rows follow the nearest centroid``.
    """

    values: Mapping[str, Value] = field(default_factory=dict)
    effect: str = ""


Costs = Callable[[Any, Size], Cost | None]
"""The cost of a plugin with these parameters on rows of this size; None where it can't be known."""

Alternatives = Callable[[Any, Size], tuple[Alternative, ...]]
"""What costs less than these parameters, the one that changes least first."""


def no_alternatives(params: object, size: Size) -> tuple[Alternative, ...]:
    """Return none."""
    return ()
