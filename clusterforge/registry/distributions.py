"""Which installed distributions bring plugins, read from their metadata; nothing is imported."""

from __future__ import annotations

import hashlib
import importlib.metadata
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from email.parser import HeaderParser
from typing import Literal

from clusterforge import __version__
from clusterforge.packages import Origin

GROUP = "clusterforge"
OURS = "clusterforge"
SECTION = re.compile(rf"^\s*\[\s*{GROUP}\s*(\]|$)", re.MULTILINE)
NEEDS = re.compile(rf"^{OURS}\s*([(<>=!~][^;\n]*)$", re.MULTILINE)
UNNAMED = "unknown"


@dataclass(frozen=True)
class Distribution:
    """Where a plugin comes from.

    Parameters
    ----------
    name, version
        Of the distribution.
    entry_point, module
        Name and value of the entry point.
    needs
        The clusterforge that it requires: ``>=0.1,<1``.
    record
        The sha256 of the list of its files with their hashes, as the installer wrote it.
    listed
        Whether that list has the files of the module; an editable installation has them elsewhere.
    source
        The folder of an editable installation, whose code is the user's own; else empty.
    """

    name: str
    version: str
    entry_point: str = ""
    module: str = ""
    needs: str = ""
    record: str = field(default="", compare=False, repr=False)
    listed: bool = field(default=False, compare=False, repr=False)
    source: str = field(default="", compare=False, repr=False)

    @property
    def ours(self) -> bool:
        """Whether this is clusterforge itself."""
        return self.name == OURS

    @property
    def fits(self) -> bool:
        """Whether it works with this version of clusterforge, as far as it says."""
        from packaging.specifiers import InvalidSpecifier, SpecifierSet

        try:
            return not self.needs or SpecifierSet(self.needs).contains(
                __version__, prereleases=True
            )
        except InvalidSpecifier:
            return True

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


@dataclass(frozen=True)
class Problem:
    """A plugin package that can't be used, or does harm, or one of its plugins whose name is taken.

    Parameters
    ----------
    distribution
        Whose it is.
    state
        ``broken``; ``disabled`` by ``CLUSTERFORGE_PLUGINS``; ``incompatible`` with this version of
        clusterforge; ``heavy``: it works, but makes every command slow; ``duplicate`` or ``shadowed``:
        the bare name of a plugin does not mean it.
    reason
        What is wrong, in one line.
    remedy
        What to do about it, in one line.
    """

    distribution: Distribution
    state: Literal["broken", "disabled", "incompatible", "heavy", "duplicate", "shadowed"]
    reason: str
    remedy: str


def missing_requirements(distribution: str) -> list[str]:
    """Return what an installed distribution requires and is not there, or in another version.

    Extras are left out, and so is what can't be determined.
    """
    from packaging.requirements import InvalidRequirement, Requirement

    missing = []
    try:
        stated = importlib.metadata.requires(distribution) or []
    except importlib.metadata.PackageNotFoundError:
        return []
    for line in stated:
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        wanted = f"{requirement.name}{requirement.specifier}"
        try:
            version = importlib.metadata.version(requirement.name)
        except importlib.metadata.PackageNotFoundError:
            missing.append(wanted)
            continue
        if not requirement.specifier.contains(version, prereleases=True):
            missing.append(f"{wanted} (not {version})")
    return missing


def canonical(name: str) -> str:
    """Return a distribution's name as the index spells it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def entry_points() -> Iterator[Distribution | Problem]:
    """Yield each entry point of the group; unreadable metadata is a problem of its own."""
    names: set[str] = set()
    for dist in importlib.metadata.distributions():
        try:
            # Reading one small file for each distribution is much faster than parsing all metadata.
            text = dist.read_text("entry_points.txt") or ""
            if GROUP not in text:
                continue
            headers = _headers(dist)
            name = canonical(headers["Name"] or UNNAMED)
            if name in names:
                continue
            names.add(name)
            points = [point for point in dist.entry_points if point.group == GROUP]
            if not points and SECTION.search(text):
                raise ValueError(f"entry_points.txt has no readable section [{GROUP}]")
            needs = NEEDS.search("\n".join(headers.get_all("Requires-Dist", [])))
            record = dist.read_text("RECORD") or ""
            source = _source(dist)
            for point in points:
                top = re.escape(point.value.partition(":")[0].partition(".")[0])
                yield Distribution(
                    name,
                    headers["Version"] or "?",
                    point.name,
                    point.value,
                    needs[1].strip("() ") if needs else "",
                    hashlib.sha256(record.encode()).hexdigest(),
                    re.search(rf"^{top}(/|\.py,)", record, re.MULTILINE) is not None,
                    source,
                )
        except Exception as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            yield Problem(
                Distribution(_name(dist), "?"),
                "broken",
                f"its metadata can't be read ({reason[:200]})",
                "reinstall or uninstall the package",
            )


def _source(dist: importlib.metadata.Distribution) -> str:
    """Return the folder of an editable installation, as its installer has recorded it; else nothing."""
    origin = Origin.of(dist)
    return str(origin.folder) if origin and origin.editable and origin.folder else ""


def _name(dist: importlib.metadata.Distribution) -> str:
    try:
        return canonical(_headers(dist)["Name"] or UNNAMED)
    except Exception:
        return UNNAMED


def _headers(dist: importlib.metadata.Distribution) -> Message:
    """Return the fields of the metadata, without the description below them, often a whole README."""
    text = dist.read_text("METADATA") or dist.read_text("PKG-INFO") or ""
    return HeaderParser().parsestr(text.partition("\n\n")[0])
