"""The same things from Python as from the command line: run, resume, load, check."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterforge.errors import ClusterforgeError, InputError, path_of
from clusterforge.recipe import Recipe, read, resolve
from clusterforge.registry import Registry
from clusterforge.registry.python_names import Imported
from clusterforge.registry.python_objects import without_objects
from clusterforge.runs import RunFolder, files
from clusterforge.runs.lock import is_held, locked
from clusterforge.runs.manifest import check_folder, is_complete
from clusterforge.runs.vacant import Vacant
from clusterforge.storage.cache import Cache
from clusterforge.storage.stages import CHECKPOINT, STAGE, clear
from clusterforge.storage.tree import check_tree

if TYPE_CHECKING:
    from clusterforge.contracts import Peek
    from clusterforge.exporting import Exported
    from clusterforge.pipeline.estimate import Estimate
    from clusterforge.pipeline.events import Observer
    from clusterforge.pipeline.result import Run
    from clusterforge.pipeline.stages import Parent
    from clusterforge.runs.records import Profiles


def run(
    recipe: str | Path | Mapping[str, Any],
    *,
    overrides: Sequence[str] = (),
    out: str | Path | None = None,
    runs: str | Path = "runs",
    within: str | None = None,
    memory: str | None = None,
    cache: bool = True,
    observer: Observer | None = None,
    registry: Registry | None = None,
) -> Run:
    """Run a recipe and return the finished run.

    What the recipe names as ``python:module:Class`` is imported.

    Parameters
    ----------
    recipe
        A TOML file, the name of a recipe that comes with clusterforge (``"quickstart"``), or tables
        as nested dicts, where ``use`` may also be an object: a class, a function, an unfitted
        estimator of scikit-learn's kind.
    overrides
        ``"encoder.1.dim=32"``: values in place of the recipe's.
    out
        Folder of the run, absent or empty; default: ``<runs>/<name>/<UTC time and key>``.
    runs
        Where runs go that have no ``out``.
    within, memory
        Time and memory that the run may take as it is estimated, ``"5min"`` and ``"2GB"``: what costs less is
        chosen until it fits. The same as ``compute.within`` and ``compute.memory`` of the recipe.
    cache
        Whether finished stages of earlier runs are used and those of this run kept.
    observer
        Told what the run does; default: the logger ``clusterforge`` and, in a notebook, the cell.
    registry
        The plugins; default: all that are installed.

    Raises
    ------
    InputError, EnvironmentProblem, PluginError
        Each with a message in one line; what was finished by then stays for ``resume``.
    """
    recipe, registry = importing(recipe, registry)
    overrides = _limited(overrides, within, memory)
    resolved = _fitting(resolve(read(recipe, overrides), registry), registry, out or runs)
    with new_folder(resolved, out, runs) as folder:
        stages = Cache() if cache else None
        if observer is not None and out is None and (other := _unfinished(folder)):
            command = shlex.join(["clusterforge", "run", "--resume", str(other)])
            observer.note(
                f"an earlier run of this recipe is not finished; to go on with it: {command}"
            )
        return execute_into(lambda: resolved, registry, folder, stages, observer, fresh=Vacant())


def _unfinished(folder: Path) -> Path | None:
    """Return the latest run of the same recipe beside a new one that was interrupted."""
    key = folder.name.split("-")[1]
    begun = (
        other
        for other in sorted(folder.parent.glob(f"*-{key}*"), reverse=True)
        if other != folder and (other / files.RECIPE).is_file()
    )
    return next((o for o in begun if not is_complete(o) and not is_held(o)), None)


def _limited(overrides: Sequence[str], within: str | None, memory: str | None) -> tuple[str, ...]:
    """Return overrides with those that stand for a time and a memory."""
    limits = (("within", within), ("memory", memory))
    return (*overrides, *(f'compute.{key}="{value}"' for key, value in limits if value is not None))


def _fitting(recipe: Recipe, registry: Registry, folder: str | Path) -> Recipe:
    """Return the recipe with what is chosen so that it stays within its limits; refuse what can't."""
    from clusterforge.pipeline.estimate import DataSize
    from clusterforge.pipeline.limits import planned
    from clusterforge.pipeline.preflight import check_peeked_counts, check_targets, peeked

    check_targets(recipe, registry)
    peek = peeked(recipe)
    if peek is not None:
        check_peeked_counts(recipe, peek)
    data = None if peek is None else DataSize.peeked(peek)
    return planned(recipe, registry, data, Path(folder)).recipe


