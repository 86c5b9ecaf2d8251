"""Reading a recipe: TOML, ``extends``, ``--set``. What it says is validated elsewhere."""

from __future__ import annotations

import math
import os
import re
import shlex
import tomllib
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from clusterforge.errors import RecipeError, meant, near_file, redacted
from clusterforge.recipe.shipped import LISTED, located, near_recipes
from clusterforge.toml_syntax import syntax_remedy
from clusterforge.validation import plain

DEPTH = 20
EXTENDS = 10
SIZE = 1 << 20
_SINGLE = re.compile(r"^\s*\[\s*(encoder|clusterer|metric)\s*\]", re.MULTILINE)


@dataclass(frozen=True)
class Source:
    """The merged tables of a recipe and where each came from.

    Parameters
    ----------
    data
        The merged tables.
    file
        The recipe's file, as the user named it; None for a recipe from Python.
    folder
        What relative paths are relative to.
    folders
        That folder for each place (``("dataset", "path")``) a base recipe has filled in.
    """

    data: Mapping[str, Any]
    file: str | None = None
    folder: Path = field(default_factory=Path.cwd)
    folders: Mapping[tuple[str, ...], Path] = field(default_factory=dict)

    def folder_of(self, *place: str) -> Path:
        """Return the folder that relative paths at a place are relative to."""
        for length in range(len(place), 0, -1):
            if place[:length] in self.folders:
                return self.folders[place[:length]]
        return self.folder


def read(recipe: str | Path | Mapping[str, Any], overrides: Sequence[str] = ()) -> Source:
    """Read a recipe file, or take its tables; apply ``extends`` and then the overrides.

    Parameters
    ----------
    recipe
        A TOML file, the name of a recipe that comes with clusterforge, or tables as nested dicts.
    overrides
        ``"encoder.1.dim=32"``: the value is read as TOML, else as a string.

    Raises
    ------
    RecipeError
        Where the file can't be read or an override has no place.
    """
    if isinstance(recipe, Mapping):
        source = Source(_checked(plain(dict(recipe)), None))
    elif not isinstance(recipe, str | os.PathLike):
        raise RecipeError(
            f"a recipe is the name of a file, or a dict, not {_type_of(recipe)}",
            remedy="ClusterPipeline(recipe).fit(X) takes data" if _holds_rows(recipe) else None,
        )
    else:
        source = _from_file(located(str(recipe), Path()), str(recipe), ())
    if not overrides:
        return source
    data: dict[str, Any] = deepcopy(dict(source.data))
    folders = dict(source.folders)
    for override in overrides:
        place = _override(data, override)
        folders[place] = Path.cwd()
    return Source(_checked(data, source.file), source.file, source.folder, folders)


def with_values(source: Source, values: Mapping[str, Any]) -> Source:
    """Return a recipe with other values of some keys, set one after the other.

    Parameters
    ----------
    source
        The recipe.
    values
        By dotted key, as in ``encoder.1.dim``; paths among them are relative to the recipe's folder.

    Raises
    ------
    RecipeError
        Where a key has no place in the recipe.
    """
    data: dict[str, Any] = deepcopy(dict(source.data))
    folders = dict(source.folders)
    for key, value in values.items():
        folders[_put(data, key, deepcopy(value), key)] = source.folder
    return Source(data, source.file, source.folder, folders)


def place_of(source: Source, key: str) -> tuple[str, ...]:
    """Return the place of a dotted key, entries by their numbers: ``("clusterer", "0", "eps")``.

    Raises
    ------
    RecipeError
        Where the key has no place in the recipe.
    """
    return _put(deepcopy(dict(source.data)), key, None, key)


def _from_file(path: Path, name: str, chain: tuple[Path, ...]) -> Source:
    data = _parse(path, name)
    folder = path.resolve().parent
    base = data.pop("extends", None)
    if base is None:
        return Source(data, name, folder)
    if not isinstance(base, str) or not base:
        raise RecipeError("must be the path or the name of a recipe", key="extends", file=name)
    below = located(base, folder).resolve()
    if below in (*chain, path.resolve()) or len(chain) >= EXTENDS:
        raise RecipeError("recipes extend each other in a circle", key="extends", file=name)
    if not below.is_file():
        raise RecipeError(f"there is no file {base!r}", key="extends", file=name)
    parent = _from_file(below, str(below), (*chain, path.resolve()))
    folders = dict(parent.folders) or {}
    merged = _merge(parent.data, data, (), parent.folder, folders)
    return Source(merged, name, folder, folders)


