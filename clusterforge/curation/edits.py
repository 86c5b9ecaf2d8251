"""The edits file: what a person has decided about a clustering, as TOML.

An edit names a cluster by rows that stand for it, so that it can be applied to another fit: the cluster
that holds those rows there. Its number and name at the time of the edit stand next to them for the reader::

    [[edit]]
    do = "merge"
    clusters = [{rows = ["17", "203", "88"], number = 3}, {rows = ["5", "61"], number = 7}]
    name = "billing"

A row is named by its id in the split ``train``; a row of another split is ``["test", "17"]``.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, JsonValue, model_validator

from clusterforge.errors import InputError
from clusterforge.formats import count
from clusterforge.inline_toml import inline_toml
from clusterforge.params import Params
from clusterforge.toml_syntax import syntax_remedy
from clusterforge.validation import plain, validated

GIVEN = "edits"  # what messages call those that stand in no file
HEADER = """# Edits of a clustering, applied in this order; undo one by deleting it.
# clusterforge edit RUN THIS_FILE   or, in a recipe:   edits = "THIS_FILE"
"""

SHOWN = 5
_CLUSTERS = {
    **dict.fromkeys(("merge", "to-noise"), "clusters"),
    **dict.fromkeys(("split", "rename", "pin"), "cluster"),
}
"""The key by which an edit names clusters."""
TREE = "tree"
"""What divides a cluster where no clusterer does: the tree over the clusters of the fit."""

RowRef = str | tuple[str, str]
"""A row: its id in the split train, or split and id."""


def row_key(row: RowRef) -> tuple[str, str]:
    """Return the split and the id of a row."""
    return ("train", row) if isinstance(row, str) else row


def _rows(rows: tuple[RowRef, ...]) -> str:
    shown = ", ".join(row if isinstance(row, str) else "/".join(row) for row in rows[:SHOWN])
    return f"rows {shown}{', …' if len(rows) > SHOWN else ''}"


class _Table(Params):
    """A table of the file; edits are made in Python too, with lists where the model has tuples."""

    model_config = ConfigDict(strict=False)

    def text(self) -> str:
        """Return what the table says, for a reader."""
        return ""


class ClusterRef(_Table):
    """A cluster, by rows that stand for it; ``number`` and ``name`` are for the reader."""

    rows: tuple[RowRef, ...] = Field(min_length=1, description="Rows that stand for the cluster.")
    number: int | None = Field(None, description="Its number when the edit was made.")
    name: str | None = Field(None, description="Its name when the edit was made.")

    def text(self) -> str:
        """Return what a reader calls the cluster."""
        number = "cluster" if self.number is None else f"cluster {self.number}"
        return f"{number} ({self.name})" if self.name and self.name != number else number


Name = Annotated[str, Field(min_length=1, max_length=200, description="What it is called.")]


class Merge(_Table):
    """Several clusters become one."""

    do: Literal["merge"] = "merge"
    clusters: tuple[ClusterRef, ...] = Field(min_length=2)
    name: Name | None = None

    def text(self) -> str:
        """Return what the edit says, for a reader."""
        joined = " and ".join(cluster.text() for cluster in self.clusters)
        return f"{joined}, as {self.name}" if self.name else joined


class Reduce(_Table):
    """The clusters that are nearest to one another are merged until ``to`` are left."""

    do: Literal["reduce"] = "reduce"
    to: int = Field(ge=1)

    def text(self) -> str:
        """Return what the edit says, for a reader."""
        return f"to {count(self.to, 'cluster')}"


class Split(_Table):
    """A cluster becomes several: ``parts`` names rows of each, ``into`` says how many, or ``by`` who says."""

    do: Literal["split"] = "split"
    cluster: ClusterRef
    parts: tuple[Annotated[tuple[RowRef, ...], Field(min_length=1)], ...] = ()
    into: int = Field(2, ge=2, le=1000)
    by: str | None = Field(
        None, min_length=1, description='A clusterer that finds the parts, or "tree".'
    )
    parameters: dict[str, JsonValue] = Field({}, description="Parameters of that clusterer.")
    names: tuple[Name, ...] = ()

    def text(self) -> str:
        """Return what the edit says, for a reader."""
        if self.by and not self.parts:
            return f"{self.cluster.text()} by {'its tree' if self.by == TREE else self.by}"
        return f"{self.cluster.text()} into {len(self.parts) or self.into}"

    @model_validator(mode="after")
    def _parameters_of_a_clusterer(self) -> Split:
        if self.parameters and self.by in (None, TREE):
            raise ValueError("parameters are those of a clusterer; name it as by")
        if self.by not in (None, TREE) and "into" in self.model_fields_set:
            raise ValueError("into is for k-means; a clusterer has its own number, in parameters")
        return self


class Rename(_Table):
    """A cluster is called by another name."""

    do: Literal["rename"] = "rename"
    cluster: ClusterRef
    name: Name

    def text(self) -> str:
        """Return what the edit says, for a reader."""
        return f"{self.cluster.text()} to {self.name}"


class Pin(_Table):
    """Rows belong to a cluster, whatever a fit says."""

    do: Literal["pin"] = "pin"
    rows: tuple[RowRef, ...] = Field(min_length=1)
    cluster: ClusterRef

    def text(self) -> str:
        """Return what the edit says, for a reader."""
        return f"{_rows(self.rows)} to {self.cluster.text()}"


class ToNoise(_Table):
    """Clusters, or single rows, become noise."""

    do: Literal["to-noise"] = "to-noise"
    clusters: tuple[ClusterRef, ...] = ()
    rows: tuple[RowRef, ...] = ()

    def text(self) -> str:
        """Return what the edit says, for a reader."""
        parts = [cluster.text() for cluster in self.clusters]
        return " and ".join([*parts, *([_rows(self.rows)] if self.rows else [])])


class Together(_Table):
    """Rows belong to one cluster, whichever it is."""

    do: Literal["together"] = "together"
    rows: tuple[RowRef, ...] = Field(min_length=2)

    def text(self) -> str:
        """Return what the edit says, for a reader."""
        return _rows(self.rows)


class Apart(_Table):
    """No two of these rows belong to one cluster."""

    do: Literal["apart"] = "apart"
    rows: tuple[RowRef, ...] = Field(min_length=2)

    def text(self) -> str:
        """Return what the edit says, for a reader."""
        return _rows(self.rows)


class Outliers(_Table):
    """Noise is given back to clusters by a policy."""

    do: Literal["outliers"] = "outliers"
    policy: Literal["nearest", "membership", "neighbors", "words", "recluster"]
    threshold: float = Field(
        0.0, ge=0, le=1, description="Rows that it is less sure of stay noise."
    )
    neighbors: int = Field(15, ge=1, le=1000)

    def text(self) -> str:
        """Return what the edit says, for a reader."""
        sure = f", from {self.threshold:g} on" if self.threshold else ""
        return f"noise by {self.policy}{sure}"


Constraint = Pin | Together | Apart
"""Edits that hold in the end, whatever the others say."""

Edit = Annotated[
    Merge | Reduce | Split | Rename | Pin | ToNoise | Together | Apart | Outliers,
    Field(discriminator="do"),
]


class Edits(_Table):
    """All edits of a file, in the order in which they are applied."""

    edit: tuple[Edit, ...] = ()

    def __len__(self) -> int:
        return len(self.edit)

    def followed_by(self, others: Sequence[Edit]) -> Edits:
        """Return these edits followed by others."""
        return Edits(edit=(*self.edit, *others))

    def rows(self) -> frozenset[tuple[str, str]]:
        """Return the split and id of every row that stands for a cluster or a part, or is named itself."""
        found: set[RowRef] = set()
        for edit in self.edit:
            match edit:
                case Merge() | ToNoise():
                    found.update(row for cluster in edit.clusters for row in cluster.rows)
                case Split():
                    found.update(edit.cluster.rows, *edit.parts)
                case Rename():
                    found.update(edit.cluster.rows)
                case Pin():
                    found.update(edit.rows, edit.cluster.rows)
            if isinstance(edit, ToNoise | Together | Apart):
                found.update(edit.rows)
        return frozenset(map(row_key, found))

    @classmethod
    def of(cls, given: object, refer: Callable[[str], ClusterRef] | None = None) -> Edits:
        """Return edits as a program gives them: some, one, or tables of what a file of edits holds.

        Parameters
        ----------
        given
            Edits, or dicts as ``{"do": "merge", "clusters": [1, 2]}``.
        refer
            As in :meth:`read`.

        Raises
        ------
        InputError
            With the number of the edit and the key, where it is not one.
        """
        if isinstance(given, cls):
            return given
        listed = [*given] if isinstance(given, list | tuple) else [given]
        if all(isinstance(one, _Table) for one in listed):
            return cls(edit=tuple(listed))
        if not all(isinstance(one, Mapping) for one in listed):
            kind = next(type(one).__name__ for one in listed if not isinstance(one, Mapping))
            raise InputError(
                f"edits are a file's name, or a list of dicts, not {kind}",
                remedy='as [{"do": "merge", "clusters": [1, 2]}]',
            )
        tables = {"edit": [plain(one) for one in listed if isinstance(one, Mapping)]}
        _refer(tables, Path(GIVEN), refer)
        return validated(cls, tables, place="", file=GIVEN, folder=None)

    @classmethod
    def read(cls, path: Path, refer: Callable[[str], ClusterRef] | None = None) -> Edits:
        """Read an edits file.

        Parameters
        ----------
        path
            The file.
        refer
            What finds a cluster by its number or name, where a clustering is at hand: then a cluster
            may be written so.

        Raises
        ------
        InputError
            With the number of the edit and the key, where it is not one.
        """
        try:
            tables = tomllib.loads(path.read_text("utf-8"))
        except OSError as error:
            raise InputError(f"can't be read ({error.strerror})", file=str(path)) from error
        except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
            remedy = syntax_remedy(path.read_text("utf-8", "replace"), str(error))
            raise InputError(f"is not TOML: {error}", remedy=remedy, file=str(path)) from error
        _refer(tables, path, refer)
        return validated(cls, tables, place="", file=str(path), folder=None)

    def toml(self) -> str:
        """Return the edits as TOML, for :meth:`read`: a line for each cluster."""
        lines = [HEADER]
        for edit in self.edit:
            table = edit.model_dump(mode="json", exclude_none=True, exclude_unset=True)
            lines += ["[[edit]]", f"do = {inline_toml(edit.do)}"]
            lines += [f"{key} = {_lines(value)}" for key, value in table.items() if key != "do"]
            lines.append("")
        return "\n".join(lines)


def _lines(value: object) -> str:
    """Return a value as TOML, a list of lists or tables with one of them per line."""
    if isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        return "[\n" + "".join(f"    {inline_toml(item)},\n" for item in value) + "]"
    return inline_toml(value)


def _refer(tables: dict[str, Any], path: Path, refer: Callable[[str], ClusterRef] | None) -> None:
    """Put rows in the place of clusters that are written by number or name."""
    edits = tables.get("edit")
    for at, edit in enumerate(edits if isinstance(edits, list) else ()):
        key = _CLUSTERS.get(str(edit.get("do")), "") if isinstance(edit, dict) else ""
        if not key or key not in edit:
            continue
        place, written = f"edit.{at}.{key}", edit[key]
        several = key == "clusters"
        if isinstance(written, list) != several and not _has_table(written):
            what = "a list of clusters" if several else "one cluster"
            raise _misshapen(f"must be {what}, not {_shown(written)}", place, key, path)
        listed = written if isinstance(written, list) else [written]
        for number, cluster in enumerate(listed):
            named = cluster
            if isinstance(cluster, Mapping):
                if "rows" in cluster:
                    continue
                named = cluster.get("number", cluster.get("name"))
            if isinstance(named, bool) or not isinstance(named, int | str):
                if isinstance(cluster, Mapping):
                    continue
                where = f"{place}.{number}" if several else place
                said = f"must be the number or name of a cluster, not {_shown(cluster)}"
                raise _misshapen(said, where, key, path)
            if refer is None:
                raise InputError(
                    f"cluster {named} is not written by rows, and has another number in another fit",
                    key=place,
                    remedy=f"clusterforge edit RUN {path} --save FILE writes it by its rows",
                    file=str(path),
                )
            try:
                found = refer(str(named))
            except InputError as error:
                of = f" in {error.file}" if error.file else ""
                raise InputError(
                    f"{error.problem}{of}", key=place, remedy=error.remedy, file=str(path)
                ) from error
            listed[number] = found.model_dump(mode="json", exclude_none=True)
        edit[key] = listed if isinstance(written, list) else listed[0]


def _has_table(written: object) -> bool:
    """Tell whether a value is a table or a list of some, whose shape is checked with the edits."""
    listed = written if isinstance(written, list) else [written]
    return any(isinstance(one, Mapping) for one in listed)


def _misshapen(problem: str, place: str, key: str, path: Path) -> InputError:
    remedy = f"write {key} = {'[0, 1]' if key == 'clusters' else 0}, by number or name"
    return InputError(problem, key=place, remedy=remedy, file=str(path))


def _shown(value: object) -> str:
    return f"{json.dumps(value, default=str, ensure_ascii=False):.60}"
