"""The first import of a package happens in a process of its own.

An import may loop, end the process or raise KeyboardInterrupt, and nothing here could name it then. So a
package whose content was never imported before is imported in a child with a limit of time; what came of
it is stored in the user's cache folder by content, and the next start imports a harmless one at once.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from clusterforge.registry.distributions import Distribution
from clusterforge.registry.hooks import load, new_manager

LIMIT_VARIABLE = "CLUSTERFORGE_IMPORT_LIMIT"
CACHE_VARIABLE = "CLUSTERFORGE_CACHE"
LIMIT = 30.0  # seconds
MOST = 500  # verdicts that are stored


def cache_folder() -> Path:
    """Return the folder that ``CLUSTERFORGE_CACHE`` or the platform names."""
    named = os.environ.get(CACHE_VARIABLE)
    if named:
        return Path(named).expanduser()
    from platformdirs import user_cache_path

    return user_cache_path("clusterforge")


def harmful(
    distributions: Sequence[Distribution], *, again: bool = False
) -> dict[Distribution, str]:
    """Return the packages whose import would not come back, with the reason.

    Parameters
    ----------
    distributions
        Not ours.
    again
        Whether those that were harmful are tried again.
    """
    try:
        limit = float(os.environ.get(LIMIT_VARIABLE) or LIMIT)
    except ValueError:
        limit = LIMIT
    if limit <= 0 or not distributions:
        return {}
    file = cache_folder() / "imports.json"
    verdicts = _read(file)
    keys = {each: _key(each, limit) for each in distributions}
    unknown = [d for d, key in keys.items() if key not in verdicts or (again and verdicts[key])]
    if unknown:
        new = {keys[each]: reason for each, reason in _tried(unknown, limit)}
        verdicts = {key: reason for key, reason in verdicts.items() if key not in new} | new
        _write(file, dict(list(verdicts.items())[-MOST:]))
    return {each: verdicts[key] for each, key in keys.items() if verdicts.get(key)}


def _tried(
    distributions: Sequence[Distribution], limit: float
) -> Iterator[tuple[Distribution, str]]:
    """Import packages in a child, and yield what is wrong with each, or nothing."""
    from clusterforge.registry.child import Child, Ended

    child: Child | None = None
    try:
        for each in distributions:
            child = child if child and child.alive else Child(__name__, limit)
            try:
                reason = child.ask([each.name, each.version, each.entry_point, each.module])
            except Ended as error:
                reason = f"its import does not finish: {error}"
            yield each, reason
    except OSError:  # no process can be started here
        return
    finally:
        if child:
            child.kill()


def _key(distribution: Distribution, limit: float) -> str:
    """Return a hash of all that decides what an import does, as far as it is the package's own."""
    digest = hashlib.sha256(f"{sys.version} {limit} {distribution}".encode())
    digest.update(f"{distribution.module} {distribution.record}".encode())
    if not distribution.listed:  # no list vouches for the files
        digest.update(files_hash(distribution.module.partition(":")[0].partition(".")[0]).encode())
    return digest.hexdigest()


def files_hash(package: str) -> str:
    """Return the sha256 over the Python files of an importable package or module."""
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        spec = None
    digest = hashlib.sha256()
    folders = list(spec.submodule_search_locations or ()) if spec else []
    files = [(Path(folder), path) for folder in folders for path in Path(folder).rglob("*.py")]
    if spec and spec.origin and not folders:
        files.append((Path(spec.origin).parent, Path(spec.origin)))
    for folder, path in sorted(files):
        with suppress(OSError):
            digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _read(file: Path) -> dict[str, str]:
    try:
        stored = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(k): str(v) for k, v in stored.items()} if isinstance(stored, dict) else {}


def _write(file: Path, verdicts: dict[str, str]) -> None:
    import tempfile

    with suppress(OSError):  # then the next start tries again
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=file.parent, prefix=".imports-", delete=False
        ) as part:
            json.dump(verdicts, part)
        os.replace(part.name, file)


def _import(fields: list[str]) -> str:
    """Import one package in the child; an ordinary exception will be seen where it counts."""
    name, version, entry_point, module = fields
    try:
        with suppress(Exception, SystemExit):
            load(Distribution(name, version, entry_point, module), new_manager())
    except BaseException as error:
        return f"its import raises {type(error).__name__}"
    return ""


if __name__ == "__main__":
    from clusterforge.registry.child import answer

    answer(_import)
