"""Trackers on a small run that really took place, and the checks that are theirs."""

from __future__ import annotations

import atexit
import filecmp
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache, cached_property, wraps
from pathlib import Path
from time import perf_counter
from typing import Any

from clusterforge import hookspecs
from clusterforge.hookspecs import hookimpl
from clusterforge.registry import Registry, Tracker
from clusterforge.registry.hooks import load, new_manager
from clusterforge.testing.check import NotApplicable, check, require
from clusterforge.testing.declared import light
from clusterforge.testing.subject import global_random, same
from clusterforge.testing.watch import watched

SLOW = 0.1  # seconds that an epoch may wait for a tracker
STARTED, FINISHED = "clusterforge_run_started", "clusterforge_run_finished"
STAGE, EPOCH = "clusterforge_stage_finished", "clusterforge_epoch_finished"
FAILED = "clusterforge_run_failed"
RECIPE = {
    "name": "kit",
    "dataset": {"use": "blobs", "rows": 60},
    "encoder": [{"use": "autoencoder", "layers": [4], "dim": 2, "epochs": 3}],
    # All rows as one cluster has no silhouette, so that a score is null.
    "clusterer": [
        {"use": "kmeans", "n_clusters": 3},
        {"use": "kmeans", "id": "one", "n_clusters": 1},
    ],
    "metric": [{"use": "ari"}, {"use": "silhouette"}],
    "report": {"projection": "none"},
    "compute": {"threads": 1},
}


class Recorder:
    """Keeps what the core calls, and the run's folder as it was then.

    Parameters
    ----------
    folder
        Where the folder of the run is copied to, at its start and at its end.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.calls: list[tuple[str, Mapping[str, Any]]] = []
        for hook in (STARTED, STAGE, EPOCH, FINISHED):
            setattr(self, hook, self._implementation(hook))

    def _implementation(self, hook: str) -> Callable[..., None]:
        @hookimpl
        @wraps(getattr(hookspecs, hook))  # it takes what the specification has
        def keep(folder: Path, **values: Any) -> None:
            self.calls.append((hook, values))
            if hook in (STARTED, FINISHED):
                shutil.copytree(folder, self.folder / hook)

        return keep


@cache
def recorded() -> Recorder:
    """Run a small recipe with built-in plugins and return what it told."""
    from clusterforge.pipeline import api

    folder = Path(tempfile.mkdtemp(prefix="clusterforge-kit-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    registry, recorder = Registry.installed(""), Recorder(folder)
    registry.manager.register(recorder)
    api.run(RECIPE, out=folder / "run", cache=False, registry=registry)
    return recorder


@dataclass
class Call:
    """One call of a hook of the package: how long it took in seconds, and what it did besides."""

    hook: str
    seconds: float = 0.0
    changed: bool = False
    deeds: list[str] = field(default_factory=list)


class TrackerSubject:
    """The hooks of one package, called as the core calls them.

    Parameters
    ----------
    plugin
        The package.
    """

    def __init__(self, plugin: Tracker) -> None:
        self.plugin = plugin
        self.manager = new_manager()
        load(plugin.distribution, self.manager)

    def call(self, hook: str, folder: Path, **values: Any) -> Call:
        """Call a hook, where the package has it, with copies of the values."""
        done = Call(hook)
        for implementation in getattr(self.manager.hook, hook).get_hookimpls():
            names = implementation.argnames
            given = {name: deepcopy(values[name]) for name in names if name in values}
            start = perf_counter()
            own = {"folder": folder} if "folder" in names else {}
            with watched() as done.deeds:
                implementation.function(**given, **own)
            done.seconds = perf_counter() - start
            done.changed = any(not same(value, values[name]) for name, value in given.items())
        return done

    def begin(self, folder: Path) -> Iterator[Call]:
        """Begin a run and do all but its end."""
        shutil.copytree(recorded().folder / STARTED, folder, dirs_exist_ok=True)
        for hook, values in recorded().calls:
            if hook != FINISHED:
                yield self.call(hook, folder, **values)

    def whole(self, folder: Path) -> list[Call]:
        """Begin a run and complete it."""
        return [*self.begin(folder), self.finish(folder)]

    def finish(self, folder: Path) -> Call:
        """Complete the run."""
        shutil.copytree(recorded().folder / FINISHED, folder, dirs_exist_ok=True)
        [values] = (values for hook, values in recorded().calls if hook == FINISHED)
        return self.call(FINISHED, folder, **values)

    def fail(self, folder: Path, *, interrupted: bool) -> Call:
        """End the run early."""
        reason = "interrupted" if interrupted else "encoder.0: memory ran out"
        return self.call(FAILED, folder, reason=reason, interrupted=interrupted)

    @cached_property
    def calls(self) -> list[Call]:
        """The calls of one run from begin to end.

        Raises
        ------
        NotApplicable
            Where it fails, which is a check of its own.
        """
        try:
            with run_folder() as folder:
                return self.whole(folder)
        except KeyboardInterrupt:
            raise
        except BaseException:  # a hook may call sys.exit()
            raise NotApplicable("it fails on a run without any trouble: see tracks-run") from None


@contextmanager
def run_folder() -> Iterator[Path]:
    """Give the folder of a run that is about to begin."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@check("tracker")
