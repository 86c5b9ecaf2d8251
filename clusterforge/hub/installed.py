"""Files that a package from the registry carries, such as weights. Light: it imports no library of networks.

Public: a plugin whose weights come by pip may use these functions.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from clusterforge.errors import EnvironmentProblem
from clusterforge.hub.contents import file_digest


def package_folder(package: str, what: str, remedy: str) -> Path:
    """Return the folder of an installed package; nothing of it is imported.

    Parameters
    ----------
    package
        The name that it is imported by.
    what, remedy
        What it brings, and how it is installed, for the message.

    Raises
    ------
    EnvironmentProblem
        Where it is not installed.
    """
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise EnvironmentProblem(f"the package {what} is not installed; {remedy}")
    return Path(spec.origin).parent


@cache
def checked_file(path: Path, expected: str, others: str, remedy: str) -> Path:
    """Return a file whose content is the known one; it is read once per process.

    Parameters
    ----------
    path
        The file.
    expected
        Its sha256, 64 hex digits.
    others, remedy
        What to say where it is not, and what to do then.

    Raises
    ------
    EnvironmentProblem
        Where it is not there, or another one.
    """
    digest = file_digest(path) if path.is_file() else "none"
    if digest != expected:
        raise EnvironmentProblem(f"{others} (sha256 {digest}, not {expected}); {remedy}")
    return path
