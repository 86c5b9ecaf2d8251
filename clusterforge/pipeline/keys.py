"""Content keys of stages: the same key means the same files."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, is_dataclass, replace
from functools import cache as memoised
from importlib.metadata import PackageNotFoundError, requires, version

from pydantic import BaseModel

from clusterforge.models.compute import Resources
from clusterforge.pipeline.contents import contents
from clusterforge.recipe import Entry
from clusterforge.registry import Plugin, package_hash
from clusterforge.specs import EncoderSpec

KEY_FORMAT = 1
FOR_WORK = re.compile(
    r"extra\s*==\s*['\"](test|tests|testing|dev|docs?|lint)['\"]"
)  # no result rests on these
LIBRARIES = (
    "numpy",
    "scipy",
    "scikit-learn",
    "torch",
    "transformers",
    "sentence-transformers",
    "datasets",
    "pandas",
    "pyarrow",
    "pydantic",
    "safetensors",
    "matplotlib",
)


@dataclass(frozen=True)
class PluginCode:
    """What tells one version of a plugin's code from another: its own, its libraries', ours."""

    plugin: str
    kind: str
    version: str
    code: str
    requires: Mapping[str, str]
    core: str

    @classmethod
    def of(cls, plugin: Plugin) -> PluginCode:
        """Return the code of a plugin."""
        ours = plugin.distribution.ours
        return cls(
            plugin=plugin.qualified,
            kind=plugin.spec.kind,
            version=plugin.distribution.version,
            code=plugin.code_hash,
            requires={} if ours else required_versions(plugin.distribution.name),
            core="" if ours else package_hash("clusterforge"),
        )


def digest(value: object) -> str:
    """Return the sha256 of a value of JSON's types, pydantic models and dataclasses."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return str(value)


@memoised
def library_versions() -> dict[str, str]:
    """Return the versions of the libraries that results rest on."""
    return _installed(LIBRARIES)


def versions() -> dict[str, str]:
    """Return those versions, and a hash of our own code."""
    return {**library_versions(), "clusterforge": package_hash("clusterforge")}


def differing(own: Mapping[str, str], others: Mapping[str, str]) -> str | None:
    """Return the name of something that has another version here than in another process."""
    return next((name for name, value in own.items() if value != others.get(name)), None)


@memoised
def required_versions(distribution: str) -> dict[str, str]:
    """Return the installed versions of what a distribution requires to be used, but for clusterforge."""
    try:
        needs = requires(distribution) or []
    except PackageNotFoundError:
        return {}
    used = (need for need in needs if not FOR_WORK.search(need))
    names = {match[0] for need in used if (match := re.match(r"[A-Za-z0-9._-]+", need))}
    return _installed(tuple(sorted(names - {"clusterforge"})))


def _installed(names: tuple[str, ...]) -> dict[str, str]:
    versions = {}
    for name in names:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions


def computed_with(resources: Resources) -> tuple[object, ...]:
    """Return what every key holds: device, precision and threads, libraries, the keys' own version."""
    return resources, library_versions(), KEY_FORMAT


def stage_key(
    entry: Entry, *, upstream: str, seed: int | None, resources: Resources, **extra: object
) -> str:
    """Return the content key of a stage that runs a plugin: 64 hex digits.

    Parameters
    ----------
    entry
        The plugin and its parameters, ``"classes"`` already a number. What these name (files,
        folders, models) counts by its content.
    upstream
        Key of what comes in: the data's fingerprint or the stage before.
    seed
        The seed where the stage is stochastic, else None: then five seeds share it.
    resources
        Device, precision and threads, which change the last bits; threads not of every plugin.
    extra
        Whatever else the result depends on.
    """
    spec = entry.plugin.spec
    trained = isinstance(spec, EncoderSpec) and spec.trained
    return digest(
        {
            "plugin": PluginCode.of(entry.plugin),
            "params": entry.values(),
            "contents": contents(entry.params),
            "upstream": upstream,
            "seed": seed,
            "computed with": computed_with(
                replace(
                    resources,
                    threads=resources.threads if spec.threads else 0,
                    processes=resources.processes if trained else 1,
                )
            ),
            **extra,
        }
    )
