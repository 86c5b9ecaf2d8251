"""The base of what ``--json`` prints."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict

Name = Annotated[str, BeforeValidator(lambda path: str(path) if isinstance(path, Path) else path)]
"""The name of a file or folder."""


class Output(BaseModel):
    """One JSON object; each key says what it is in the docstring below it.

    ``model_validate`` makes it of what a command worked out: by the names of the keys, or along their alias.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        from_attributes=True,
        populate_by_name=True,
        use_attribute_docstrings=True,
        allow_inf_nan=False,
        json_schema_serialization_defaults_required=True,
    )
