"""Plugins without a package: ``use = "python:my_module:MyClass"``.

A name is ``python:MODULE:NAME``, with an importable module, or ``python:FILE.py:NAME``, with a file
relative to the recipe. A module that can't be found is looked for as a file next to the recipe.

Whatever such a name stands for is code, so nothing is imported unless it was allowed: a registry
refuses these names; :class:`Imported` is for a recipe that the user names, and :class:`Named` reads
a run folder without importing what its recipe says.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import uuid4

from clusterforge.errors import InputError, PluginError, nearest
from clusterforge.registry.blame import one_line, own_place
from clusterforge.registry.distributions import Distribution
from clusterforge.registry.python_specs import adapter_of, any_spec, plugin_name, spec_of
from clusterforge.registry.registry import PREFIX, Plugin, not_imported
from clusterforge.registry.sources import FILE_MODULE, file_code, imported, module_code
from clusterforge.specs import Kind, Spec

OBJECT = "<object>"
MODULE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")


@dataclass(frozen=True)
class PythonPlugin(Plugin):
    """A class, function or object of Python in the place of a plugin.

    Parameters
    ----------
    name
        What a recipe writes to mean it: ``python:`` and the rest, files made absolute.
    target
        What the name stands for; None where it was not imported.
    code
        The hash of its source as it was loaded; if that can't be determined, one that is never repeated.
    """

    name: str = ""
    target: Any = field(default=None, compare=False, repr=False)
    code: str = ""

    @property
    def qualified(self) -> str:
        """The name, which is never ambiguous."""
        return self.name

    @property
    def use(self) -> str:
        """What a recipe writes to mean this plugin."""
        return self.name

    @cached_property
    def code_hash(self) -> str:
        """The sha256 of the source that it comes from."""
        return self.code

    @property
    def modules(self) -> tuple[str, ...]:
        """The module of the target."""
        return (str(getattr(self.target, "__module__", None) or type(self.target).__module__),)

    @property
    def imported(self) -> object:
        """The target."""
        return self.target

    def load(self) -> type[Any]:
        """Return the class, or an adapter that makes one of our contracts of it.

        Raises
        ------
        InputError
            Where it was not imported.
        """
        if self.target is None and self.name.startswith(f"{PREFIX}{OBJECT}"):
            raise _gone(self.name)
        if self.target is None:
            raise not_imported(self.name, "use")
        return adapter_of(self.spec.kind, self.target)


class Named:
    """Names without their code: enough for all that needs only the files of a run."""

    def find(self, kind: Kind, name: str, folder: Path | None) -> Plugin:
        """Return a plugin that has any parameters and can't be loaded.

        A relative file in the name is relative to ``folder``.
        """
        place, _, attribute = name.removeprefix(PREFIX).rpartition(":")
        spec = any_spec(kind, plugin_name(attribute))
        return PythonPlugin(spec, Distribution(f"{PREFIX}{place}", "?"), name=name)


class Imported(Named):
    """Imports what a name stands for, once for each name; knows the objects of an API call.

    Parameters
    ----------
    objects
        Objects by the name that their recipe got for them.
    finished
        Whether the recipe is that of something finished: an object of an earlier session, which is
        gone, is then missed only by what needs it.
    """

    def __init__(self, objects: Mapping[str, Any] | None = None, *, finished: bool = False) -> None:
        self.objects = dict(objects or {})
        self.finished = finished
        self._found: dict[tuple[Kind, str], Plugin] = {}

    def find(self, kind: Kind, name: str, folder: Path | None) -> Plugin:
        """Return the plugin, imported.

        Raises
        ------
        InputError
            Where there is no such module, file or class, or it can't be a plugin of this kind.
        PluginError
            Where the import fails.
        """
        if (kind, name) in self._found:
            return self._found[kind, name]
        place, _, attribute = name.removeprefix(PREFIX).rpartition(":")
        if not place or (not attribute.isidentifier() and place != OBJECT):
            raise InputError(
                f"{name!r} does not name a module and a class",
                remedy="write python:my_module:MyClass, or python:./my_file.py:MyClass",
            )
        if place == OBJECT:
            plugin = self._object(kind, name, attribute)
        else:
            plugin = self._class(kind, place, attribute, folder or Path.cwd())
        self._found[kind, name] = self._found[kind, plugin.use] = plugin
        return plugin

    def _class(self, kind: Kind, place: str, attribute: str, folder: Path) -> Plugin:
        module, place, code = _imported(place, folder)
        try:
            target = getattr(module, attribute, None)
        except BaseException as error:
            raise _failed(place, error, "used") from error
        if target is None:
            own = [n for n, value in vars(module).items() if callable(value) and n[0] != "_"]
            raise InputError(f"{place} has no {attribute!r}", remedy=nearest(attribute, own))
        whose = Distribution(f"{PREFIX}{place}", code[:12], module=place)
        spec = _told(kind, target, f"{place}:{attribute}")
        return PythonPlugin(spec, whose, name=f"{whose.name}:{attribute}", target=target, code=code)

    def _object(self, kind: Kind, name: str, attribute: str) -> Plugin:
        if name not in self.objects:
            if self.finished:
                return super().find(kind, name, None)
            raise _gone(name)
        held = self.objects[name]
        spec = _told(kind, held, name.removeprefix(PREFIX))
        # Nothing tells one object from another one like it: its results are never shared.
        code = uuid4().hex
        return PythonPlugin(
            spec, Distribution(f"{PREFIX}{OBJECT}", code[:12]), name=name, target=held, code=code
        )


def _imported(place: str, folder: Path) -> tuple[ModuleType, str, str]:
    """Return the module, how a recipe in any folder would write it, and the hash of its code."""
    if place.endswith(".py"):
        try:
            path = (folder / Path(place).expanduser()).resolve()
        except (OSError, RuntimeError, ValueError):  # a null byte, a home that nobody has
            raise InputError(f"{place!r} is not a file name") from None
        return _from_file(path)
    if place == "__main__":
        raise InputError(
            "__main__ is a different program each time",
            remedy="name the file: python:./my_file.py:MyClass",
        )
    if not MODULE.fullmatch(place):
        raise InputError(
            f"{place!r} is not a module", remedy="write my_module, or a file: ./my_file.py"
        )
    try:
        module = imported(place)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{place}.".startswith(f"{error.name}."):
            raise _failed(place, error) from error
        neighbour = (folder / place.replace(".", "/")).with_suffix(".py").resolve()
        if neighbour.is_file():
            return _from_file(neighbour)
        raise InputError(
            f"there is no module {place!r}",
            remedy="install it, put its file next to the recipe, or write "
            "python:./my_file.py:MyClass",
        ) from None
    except BaseException as error:  # a module may call sys.exit() at import
        raise _failed(place, error) from error
    return module, place, module_code(place)


def _from_file(path: Path) -> tuple[ModuleType, str, str]:
    try:
        source = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} can't be read ({error.strerror})") from None
    code = hashlib.sha256(source).hexdigest()
    # A file that has changed is another module: results are keyed by what was really imported.
    name = f"{FILE_MODULE}{path.stem}_{hashlib.sha256(f'{path}{code}'.encode()).hexdigest()}"
    if name not in sys.modules:
        module = sys.modules[name] = ModuleType(name)
        module.__file__ = str(path)
        try:
            # Not by the import system: it may take a compiled file of an earlier second.
            exec(compile(source, str(path), "exec"), vars(module))  # noqa: S102 the user's own file
        except BaseException as error:
            del sys.modules[name]
            raise _failed(str(path), error, module=name) from error
    return sys.modules[name], str(path), file_code(path, source)


def _told(kind: Kind, target: Any, place: str) -> Spec:
    """Return what a target says of itself; whatever it raises meanwhile is its own failure."""
    try:
        return spec_of(kind, target, place)
    except InputError:
        raise
    except BaseException as error:
        raise _failed(place, error, "used") from error


def _gone(name: str) -> InputError:
    return InputError(
        f"{name.rpartition(':')[2]} was an object of a Python session and is in no file",
        remedy="name its class: python:my_module:MyClass",
    )


def _failed(
    place: str, error: BaseException, what: str = "imported", module: str = ""
) -> BaseException:
    if isinstance(error, KeyboardInterrupt):
        return error
    where = own_place(error, [module or place])
    return PluginError(f"{PREFIX}{place} can't be {what}: {one_line(error)}{where}")