def tracker_light(subject: TrackerSubject) -> None:
    """Every command imports the hooks of every package, and has to stay instant."""
    light(subject.plugin.distribution)


@check("tracker")
def tracks_run(subject: TrackerSubject) -> None:
    """A hook that fails is a warning in every run, and its package is left out until the run ends."""
    with run_folder() as folder:
        subject.whole(folder)


@check("tracker")
def tracks_failed_run(subject: TrackerSubject) -> None:
    """A run that ends early says so, right after its start too, and the tracker closes what it began."""
    for interrupted in (False, True):
        with run_folder() as folder:
            next(subject.begin(folder))
            subject.fail(folder, interrupted=interrupted)
        with run_folder() as folder:
            list(subject.begin(folder))
            subject.fail(folder, interrupted=interrupted)


@check("tracker")
def tracks_resumed_run(subject: TrackerSubject) -> None:
    """An interrupted run is started again in its folder, and tells epochs again that were told before."""
    with run_folder() as folder:
        list(subject.begin(folder))
        subject.fail(folder, interrupted=True)
        subject.whole(folder)


@check("tracker")
def tracks_runs_at_once(subject: TrackerSubject) -> None:
    """Two runs may go on in one process, told apart by their folders."""
    with run_folder() as one, run_folder() as other:
        for _ in zip(subject.begin(one), subject.begin(other), strict=True):
            pass
        subject.finish(other)
        subject.fail(one, interrupted=False)


@check("tracker")
def tracker_ends_without_start(subject: TrackerSubject) -> None:
    """A package that failed is told the end of the run only, and must not fail at that again."""
    with run_folder() as folder:
        subject.finish(folder)
        subject.fail(folder, interrupted=False)


@check("tracker")
def tracker_changes_nothing(subject: TrackerSubject) -> None:
    """The run goes on with its values and its files, and so does the next tracker."""
    with run_folder() as folder:
        calls = subject.whole(folder)
        wrote = recorded().folder / FINISHED
        files = [str(path.relative_to(wrote)) for path in wrote.rglob("*") if path.is_file()]
        _, differing, missing = filecmp.cmpfiles(wrote, folder, files, shallow=False)
        moved = differing + missing
    require(not moved, f"it changes files that the run wrote: {', '.join(moved[:3])}")
    changed = sorted({call.hook for call in calls if call.changed})
    require(not changed, f"it changes what it is given: {', '.join(changed)}")


@check("tracker")
def tracker_random_untouched(subject: TrackerSubject) -> None:
    """A run with a tracker gives the same bytes as one without."""
    subject.calls  # noqa: B018 - what it imports at first comes before
    with run_folder() as folder, global_random(1) as touched:
        subject.whole(folder)
    require(not touched, f"it moves the global state of {', '.join(touched)}")


@check("tracker")
def tracker_quick(subject: TrackerSubject) -> None:
    """Training waits for the tracker after every epoch."""
    epochs = [call for call in subject.calls if call.hook == EPOCH]
    require(not any("sleeps" in call.deeds for call in epochs), "it sleeps in an epoch's hook")
    waits = sorted(call.seconds for call in epochs)
    require(waits[len(waits) // 2] <= SLOW, f"an epoch waits {waits[len(waits) // 2]:.2g} s for it")
