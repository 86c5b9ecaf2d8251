"""Whether what was written is still that: runs, curations, sweeps, taxonomies, models, estimators, the cache.

Enters: a path. Leaves: what it holds, and what is wrong with it. Every file is compared with the hash that
was written with it; of runs also the files with each other. May import all but the command line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from clusterforge.errors import ClusterforgeError
from clusterforge.runs import RunFolder, files
from clusterforge.runs.fitting import problems
from clusterforge.runs.manifest import Manifest, is_complete, read_manifest
from clusterforge.search.folder import TOP, SweepFolder, holds_sweep
from clusterforge.storage.cache import Cache, holds_cache
from clusterforge.storage.states import ARRAYS, META
from clusterforge.storage.tree import check_tree
from clusterforge.taxonomy.folder import TaxonomyFolder

OF_CLUSTERER = (files.clusterer, files.places)
Kind = Literal["run", "curation", "sweep", "taxonomy", "model", "estimator", "cache"]


@dataclass(frozen=True)
class Verification:
    """What a folder holds, and what is wrong with it.

    Parameters
    ----------
    path
        The folder.
    kind
        What it holds.
    files
        How many files were compared with their hashes; stages of a cache.
    problems
        What is missing, damaged or does not fit, each in a line; empty where all is whole.
    """

    path: Path
    kind: Kind
    files: int
    problems: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def verify(path: str | Path) -> Verification:
    """Compare the files of a folder with what was written.

    It may hold a run or a curation, a sweep, a taxonomy, an exported model, a saved estimator, or the cache.

    Parameters
    ----------
    path
        Its folder.

    Raises
    ------
    InputError
        Where it holds nothing of the kind, something that was not finished, or a link.
    EnvironmentProblem
        Where it can't be read.

    Examples
    --------
    >>> clusterforge.verify("runs/first").whole  # doctest: +SKIP
    True
    """
    folder = Path(path)
    taxonomy = TaxonomyFolder(folder)
    if taxonomy.exists:
        record = taxonomy.read()
        count = sum(len(one.files) for one in record.generations)
        return Verification(folder, "taxonomy", count, tuple(taxonomy.problems(record)))
    if holds_sweep(folder):
        return _sweep(SweepFolder.open(folder))
    if holds_cache(folder):
        damaged, stages = Cache(folder).damaged()
        return Verification(folder, "cache", stages, tuple(damaged))
    manifest = read_manifest(folder)
    exported = RunFolder(folder, manifest).exported
    if not exported and manifest.files.keys() & {files.RUN, files.RECIPE}:
        return _run(folder, manifest)
    found = [_line(folder, name) for name in manifest.damage(folder)]
    if exported and not found:
        found = list(_lacking(folder, manifest))
    kind: Kind = "model" if exported else "estimator"
    return Verification(folder, kind, len(manifest.files), tuple(found))


def _run(folder: Path, manifest: Manifest) -> Verification:
    run = RunFolder(folder, manifest)
    found = tuple(problems(run))
    curated = not found and run.run.parent is not None
    return Verification(folder, "curation" if curated else "run", len(manifest.files), found)


def _lacking(folder: Path, manifest: Manifest) -> Iterator[str]:
    """Yield what an exported model needs and its manifest does not name."""
    run = RunFolder(folder, manifest)
    try:
        encoders = [files.encoder(n, one.id) for n, one in enumerate(run.run.encoders)]
        clusterers = [room(name) for name in run.metrics.clusterings for room in OF_CLUSTERER]
    except ClusterforgeError as error:
        yield str(error)
        return
    states = [f"{place}/{name}" for place in (*encoders, *clusterers) for name in (ARRAYS, META)]
    for name in (files.RECIPE, files.RESOLVED, files.EXPLANATIONS, *states):
        if name not in manifest.files:
            yield _line(folder, name)


def _sweep(sweep: SweepFolder) -> Verification:
    """Verify a sweep, and the trials of it that were made into runs."""
    manifest = read_manifest(sweep.path)
    found = [_line(sweep.path, name) for name in manifest.damage(sweep.path)]
    if not found:
        found = list(_records(sweep))
        for place in sorted((sweep.path / TOP).glob("*")):
            if is_complete(place):
                found += _run(place, read_manifest(place)).problems
    return Verification(sweep.path, "sweep", len(manifest.files), tuple(found))


def _records(sweep: SweepFolder) -> Iterator[str]:
    try:
        check_tree(sweep.path)
        numbers = {trial.number for trial in sweep.trials}
        if sweep.sweep.best not in numbers:
            yield f"{sweep.path}: its best trial, {sweep.sweep.best}, is none of its trials"
    except ClusterforgeError as error:
        yield str(error)


def _line(folder: Path, name: str) -> str:
    return f"{folder}: {name} is missing or has changed"
