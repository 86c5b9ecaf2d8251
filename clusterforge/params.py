"""Parameter models: one declaration validates recipes and fills ``describe``, docs and schema.

The smallest complete model::

    class KmeansParams(Params):
        n_clusters: NClusters = Field(description="Number of clusters.")
        restarts: int = Field(10, ge=1, le=1000, description="Runs from fresh centroids; best wins.")
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo

__all__ = ["Field", "HubName", "LocalPath", "NClusters", "Params", "Unit"]


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


def Unit(name: str) -> dict[str, Any]:  # noqa: N802 - reads as a declaration
    """Declare the unit of a field: ``Field(…, json_schema_extra=Unit("rows"))``."""
    return {"unit": name}


def _against_folder(value: str, info: ValidationInfo, *, hub: bool) -> str:
    if hub and not (value.startswith(("./", "../", "~")) or Path(value).is_absolute()):
        return value
    folder = (info.context or {}).get("folder")
    path = Path(value).expanduser()
    if folder is None or path.is_absolute():
        return str(path)
    return str((Path(folder) / path).resolve())


def _local(value: str, info: ValidationInfo) -> str:
    return _against_folder(value, info, hub=False)


def _hub(value: str, info: ValidationInfo) -> str:
    return _against_folder(value, info, hub=True)


LocalPath = Annotated[str, Field(min_length=1), AfterValidator(_local)]
"""A file or folder; relative ones are relative to the recipe that names them."""

HubName = Annotated[str, Field(min_length=1), AfterValidator(_hub)]
"""A name on the Hub (``org/name``), or a local folder written ``./…`` or absolute."""

NClusters = Annotated[int, Field(ge=1)] | Literal["auto", "classes"]
"""A number, ``"auto"`` (chosen from the data) or ``"classes"`` (as many as the labels have).

The core replaces ``"classes"`` by the number before the plugin sees it; ``"auto"`` reaches the plugin.
"""