def _parse(path: Path, name: str) -> dict[str, Any]:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise RecipeError("there is no such file", remedy=_known(path), file=name) from None
    except IsADirectoryError:
        raise RecipeError(
            "is a folder, not a recipe", remedy=_of_folder(path, name), file=name
        ) from None
    except OSError as error:
        raise RecipeError(f"can't be read ({error.strerror})", file=name) from None
    data_command = "" if path.suffix.lower() in ("", ".toml") else _drafting(name)
    if len(raw) > SIZE and data_command:
        raise RecipeError("is data, not a recipe", remedy=data_command, file=name)
    if len(raw) > SIZE:
        raise RecipeError("is larger than a recipe can be (1 MiB)", file=name)
    if raw.startswith(b"\xef\xbb\xbf"):
        raise RecipeError(
            "begins with a byte order mark", remedy="save it as UTF-8 without BOM", file=name
        )
    try:
        data = tomllib.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        if data_command:
            raise RecipeError("is data, not a recipe", remedy=data_command, file=name) from None
        raise RecipeError(
            f"is not UTF-8 (byte {error.start})", remedy="save it as UTF-8", file=name
        ) from None
    except RecursionError:
        raise RecipeError("is nested too deeply", file=name) from None
    except tomllib.TOMLDecodeError as error:
        if data_command:
            raise RecipeError("is data, not a recipe", remedy=data_command, file=name) from None
        problem, text = str(error).splitlines()[0], raw.decode("utf-8")
        single = _SINGLE.search(text)
        remedy = syntax_remedy(text.replace("\r\n", "\n"), problem)
        if single and (remedy is None or f"{single[1]} stands" in remedy):
            remedy = f"write [[{single[1]}]], each time, if that is the table"
        raise RecipeError(f"is not TOML: {problem}", remedy=remedy, file=name) from None
    except ValueError:  # Python reads no integer of more than 4,300 digits
        raise RecipeError("is not TOML: an integer is too long", file=name) from None
    return _checked(data, name)


def _type_of(value: object) -> str:
    name = type(value).__name__
    return "None" if value is None else f"a{'n' * (name[0].lower() in 'aeiou')} {name}"


def _holds_rows(value: object) -> bool:
    """Tell whether a value is data: a data frame, an array, texts."""
    return type(value).__module__.split(".")[0] in ("pandas", "polars", "numpy", "pyarrow")


def _of_folder(path: Path, name: str) -> str:
    """Say which recipe a folder holds, or how one is drafted for what lies in it."""
    for file, of in (("best.toml", "the best of the sweep"), ("recipe.toml", "that of the run")):
        if (path / file).is_file():
            return f"name its recipe, {of}: {Path(name) / file}"
    return f"of data: {_drafting(name)}"


def _drafting(name: str) -> str:
    return shlex.join(["clusterforge", "init", name])


def _known(path: Path) -> str:
    """Say which recipe may be meant: one beside the path, else one that comes with clusterforge."""
    beside = near_file(path.name, (other.name for other in path.parent.glob("*.toml")))
    return beside or (LISTED if path.suffix else near_recipes(path.name))


def _checked(data: dict[str, Any], file: str | None) -> dict[str, Any]:
    """Refuse what TOML allows and a recipe does not: nan, infinity, dates, deep nesting."""

    def walk(value: Any, place: tuple[str, ...]) -> None:
        key = ".".join(place) or None
        if len(place) > DEPTH:
            raise RecipeError("is nested too deeply", key=".".join(place[:3]), file=file)
        if isinstance(value, Mapping):
            for name, item in value.items():
                walk(item, (*place, str(name)))
        elif isinstance(value, list | tuple):
            for index, item in enumerate(value):
                walk(item, (*place, str(index)))
        elif isinstance(value, str) and redacted(value) != value:
            raise RecipeError(
                "holds a password or a token, which every file of a run would show",
                key=key,
                remedy="keep it in the environment (HF_TOKEN), or fetch the data first",
                file=file,
            )
        elif isinstance(value, float) and not math.isfinite(value):
            raise RecipeError(f"must be a finite number, not {value}", key=key, file=file)
        elif value is not None and not isinstance(value, str | int | float | bool):
            raise RecipeError(
                f"must be text, a number, true or false, a list or a dict, not {_type_of(value)}",
                key=key,
                remedy="ClusterPipeline(recipe).fit(X) takes data" if _holds_rows(value) else None,
                file=file,
            )

    walk(data, ())
    return data


