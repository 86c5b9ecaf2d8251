"""The same from Python as from the command line: sweep, and go on with an interrupted one."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import tomli_w

from clusterforge.errors import InputError, nearest, path_of
from clusterforge.formats import count
from clusterforge.pipeline.api import importing, trusted
from clusterforge.pipeline.keys import digest
from clusterforge.recipe import Recipe, Source, read
from clusterforge.recipe.source import with_values
from clusterforge.registry import Registry
from clusterforge.registry.python_names import Imported
from clusterforge.runs.lock import locked
from clusterforge.runs.manifest import check_folder, is_complete
from clusterforge.runs.vacant import Vacant
from clusterforge.search import folder as files
from clusterforge.search.begun import BEGUN, Begun, begun_source
from clusterforge.search.driver import Driver, Sweeping, Watcher
from clusterforge.search.engines import Engine, InProcess, LocalProcesses, RayCluster
from clusterforge.search.engines.local import QUIET
from clusterforge.search.planned import Planned, prepared
from clusterforge.search.progress import default_watcher
from clusterforge.search.result import Sweep
from clusterforge.search.space import many
from clusterforge.search.trial import Setting
from clusterforge.storage.atomic import write_text
from clusterforge.storage.cache import Cache

EngineName = Literal["local", "ray"]
VACANT = Vacant("sweep", files.RECIPE, first=BEGUN)
SECONDS = {"s": 1, "min": 60, "h": 3600}


@dataclass(frozen=True)
class Place:
    """Where trials run: the engine, the address of its cluster, and how many at the same time."""

    engine: EngineName
    address: str | None
    workers: int | None

    @classmethod
    def of(
        cls,
        planned: Planned,
        engine: EngineName | None,
        address: str | None,
        workers: int | None,
    ) -> Place:
        """Return what was asked for, and what ``[compute]`` says of the rest.

        Raises
        ------
        InputError
            Where the trials can't run there.
        """
        table = planned.recipe.compute
        engine = engine or table.engine
        if engine not in get_args(EngineName):
            remedy = nearest(engine, get_args(EngineName))
            raise InputError(f"there is no engine {engine!r}", key="engine", remedy=remedy)
        if workers is not None and workers < 1:
            raise InputError(f"must be at least 1, not {workers}", key="workers")
        if engine == "local":
            if address is not None:
                remedy = "leave it out, or use the engine ray"
                raise InputError("is the address of a Ray cluster", key="address", remedy=remedy)
            return cls(engine, None, workers)
        if _holds_objects(planned.registry):
            raise InputError(
                "classes and functions of this process can't be sent to a cluster",
                key="engine",
                remedy='name them by module, "python:module:Class", or use the engine local',
            )
        return cls(engine, address or table.address, workers or table.workers)


def sweep(
    recipe: str | Path | Mapping[str, Any],
    *,
    overrides: Sequence[str] = (),
    out: str | Path | None = None,
    sweeps: str | Path = "sweeps",
    engine: EngineName | None = None,
    address: str | None = None,
    workers: int | None = None,
    trials: int | None = None,
    within: str | None = None,
    cache: bool = True,
    watcher: Watcher | None = None,
    registry: Registry | None = None,
) -> Sweep:
    """Run the trials that a recipe's ``[search]`` describes, and return the finished sweep.

    Parameters
    ----------
    recipe, overrides, registry
        As in :func:`clusterforge.run`.
    out
        Folder of the sweep, absent or empty; default: ``<sweeps>/<name>/<UTC time and key>``.
    sweeps
        Where sweeps go that have no ``out``.
    engine
        Where trials run: ``"local"``, processes of this machine, or ``"ray"``, a Ray cluster; default: that
        of ``[compute]``.
    address
        Of the Ray cluster; default: that of ``[compute]``, else one is started here.
    workers
        Trials at the same time; default: the processors, of this machine or of the cluster, divided by the
        threads of a trial. One where the recipe holds classes or functions: they can't be sent to another
        process.
    trials, within
        In place of those in ``[search]``.
    cache
        Whether stages of other runs are used, and those of the trials kept for them.
    watcher
        Told what the sweep does.

    Raises
    ------
    InputError, EnvironmentProblem, PluginError
        Each with a message in one line; what has ended by then stays for :func:`resume`.
    """
    recipe, registry = importing(recipe, registry)
    source = read(recipe, overrides)
    source = _with_search(source, trials, within)
    source, planned = prepared(source, registry)
    place = Place.of(planned, engine, address, workers)
    named = path_of(out, "out") if out is not None else None
    with new_folder(planned.recipe, named, Path(sweeps)) as folder, locked(folder):
        VACANT.check(folder)  # again: another process may have been faster
        _begin(source, planned, folder, cache)
        return _driven(source, planned, folder, cache, place, watcher)


def resume(
    folder: str | Path,
    *,
    engine: EngineName | None = None,
    address: str | None = None,
    workers: int | None = None,
    within: str | None = None,
    watcher: Watcher | None = None,
    registry: Registry | None = None,
    trust_python: bool = False,
) -> Sweep:
    """Finish an interrupted sweep; no trial that has ended is done again.

    Parameters
    ----------
    folder
        The sweep's folder.
    engine, address, workers, within, watcher, registry
        As in :func:`sweep`; the engine may be another one than before.
    trust_python
        Whether to import what the folder's recipe names as ``python:module:Class``.

    Raises
    ------
    InputError
        Where the folder holds no interrupted sweep, or needs code that it may not import.
    """
    folder = path_of(folder, "folder")
    registry = trusted(registry, trust_python)
    if not (folder / BEGUN).is_file() or not (folder / files.RECIPE).is_file():
        check_folder(folder)
        raise InputError("holds no sweep", file=str(folder), remedy="name the folder of a sweep")
    with locked(folder):
        if is_complete(folder):
            raise InputError(
                "the sweep is complete", file=str(folder), remedy="there is nothing to resume"
            )
        source, begun = begun_source(folder)
        source = _with_search(source, None, within)
        source, planned = prepared(source, registry)
        place = Place.of(planned, engine, address, workers)
        return _driven(source, planned, folder, begun.cache, place, watcher)


def check_search(recipe: str | Path | Mapping[str, Any], overrides: Sequence[str] = ()) -> str:
    """Check every value that the trials of a recipe can have; say in a line how many trials there are.

    Raises
    ------
    RecipeError
        Where one is not valid, or the trials are too many.
    """
    recipe, registry = importing(recipe, None)
    _, planned = prepared(read(recipe, overrides), registry)
    search = planned.recipe.search
    assert search is not None
    size = planned.space.size
    of = (
        f" of {many(size)} combinations"
        if size is not None and size != planned.chooser.total
        else ""
    )
    return (
        f"search: {count(planned.chooser.total, 'trial')}{of} by {search.method}; "
        f"every value of {', '.join(planned.space.axes())} is valid"
    )


def new_folder(recipe: Recipe, out: Path | None, sweeps: Path) -> AbstractContextManager[Path]:
    """Make the folder of a new sweep; it is removed again if it is empty when an error or a signal comes.

    Raises
    ------
    InputError
        Where ``out`` is a file or not empty.
    EnvironmentProblem
        Where it can't be made.
    """
    return VACANT.begin(out, sweeps / recipe.name, digest([recipe.full(), recipe.search]))


def _begin(source: Source, planned: Planned, folder: Path, cache: bool) -> None:
    """Write what a sweep goes on from where it is interrupted."""
    assert planned.recipe.search is not None
    search = planned.recipe.search.model_dump(mode="json", exclude_unset=True)
    recipe = tomli_w.dumps({**planned.recipe.given(), "search": _plain(search)})
    begun = Begun(folder=str(source.folder), recipe=digest(recipe), cache=cache, search=search)
    try:
        begun.write(folder / BEGUN)
        write_text(folder / files.RECIPE, recipe)
    except BaseException:
        if not (folder / files.RECIPE).exists():  # nothing to go on with
            with suppress(OSError):
                (folder / BEGUN).unlink(missing_ok=True)
        raise


def _driven(
    source: Source,
    planned: Planned,
    folder: Path,
    cache: bool,
    place: Place,
    watcher: Watcher | None,
) -> Sweep:
    search, threads = planned.recipe.search, planned.recipe.compute.threads
    assert search is not None
    assert threads is not None
    setting = Setting(
        source,
        None if cache else (folder / files.STAGES).resolve(),
        (folder / files.WORK).resolve(),
    )
    sweeping = Sweeping(
        planned.recipe,
        planned.registry,
        planned.space,
        planned.chooser,
        planned.objectives,
        setting,
        folder,
    )
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    engine = _engine(setting, planned, place, threads)
    within = seconds(search.within) if search.within else None
    watcher = watcher or default_watcher()
    Cache(setting.cache).watch(watcher.warning)
    Driver(sweeping, engine, within, watcher).run()
    done = Sweep.open(folder)
    done.registry = planned.registry
    return done


def _engine(setting: Setting, planned: Planned, place: Place, threads: int) -> Engine:
    from clusterforge.models.compute import available_threads

    total = planned.chooser.total
    workers = None if place.workers is None else min(place.workers, total)
    if place.engine == "ray":
        device = planned.recipe.compute.device
        return RayCluster(setting, workers, threads, device, place.address)
    if workers is None:
        workers = min(max(1, available_threads() // threads), total)
    if _holds_objects(planned.registry):
        workers = 1  # classes and functions of this process can't be sent to another one
    if workers == 1:
        return InProcess(setting, planned.registry)
    return LocalProcesses(setting, workers, threads)


def _holds_objects(registry: Registry) -> bool:
    """Tell whether the recipe holds classes or functions of this process."""
    return isinstance(registry.python, Imported) and bool(registry.python.objects)


def seconds(text: str) -> float:
    """Return the seconds of ``90s``, ``10min`` or ``2h``.

    Raises
    ------
    InputError
        Where it is no time.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(s|min|h)", text.strip())
    if not match or not float(match[1]):
        raise InputError(
            f"{text!r} is not a time", key="search.within", remedy='write "90s", "10min" or "2h"'
        )
    return float(match[1]) * SECONDS[match[2]]


def _with_search(source: Source, trials: int | None, within: str | None) -> Source:
    if within is not None:
        seconds(within)
    values = {"search.trials": trials, "search.within": within}
    chosen = {key: value for key, value in values.items() if value is not None}
    return with_values(source, chosen) if chosen and "search" in source.data else source


def _plain(value: Any) -> Any:
    """Return a value of ``[search]`` as TOML can hold it."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items() if item is not None}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
