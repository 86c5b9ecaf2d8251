"""Parameter models: one declaration validates recipes and fills ``describe``, docs and schema.

The smallest complete model::

    class KmeansParams(Params):
        n_clusters: NClusters = Field(description="Number of clusters.")
        restarts: int = Field(10, ge=1, le=1000, description="Runs from fresh centroids; best wins.")
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol, get_args, runtime_checkable

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationInfo
from pydantic import Field as Field

if "PYDANTIC_DISABLE_PLUGINS" not in os.environ:
    try:
        entry_points(group="pydantic")
    except Exception:
        # One unreadable entry_points.txt anywhere would end pydantic's search for plugins of its own.
        os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


class Params(BaseModel):
    """Base of every parameter model: frozen, strict, unknown keys and nan forbidden.

    Each field says what it is with ``Field(description=…)`` and its bounds with ``ge``, ``gt``,
    ``le``, ``lt``. A unit goes into ``json_schema_extra=Unit("seconds")``. Fields hold JSON values only; a
    list in the recipe may be a tuple here.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        defer_build=True,
        validate_default=False,
        protected_namespaces=(),
        use_attribute_docstrings=False,
    )

    @property
    def uses_labels(self) -> bool:
        """Whether a stage with these parameters needs the true labels in order to fit.

        The core hands labels only to stages that say so, and stamps the run with it.
        """
        return False


class DerivedParams(Params):
    """Parameters of a clusterer that works on other clusterings of the recipe.

    The core fits those first and hands their labels over in ``points.clusterings``, for new rows and in
    fits by other seeds too.
    """

    of: Annotated[tuple[str, ...], BeforeValidator(_listed), Field(strict=False)] = Field(
        (),
        description="Ids of the clusterers that it works on; none: the first one that does not "
        "work on another.",
    )


def Unit(name: str) -> dict[str, Any]:  # noqa: N802 - reads as a declaration
    """Declare the unit of a field: ``Field(…, json_schema_extra=Unit("rows"))``."""
    return {"unit": name}


def _against_folder(value: str, info: ValidationInfo, *, hub: bool) -> str:
    if hub and not (value.startswith(("./", "../", "~")) or Path(value).is_absolute()):
        return value
    folder = (info.context or {}).get("folder")
    path = Path(os.path.expanduser(value))  # a name that is no user's stays as it is
    if folder is None or path.is_absolute():
        return str(path)
    try:
        return str((Path(folder) / path).resolve())
    except (OSError, RuntimeError):  # a link that leads back to itself; who opens it says so
        return str(Path(folder) / path)


def _local(value: str, info: ValidationInfo) -> str:
    return _against_folder(value, info, hub=False)


def _hub(value: str, info: ValidationInfo) -> str:
    return _against_folder(value, info, hub=True)


@dataclass(frozen=True)
class Named:
    """What the text of a parameter names: a local ``path``, or a ``model`` of the Hub or a folder."""

    what: Literal["path", "model"]


def _column(value: str, info: ValidationInfo) -> str:
    return _against_folder(value, info, hub=False) if value.endswith(ARRAY) else value


ARRAY = ".npy"
LocalPath = Annotated[str, Field(min_length=1), AfterValidator(_local), Named("path")]
"""A file or folder; relative ones are relative to the recipe that names them.

Its content is part of the stage's key: a stage is done again where the file has changed.
"""

ColumnOrArray = Annotated[str, Field(min_length=1), AfterValidator(_column)]
"""A column, or an npy file next to the rows, relative to the recipe, with a value for each of them."""

HubName = Annotated[str, Field(min_length=1), AfterValidator(_hub), Named("model")]
"""A name on the Hub (``org/name``), or a local folder written ``./…`` or absolute.

Its content is part of the stage's key, in the revision that a parameter ``revision`` next to it names.
"""

NClusters = Annotated[int, Field(ge=1)] | Literal["auto", "classes"]
"""A number, ``"auto"`` (chosen from the data) or ``"classes"`` (as many as the labels have).

The core replaces ``"classes"`` by the number before the plugin sees it; ``"auto"`` reaches the plugin.
"""


@runtime_checkable
class CountsClusters(Protocol):
    """Parameters with the standard key ``n_clusters``: a number, ``"auto"``, ``"classes"`` or None."""

    @property
    def n_clusters(self) -> int | str | None:
        """The number of clusters, or how to find it."""


def named(params: Params, place: str = "") -> Iterator[tuple[str, str, Named, str | None]]:
    """Yield each file, folder and model that parameters name, those of nested models included.

    Yields
    ------
    key, value, what, revision
        ``key`` is dotted from ``params`` on; ``revision`` is the parameter of that name next to it.
    """
    values = dict(params)
    revision = values.get("revision")
    for name, field in type(params).model_fields.items():
        marks, literals = _marks((field.annotation, *field.metadata))
        for key, value in _leaves(values[name], f"{place}{name}"):
            if isinstance(value, Params):
                yield from named(value, f"{key}.")
            elif isinstance(value, str) and marks and value not in literals:
                yield key, value, marks[0], revision


def _marks(parts: tuple[Any, ...]) -> tuple[list[Named], set[Any]]:
    """Return what an annotation names, and the words that it takes besides."""
    marks = [part for part in parts if isinstance(part, Named)]
    literals: set[Any] = set()
    for part in parts:
        inner = get_args(part)
        if inner and all(isinstance(value, str) for value in inner):
            literals.update(inner)
        elif inner:
            below, words = _marks(inner)
            marks += below
            literals |= words
    return marks, literals


def _leaves(value: Any, key: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _leaves(item, f"{key}.{name}")
    elif isinstance(value, tuple | list):
        for number, item in enumerate(value):
            yield from _leaves(item, f"{key}.{number}")
    else:
        yield key, value
