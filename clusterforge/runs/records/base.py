"""What all records share: they are frozen, know every key, and write and read themselves as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from clusterforge.errors import ClusterforgeError, EnvironmentProblem, InputError
from clusterforge.storage.atomic import write_text

Share = Annotated[float, Field(ge=0, le=1)]
"""A fraction of rows in [0, 1]."""

Count = Annotated[int, Field(ge=0)]
"""A number of rows, clusters or epochs."""


class Record(BaseModel):
    """Base of the records of a run folder."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, protected_namespaces=()
    )

    def write(self, path: Path) -> None:
        """Write the record as JSON, atomically.

        Raises
        ------
        EnvironmentProblem
            Where the file can't be written.
        """
        write_text(path, self.model_dump_json(indent=1, by_alias=True) + "\n")

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a record that ``write`` has written.

        Raises
        ------
        InputError
            Where the file is missing or holds something else.
        EnvironmentProblem
            Where it can't be read.
        """
        try:
            return cls.model_validate_json(path.read_bytes())
        except OSError as error:
            raise unreadable(path, error) from error
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False, include_input=False)[0]
            place = ".".join(str(part) for part in first["loc"])
            message = f"{place}: {first['msg']}" if place else first["msg"]
            raise damaged(path, message) from error


def unreadable(path: Path, error: OSError) -> ClusterforgeError:
    """Return the error for a file that the system does not read: missing, or out of reach."""
    problem = error.strerror or str(error)
    if isinstance(error, FileNotFoundError | IsADirectoryError | NotADirectoryError):
        return damaged(path, problem)
    return EnvironmentProblem(f"{path}: can't be read ({problem})")


def damaged(path: Path | str, problem: str) -> InputError:
    """Return the error for a file that is not what a run writes; the problem in a few words."""
    line = " ".join(problem.split())[:200]
    return InputError(
        f"this is not what a run writes ({line})",
        file=str(path),
        remedy="restore the file from a copy, or run the recipe again",
    )