def resume(
    folder: str | Path,
    *,
    cache: bool = True,
    observer: Observer | None = None,
    registry: Registry | None = None,
    trust_python: bool = False,
    accept: bool = False,
) -> Run:
    """Finish an interrupted run; what it had finished is not done again.

    Parameters
    ----------
    folder
        The run's folder.
    cache, observer, registry
        As in :func:`run`.
    trust_python
        Whether to import what the folder's recipe names as ``python:module:Class``.
    accept
        Whether finished work may be computed again, where threads, data, recipe, plugins or libraries are
        not those that it was computed with.

    Raises
    ------
    InputError
        Where the folder holds no interrupted run, needs code that it may not import, or finished work
        would be computed again and that is not accepted.
    """
    folder = path_of(folder, "folder")
    registry = trusted(registry, trust_python)
    if not os.path.lexists(folder / files.RECIPE):
        check_folder(folder)
        begin = f"begin one in it: clusterforge run RECIPE --out {folder}"
        remedy = begin if os.path.lexists(folder / files.LOCK) else "name the folder of a run"
        raise InputError("holds no run", file=str(folder), remedy=remedy)
    check_tree(folder)
    _check_unfinished(folder)
    resolved = resolve(read(folder / files.RECIPE), registry)
    stages = Cache() if cache else None
    return execute_into(lambda: resolved, registry, folder, stages, observer, accept=accept)


def load(
    folder: str | Path,
    *,
    verify: bool = True,
    registry: Registry | None = None,
    trust_python: bool = False,
) -> Run:
    """Open a finished run.

    Parameters
    ----------
    folder
        The run's folder.
    verify
        Whether every file is compared with the manifest.
    registry
        The plugins; default: all that are installed.
    trust_python
        Whether what the run used as ``python:module:Class`` may be imported, to encode and label new
        rows. All else needs only the files.

    Raises
    ------
    InputError
        Where the folder holds no finished run, or a file is not what the run wrote.
    """
    from clusterforge.pipeline.result import Run

    opened = RunFolder.open(folder)
    if verify:
        opened.verify()
    return Run(opened.path, registry, trust_python=trust_python)


def export(
    folder: str | Path,
    rows: str | Path | None = None,
    *,
    clusters: str | Path | None = None,
    **options: Any,
) -> Exported:
    """Write the rows of a run's data with their clusters, and the clusters, as files.

    Parameters
    ----------
    folder
        The run's folder.
    rows, clusters, options
        As in :meth:`Run.export <clusterforge.pipeline.result.Run.export>`.

    Raises
    ------
    InputError, EnvironmentProblem
        As there.
    """
    return load(folder).export(rows, clusters=clusters, **options)


def profile(folder: str | Path, columns: str | Sequence[str] = "all", **options: Any) -> Profiles:
    """Return the clusters of a run against columns of its data that they were not made of.

    Parameters
    ----------
    folder
        The run's folder.
    columns, options
        As in :meth:`Run.profile <clusterforge.pipeline.result.Run.profile>`.

    Raises
    ------
    InputError
        As there.
    """
    return load(folder).profile(columns, **options)


def importing(
    recipe: str | Path | Mapping[str, Any], registry: Registry | None
) -> tuple[str | Path | Mapping[str, Any], Registry]:
    """Return a recipe without objects, and a registry that imports what the recipe names."""
    objects: dict[str, Any] = {}
    if isinstance(recipe, Mapping):
        recipe, objects = without_objects(recipe)
    return recipe, (registry or Registry.installed()).naming(Imported(objects))


def trusted(registry: Registry | None, trust_python: bool) -> Registry:
    """Return a registry, by default that of all that is installed, which imports where that is trusted."""
    registry = registry or Registry.installed()
    return registry.naming(Imported()) if trust_python else registry


def execute_into(
    begin: Callable[[], Recipe],
    registry: Registry,
    folder: Path,
    cache: Cache | None,
    observer: Observer | None,
    *,
    fresh: Vacant | None = None,
    parent: Parent | None = None,
    accept: bool = False,
) -> Run:
    """Run a recipe in a folder that is there.

    Parameters
    ----------
    begin
        Returns the recipe; called with the lock held.
    registry, folder, observer
        As in :func:`run`.
    cache
        Where finished stages of other runs are; None: neither read nor written.
    fresh
        What the folder has to be: vacant. A run that fails leaves nothing in it that can't be of use.
    parent
        The run whose stages the folder holds: none of its encoders and clusterers is fitted again.
    accept
        As in :func:`resume`.
    """
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from clusterforge.pipeline.events import Hooked
    from clusterforge.pipeline.execute import execute
    from clusterforge.pipeline.progress import default_observer
    from clusterforge.pipeline.records import write_recipe
    from clusterforge.pipeline.result import Run

    told = Hooked(observer or default_observer(), registry.manager)
    with locked(folder):
        # Again: another process may have been faster.
        if fresh:
            fresh.check(folder)
        _check_unfinished(folder)
        try:
            recipe = begin()
            write_recipe(folder, recipe)  # from now on the run can be resumed
            execute(recipe, registry, folder, cache, told, parent, accept=accept)
        except BaseException as error:
            told.run_failed(error)
            with suppress(OSError):  # it would hide the error
                if fresh and isinstance(error, ClusterforgeError):
                    _clear_useless(folder, error, elsewhere=bool(cache or parent))
                elif fresh and told.folder is None:  # a signal before there is work to go on with
                    clear(folder)
            raise
    return Run(folder, registry)


