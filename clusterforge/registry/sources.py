"""The code behind ``python:`` names: a hash of what was loaded, not of what lies on the disk now.

A file counts as what was loaded where it has not changed since before its module was loaded. Where that
is unknown (a module edited in this session), the code has no hash, and nothing made with it is shared.
"""

from __future__ import annotations

import ast
import hashlib
import importlib
import os
import sys
import sysconfig
import time
from functools import cache
from pathlib import Path
from types import ModuleType
from uuid import uuid4

FILE_MODULE = "clusterforge_file_"
MARGIN = 0.1  # a file's time may lag behind the clock
INSTALLED = {"site-packages", "dist-packages"}
_seen: dict[Path, tuple[tuple[int, ...], str, bool]] = {}
_since: dict[Path, float] = {}


def _started() -> float:
    """Return when this process began; where the system does not say, when this was imported."""
    try:
        ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError, AttributeError):
        age = 0.0
    return time.time() - max(age, 0.0)


STARTED = _started()


def imported(name: str) -> ModuleType:
    """Import a module, and note since when what it brings can be loaded at the earliest."""
    before, loaded = time.time(), set(sys.modules)
    try:
        return importlib.import_module(name)
    finally:
        for new in sys.modules.keys() - loaded:
            if file := _file(sys.modules.get(new)):
                _since.setdefault(file, before)


def module_code(name: str) -> str:
    """Return the hash of an imported module's code: 64 hex digits, or fewer that never come again.

    Of a module in a package it is that of the whole package; of another, that of the module and of
    what :func:`file_code` adds.
    """
    top = sys.modules[name.partition(".")[0]]
    folders = vars(top).get("__path__")
    if folders is not None:
        return _digest({path for folder in folders for path in Path(folder).rglob("*.py")})
    file = _file(top)
    if file is None:  # built in
        return hashlib.sha256(f"{name} {sys.version}".encode()).hexdigest()
    try:
        return _digest({file} | _beside(file, file.read_bytes()))
    except OSError:
        return uuid4().hex


def file_code(path: Path, source: bytes) -> str:
    """Return the hash of a file's code and of the modules of its folder that are part of it.

    That is every module of the folder that the source imports, and every one that is loaded.
    """
    try:
        return _digest(_beside(path, source), hashlib.sha256(source).hexdigest())
    except OSError:
        return uuid4().hex


@cache
def _real(file: str) -> Path:
    return Path(os.path.realpath(file))


def _file(module: object) -> Path | None:
    file = vars(module).get("__file__") if isinstance(module, ModuleType) else None
    return _real(file) if isinstance(file, str) else None


def _loaded() -> set[Path]:
    """Return the files of the modules that are loaded, the core's and the program itself aside."""
    modules = list(sys.modules.items())
    return {
        file
        for name, module in modules
        if not name.startswith(("clusterforge", FILE_MODULE)) and name != "__main__"
        if (file := _file(module))
    }


def _beside(path: Path, source: bytes) -> set[Path]:
    """Return the files of the same folder whose code a source can run."""
    root = Path(os.path.realpath(path.parent))
    standard = {os.path.realpath(sysconfig.get_path(key)) for key in ("stdlib", "platstdlib")}
    if INSTALLED & set(root.parts) or str(root) in standard:
        return set()
    files = {
        file
        for file in _loaded()
        if file.is_relative_to(root) and not INSTALLED & set(file.relative_to(root).parts)
    }
    sources = [source, *(file.read_bytes() for file in files if file.suffix == ".py")]
    while sources:
        for name in _imports(sources.pop()):
            module, package = root / f"{name}.py", root / name
            new = {module} if module.is_file() else set()
            if (package / "__init__.py").is_file():
                new = set(package.rglob("*.py"))
            sources += [file.read_bytes() for file in new - files]
            files |= new
    return files - {Path(os.path.realpath(path))}


def _imports(source: bytes) -> set[str]:
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except (SyntaxError, ValueError, RecursionError):
        return set()
    named = {a.name for node in nodes if isinstance(node, ast.Import) for a in node.names}
    named |= {n.module for n in nodes if isinstance(n, ast.ImportFrom) and n.module and not n.level}
    return {name.partition(".")[0] for name in named} - {"clusterforge"}


def _digest(files: set[Path], own: str = "") -> str:
    """Return the hash of files as they were loaded; a new one each time if that is unknown."""
    digest = hashlib.sha256(own.encode())
    loaded = {file for module in list(sys.modules.values()) if (file := _file(module))}
    root = Path(os.path.commonpath([file.parent for file in files])) if files else Path()
    for path in sorted(files):
        code = _code(path, loaded)
        if code is None:
            return uuid4().hex
        digest.update(f"{path.relative_to(root).as_posix()}\0{code}\0".encode())
    return digest.hexdigest()


def _code(path: Path, loaded: set[Path]) -> str | None:
    """Return the hash of one file; None where it may not be what was loaded."""
    try:
        stat = path.stat()
        # The time of a change can't be set back, as that of the content can.
        changed = (stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size)
        record = _seen.get(path)
        if record is None or record[0] != changed:
            code = hashlib.sha256(path.read_bytes()).hexdigest()
            if record is None:
                real = Path(os.path.realpath(path))
                since = _since.get(real, STARTED if real in loaded else time.time())
                sure = max(stat.st_mtime, stat.st_ctime) < since - MARGIN
            else:
                sure = record[2] and code == record[1]
            record = _seen[path] = changed, code, sure
    except OSError:
        return None
    return record[1] if record[2] else None
