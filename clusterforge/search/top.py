"""The best trials of a sweep as full runs with reports, and their comparison."""

from __future__ import annotations

from pathlib import Path

from clusterforge.comparison import Comparison, compare
from clusterforge.errors import InputError
from clusterforge.pipeline.api import execute_into
from clusterforge.pipeline.events import Observer
from clusterforge.recipe import Source, resolve
from clusterforge.recipe.source import with_values
from clusterforge.registry import Registry
from clusterforge.runs.lock import locked
from clusterforge.runs.manifest import extend_manifest, is_complete
from clusterforge.search import folder as files
from clusterforge.search.begun import begun_source
from clusterforge.search.folder import SweepFolder
from clusterforge.search.page import write_page
from clusterforge.search.pareto import ranked
from clusterforge.search.records import TrialRecord
from clusterforge.storage.cache import Cache


def compare_best(
    folder: str | Path,
    many: int = 3,
    *,
    observer: Observer | None = None,
    registry: Registry | None = None,
) -> Comparison:
    """Run the best trials of a sweep in full, and write their comparison next to its page.

    What their trials have computed is not computed again.

    Parameters
    ----------
    folder
        The sweep's.
    many
        How many of the best, at most; they go to ``top/trial-<number>``, those that are there stay.
    observer, registry
        As in :func:`clusterforge.run`.

    Raises
    ------
    InputError
        Where the folder holds no finished sweep, or fewer than two trials have a value.
    EnvironmentProblem, PluginError
        As in :func:`clusterforge.run`.
    """
    sweep = SweepFolder.open(folder)
    registry = registry or Registry.installed()
    first = sweep.best
    others = (one for one in ranked(sweep.trials, sweep.sweep.objectives) if one != first)
    best = [first, *others][:many]
    if len(best) < 2:
        raise InputError(
            "fewer than two trials can be compared",
            file=str(folder),
            remedy="compare at least two, of a sweep in which two gave results",
        )
    with locked(sweep.path):
        sweep.verify()
        runs = [_run(sweep, trial, observer, registry) for trial in best]
        comparison = compare(*runs)
        comparison.write_html(sweep.path / files.COMPARISON)
        write_again(sweep)
    return comparison


def write_again(sweep: SweepFolder) -> None:
    """Write the page of a sweep again, and what the manifest says of it and of trials that were compared."""
    write_page(sweep.path, sweep.sweep, sweep.trials)
    extend_manifest(sweep.path, files.written_again)


def _run(
    sweep: SweepFolder, trial: TrialRecord, observer: Observer | None, registry: Registry
) -> Path:
    """Have a trial as a run in its folder."""
    folder = sweep.path / files.top(trial.number)
    if is_complete(folder):
        return folder
    source, begun = begun_source(sweep.path)
    plain = {key: value for key, value in source.data.items() if key != "search"}
    source = Source(plain, source.file, source.folder, source.folders)
    source = with_values(source, {**trial.values, "name": folder.name})
    folder.mkdir(parents=True, exist_ok=True)
    cache = Cache(None if begun.cache else sweep.path / files.STAGES)
    recipe = resolve(source, registry)
    execute_into(lambda: recipe, registry, folder, cache, observer)
    return folder
