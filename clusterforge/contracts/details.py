"""What a clusterer's fit is worth telling: values, choices with their curves, a tree.

A curve carries its own words, so that what another package draws on is drawn as its author says::

    Details(
        values={"radius": 0.4},
        choices=(Choice("radius", 0.4, by="gap", suggested={"gap": 0.4}, curves=(curve,)),),
    )
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Any, Literal

from pydantic import TypeAdapter

from clusterforge.contracts.trees import MergeTree

Value = bool | int | float | str | None


@dataclass(frozen=True)
class Mark:
    """A value marked on an axis of a curve.

    Parameters
    ----------
    value
        Where.
    label
        What it is: ``silhouette suggests 4``.
    axis
        The axis that it lies on.
    """

    value: float
    label: str
    axis: Literal["x", "y"] = "x"


@dataclass(frozen=True)
class Curve:
    """One line to draw.

    Parameters
    ----------
    name
        Names the figure's file: lower case, words joined by hyphens.
    title
        What it shows.
    x_label, y_label
        Titles of the axes, with units.
    x, y
        As many values each; ``x`` ascending, ``y`` None where there is no value.
    error
        What ``y`` may be off by, up and down; empty where that is not known.
    better
        Which way is better.
    log
        Whether the vertical axis is logarithmic.
    rows
        The number of rows that it was computed on, where that matters.
    marks
        Values marked; the first is the main one.
    """

    name: str
    title: str
    x_label: str
    y_label: str
    x: tuple[float, ...]
    y: tuple[float | None, ...]
    error: tuple[float | None, ...] = ()
    better: Literal["higher", "lower", "none"] = "none"
    log: bool = False
    rows: int | None = None
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True)
class Choice:
    """A parameter whose value was found in the data.

    Parameters
    ----------
    parameter
        Its key in a recipe.
    value
        The value taken.
    by
        The rule that was followed.
    suggested
        The value that each rule suggests, by the rule's name.
    tried
        The values that were tried, ascending; empty where all were possible.
    curves
        What the rules look at.
    """

    parameter: str
    value: int | float | str
    by: str = ""
    suggested: Mapping[str, int | float] = field(default_factory=dict)
    tried: tuple[float, ...] = ()
    curves: tuple[Curve, ...] = ()


@dataclass(frozen=True)
class DetailTable:
    """A small table.

    Parameters
    ----------
    title
        What it shows.
    columns
        The names of its columns.
    rows
        As many values each.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]


@dataclass(frozen=True)
class Details:
    """What a fit is worth telling. All of it goes into JSON: finite numbers, words, None.

    Parameters
    ----------
    values
        Single values by name: ``inertia``, ``core_points``.
    choices
        Parameters whose values were found in the data.
    curves
        Curves on which nothing was chosen.
    tree
        The tree of merges over its clusters, where it builds one: layers and ``reduce`` follow it.
    tables
        What goes into a table.
    names
        What the clusters are called, by number, where the clusterer knows better than a namer.
    """

    values: Mapping[str, Value] = field(default_factory=dict)
    choices: tuple[Choice, ...] = ()
    curves: tuple[Curve, ...] = ()
    tree: MergeTree | None = None
    tables: tuple[DetailTable, ...] = ()
    names: tuple[str | None, ...] = ()

    @property
    def all_curves(self) -> tuple[Curve, ...]:
        """The curves of the choices, then the others."""
        return (*(curve for choice in self.choices for curve in choice.curves), *self.curves)

    def choice(self, parameter: str) -> Choice | None:
        """Return how a parameter was chosen; None where it was given."""
        return next((c for c in self.choices if c.parameter == parameter), None)

    def as_json(self) -> dict[str, Any]:
        """Return the JSON values that ``read`` takes.

        Raises
        ------
        TypeError, ValueError
            Where something does not go into JSON.
        """
        values: dict[str, Any] = json.loads(json.dumps(asdict(self), allow_nan=False))
        return values

    @classmethod
    def read(cls, values: object) -> Details:
        """Return details from JSON values.

        Raises
        ------
        ValueError
            Where these are none.
        """
        return _adapter().validate_python(values)


@cache
def _adapter() -> TypeAdapter[Details]:
    return TypeAdapter(Details)