def _merge(
    base: Any,
    over: Any,
    place: tuple[str, ...],
    folder: Path,
    folders: dict[tuple[str, ...], Path],
) -> Any:
    """Lay ``over`` on ``base``: tables merge, everything else replaces."""
    merged = dict(base)
    for name in base:
        if name not in over:
            folders.setdefault((*place, name), folder)
    for name, value in over.items():
        if isinstance(value, Mapping) and isinstance(base.get(name), Mapping):
            merged[name] = _merge(base[name], value, (*place, name), folder, folders)
        else:
            merged[name] = value
            for key in [k for k in folders if k[: len(place) + 1] == (*place, name)]:
                del folders[key]
    return merged


def _override(data: dict[str, Any], override: str) -> tuple[str, ...]:
    """Put one ``key=value`` into the tables and return its place."""
    path, equals, text = override.partition("=")
    if not equals or not all(part.strip() for part in path.split(".")):
        raise RecipeError(f"{override!r} is not key=value", remedy="write it like encoder.1.dim=32")
    return _put(data, path, typed_value(text), override)


def _put(data: dict[str, Any], path: str, value: Any, override: str) -> tuple[str, ...]:
    """Put a value at a dotted key of the tables and return its place; ``override`` is for messages."""
    parts = [part.strip() for part in path.split(".")]
    at: Any = data
    place: list[str] = []
    for _ in parts[:-1]:
        at, name = _step(at, parts, len(place), override)
        place.append(name)
    last = parts[-1]
    if isinstance(at, list):
        index = _index(at, parts, len(place), override)
        at[index] = value
        last = str(index)
    elif isinstance(at, dict):
        at[last] = value
    else:
        raise RecipeError(f"{override!r}: {place[-1]!r} is not a table")
    return (*place, last)


def _step(at: Any, parts: Sequence[str], depth: int, override: str) -> tuple[Any, str]:
    part = parts[depth]
    if isinstance(at, list):
        index = _index(at, parts, depth, override)
        return at[index], str(index)
    if isinstance(at, dict):
        value = at.setdefault(part, {})
        if isinstance(value, str) and part in ("projection", "pairs"):
            # "tsne" is short for a table with use = "tsne".
            value = at[part] = {"use": value}
        return value, part
    raise RecipeError(f"{override!r}: nothing is below {part!r}")


def _index(at: list[Any], parts: Sequence[str], depth: int, override: str) -> int:
    """Return the place of an entry that is named by its number, its id or its plugin."""
    part = parts[depth]
    if part.isdecimal():
        if int(part) < len(at):
            return int(part)
    else:
        for index, item in enumerate(at):
            if isinstance(item, dict) and part in (item.get("id"), item.get("use")):
                return index
    names = [
        str(item.get("id") or item.get("use")) if isinstance(item, dict) else str(index)
        for index, item in enumerate(at)
    ]
    remedy = meant(part, names)
    below = parts[depth + 1 :]
    left_out = not below or any(isinstance(one, dict) and part in one for one in at)
    if not remedy and names and not part.isdecimal() and left_out:  # the entry was left out
        of = ".".join(parts[:depth])
        key, value = ".".join(parts[depth:]), override.partition("=")[2]
        written = "" if value == "" else f"={value}"
        remedy = f"write {of}.{names[0]}.{key}{written} or {of}.0.{key}{written};"
    listed = ", ".join(f"{index} ({name})" for index, name in enumerate(names))
    raise RecipeError(
        f"{override!r}: there is no entry {part!r}",
        remedy=f"{remedy} entries: {listed or 'none'}".strip(),
    )


def typed_value(text: str) -> Any:
    """Return the value that a word of the command line means: as TOML, or else as text."""
    try:
        read = tomllib.loads(f"value = {text.strip()}")
    except (ValueError, RecursionError):
        return text.strip()
    return read["value"] if len(read) == 1 else text.strip()