def _check_unfinished(folder: Path) -> None:
    if is_complete(folder):
        raise InputError(
            "the run is complete", file=str(folder), remedy="there is nothing to resume"
        )


def _clear_useless(folder: Path, error: ClusterforgeError, *, elsewhere: bool) -> None:
    """Clear the folder of a failed run where going on with it would spare nothing.

    Parameters
    ----------
    elsewhere
        Whether its finished stages are somewhere else, too. To go on would then help only where the error
        can go away while the recipe stays.
    """
    refused = isinstance(error, InputError)
    kept = any(folder.rglob(CHECKPOINT)) or (
        not (refused and elsewhere) and any(folder.rglob(STAGE))
    )
    if not kept:
        clear(folder)


def new_folder(
    recipe: Recipe, out: str | Path | None, runs: str | Path
) -> AbstractContextManager[Path]:
    """Make the folder of a new run; it is removed again if it is empty when an error or a signal comes.

    Parameters
    ----------
    recipe
        Its recipe.
    out
        Which folder; None: one of its own in ``runs``.
    runs
        Where runs go.

    Raises
    ------
    InputError
        Where ``out`` is a file or not empty.
    EnvironmentProblem
        Where it can't be made.
    """
    from clusterforge.pipeline.keys import digest

    named = None if out is None else path_of(out, "out")
    home = path_of(runs, "runs") / recipe.name
    if (home / files.RECIPE).exists():  # a run of its own: nothing is written into it
        home = home.with_name(f"{home.name}-runs")
    return Vacant().begin(named, home, digest(recipe.full()))


@dataclass(frozen=True)
class Checked:
    """What ``check`` could tell of a recipe.

    Parameters
    ----------
    recipe
        The validated recipe.
    known
        What was found good, one line each.
    unknown
        What can't be told here without the data, one line each.
    estimate
        What the stages will cost; None where the size of the data is not known here.
    """

    recipe: Recipe
    known: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    estimate: Estimate | None = None


def _counts(peek: Peek) -> Iterator[tuple[str, str]]:
    """Yield each split with its number of rows, as exactly as it is known."""
    for split in dict.fromkeys((*peek.rows, *peek.most, *peek.about)):
        for before, counts in (("", peek.rows), ("at most ", peek.most), ("about ", peek.about)):
            if (count := counts.get(split)) is not None:
                yield split, f"{before}{count:,}"
                break
        else:
            yield split, "?"


def check(
    recipe: str | Path | Mapping[str, Any],
    overrides: Sequence[str] = (),
    registry: Registry | None = None,
    *,
    within: str | None = None,
    memory: str | None = None,
) -> Checked:
    """Validate a recipe and estimate its cost; import nothing heavy of ours.

    Of the data only small files are read.

    Parameters
    ----------
    recipe, overrides, registry, within, memory
        As of :func:`run`.

    Raises
    ------
    InputError
        With file, key, what is wrong and the nearest valid thing.
    """
    from clusterforge.pipeline.estimate import DataSize
    from clusterforge.pipeline.limits import planned
    from clusterforge.pipeline.preflight import (
        absent_models,
        check_data,
        check_device,
        check_packages,
        check_paths,
        check_targets,
        peeked,
    )
    from clusterforge.recipe.recipients import host, on_this_machine

    recipe, registry = importing(recipe, registry)
    resolved = resolve(read(recipe, _limited(overrides, within, memory)), registry)
    checked = Checked(resolved)
    count = len(resolved.entries)
    checked.known.append(f"recipe: {count} plugins found, every parameter is valid")
    check_packages(resolved)
    check_targets(resolved, registry)
    check_paths(resolved)
    check_device(resolved)
    if resolved.namer and (to := host(resolved.namer)):
        place = f"{to}, on this machine" if on_this_machine(to) else to
        checked.known.append(f"namer: {resolved.namer.plugin.spec.name} sends rows to {place}")
    checked.unknown.extend(absent_models(resolved))
    entry = resolved.dataset
    peek = peeked(resolved)
    if peek is None:
        checked.unknown.append(
            f"dataset: {entry.plugin.spec.name} is not on this machine; "
            "its splits, columns and rows are checked by run"
        )
        return checked
    rows = ", ".join(
        f"{split} {number} {'row' if number.split()[-1] == '1' else 'rows'}"
        for split, number in _counts(peek)
    )
    source = peek.source or entry.plugin.spec.name
    checked.known.append(f"dataset: {source}{f': {rows}' if rows else ''}")
    check_data(resolved, registry, peek)
    plan = planned(resolved, registry, DataSize.peeked(peek), Path())
    checked.known.extend(f"chosen: {line}" for line in plan.choices)
    if plan.estimate is None:
        what = "the size of a row is" if peek.rows.get("train") else "the number of rows is"
        checked.unknown.append(f"memory and time: {what} not known before the data are loaded")
    return replace(checked, recipe=plan.recipe, estimate=plan.estimate)
