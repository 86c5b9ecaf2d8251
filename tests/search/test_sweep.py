from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

import clusterforge
from clusterforge.errors import EnvironmentProblem, InputError
from clusterforge.registry import Registry
from clusterforge.search import api, folder
from clusterforge.search.driver import Sweeping, Watcher
from clusterforge.search.engines import LocalProcesses, local
from clusterforge.search.records import TrialRecord
from clusterforge.search.trial import Task

BUDGET = {"key": "clusterer.0.restarts", "low": 3, "high": 100}


class Stops(Watcher):
    """Stops a sweep after some trials."""

    def __init__(self, after: int) -> None:
        self.after, self.ended = after, 0

    def trial_ended(self, trial: TrialRecord) -> None:
        self.ended += 1
        if self.ended == self.after:
            raise KeyboardInterrupt


def values(trials: tuple[TrialRecord, ...]) -> list[tuple[Any, ...]]:
    return [(t.number, tuple(t.values.items()), t.objectives["silhouette"].value) for t in trials]


def test_a_grid_tries_all_and_writes_the_best(recipe: Mapping[str, Any], tmp_path: Path) -> None:
    done = clusterforge.sweep(recipe, out=tmp_path / "sweep", workers=1)
    assert [trial.number for trial in done.trials] == list(range(6))
    best = max(done.trials, key=lambda trial: trial.objectives["silhouette"].value or 0)
    assert done.sweep.best == best.number
    # Stages are computed once: one scaling, two projections.
    computed = [s.stage for t in done.trials for s in t.stages if not s.reused]
    assert computed.count("encoder.0.scale") == 1
    assert computed.count("encoder.1.pca") == 2
    assert computed.count("clusterer.0.kmeans") == 6
    table = pq.read_table(done.path / folder.TABLE)
    assert table.column("clusterer.0.n_clusters").to_pylist() == [2, 3, 4, 2, 3, 4]
    run = clusterforge.run(done.path / folder.BEST, out=tmp_path / "run")
    score = next(s for s in run.metrics.scores if s.metric == "silhouette" and s.split == "train")
    assert score.value == best.objectives["silhouette"].value
    assert not (done.path / folder.WORK).exists()


def test_two_workers_one_of_them_killed_give_the_same(
    recipe: Mapping[str, Any], tmp_path: Path
) -> None:
    alone = clusterforge.sweep(recipe, out=tmp_path / "alone", workers=1, cache=False)

    class Kills(Watcher):
        warnings: tuple[str, ...] = ()
        ended = 0

        def trial_begun(self, task: Task) -> None:
            if task.number == 2 and task.attempt == 1:
                busy = next(w for w in engines[0]._processes if w.task and w.task.number == 2)
                os.kill(busy.process.pid, signal.SIGKILL)

        def warning(self, text: str) -> None:
            self.warnings += (text,)

    engines: list[LocalProcesses] = []

    class Seen(LocalProcesses):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            engines.append(self)

    watcher = Kills()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api, "LocalProcesses", Seen)
        both = api.sweep(recipe, out=tmp_path / "both", workers=2, cache=False, watcher=watcher)
    assert values(both.trials) == values(alone.trials)
    assert both.sweep.best == alone.sweep.best
    assert both.trials[2].attempts == 2
    computed = [s.stage for t in both.trials for s in t.stages if not s.reused]
    assert computed.count("encoder.0.scale") == 1
    assert computed.count("encoder.1.pca") == 2
    assert "signal 9" in watcher.warnings[0]


def test_a_sweep_that_is_stopped_before_it_can_be_gone_on_with_leaves_nothing(
    recipe: Mapping[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(api, "write_text", stop)
    with pytest.raises(KeyboardInterrupt):
        clusterforge.sweep(recipe, sweeps=tmp_path / "sweeps", workers=1)
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_sweep_goes_on(recipe: Mapping[str, Any], tmp_path: Path) -> None:
    whole = clusterforge.sweep(recipe, out=tmp_path / "whole", workers=1)
    out = tmp_path / "part"
    with pytest.raises(KeyboardInterrupt):
        clusterforge.sweep(recipe, out=out, workers=1, watcher=Stops(2))
    with (out / folder.TRIALS).open("ab") as file:
        file.write(b'{"number":2,"val')  # a write that did not end
    with pytest.raises(InputError, match="interrupted"):
        folder.SweepFolder.open(out)
    done = api.resume(out, workers=1)
    assert values(done.trials) == values(whole.trials)
    assert done.best.number == done.sweep.best
    assert len(done.frame()) == 6
    assert "sweep.html" in done._repr_html_()
    lines = (out / folder.TRIALS).read_text().splitlines()
    assert sorted(json.loads(line)["number"] for line in lines) == list(range(6))
    with pytest.raises(InputError, match="complete"):
        api.resume(out)


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("recipe.toml", "restarts = 2", "restarts = 3", "recipe.toml: has changed since"),
        ("trials.jsonl", '"number":1', '"number":0', "line 2: .*trial 0 is there twice"),
        ("trials.jsonl", '"number":1', '"number":77', "there is no trial 77"),
        ("trials.jsonl", '"data":"', '"data":"0', "trial [0-9] has other data"),
        ("labels/1.npy", "NUMPY", "numpy", "labels/1.npy: this is not what"),
    ],
)
def test_a_sweep_that_was_changed_does_not_go_on(
    recipe: Mapping[str, Any], tmp_path: Path, file: str, old: str, new: str, message: str
) -> None:
    out, objective = tmp_path / "s", {**recipe["search"], "objective": "agreement"}
    with pytest.raises(KeyboardInterrupt):
        clusterforge.sweep({**recipe, "search": objective}, out=out, workers=1, watcher=Stops(2))
    changed = (out / file).read_bytes().replace(old.encode(), new.encode(), 1)
    (out / file).write_bytes(changed)
    with pytest.raises(InputError, match=message):
        api.resume(out, workers=1)


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ({"workers": 0}, "workers: must be at least 1, not 0"),
        ({"engine": "locl"}, "engine: there is no engine 'locl'; did you mean 'local'"),
        ({"address": "auto"}, "address: is the address of a Ray cluster"),
    ],
)
def test_where_no_trial_can_run(
    recipe: Mapping[str, Any], tmp_path: Path, place: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        clusterforge.sweep(recipe, out=tmp_path / "s", **place)
    assert not (tmp_path / "s").exists()


def test_a_folder_takes_one_sweep(recipe: Mapping[str, Any], tmp_path: Path) -> None:
    planned = api.prepared(api.read(recipe), Registry.installed())[1].recipe
    with ExitStack() as stack:
        new = [api.new_folder(planned, None, tmp_path) for _ in range(3)]
        folders = {stack.enter_context(folder) for folder in new}
    assert len(folders) == 3


def test_labels_that_the_data_lack_choose_nothing(
    recipe: Mapping[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "d.csv").write_text("a,b\n1,2\n2,1\n5,6\n6,5\n")
    files = {"use": "files", "path": str(tmp_path / "d.csv"), "features": "all"}
    search = {**recipe["search"], "objective": "ari"}
    with pytest.raises(InputError, match="ari compares with labels, and the data set has none"):
        clusterforge.sweep(
            {**recipe, "dataset": files, "search": search}, out=tmp_path / "s", workers=1
        )
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize("method", ["random", "tpe"])
def test_methods_resume_to_the_same_trials(
    recipe: Mapping[str, Any], tmp_path: Path, method: str
) -> None:
    space = {"clusterer.0.n_clusters": {"low": 2, "high": 40}, "encoder.1.components": [2, 3, 4]}
    search = {"method": method, "trials": 14, "ahead": 2, "objective": "silhouette", "space": space}
    recipe = {**recipe, "search": search}
    whole = clusterforge.sweep(recipe, out=tmp_path / "whole", workers=1)
    with pytest.raises(KeyboardInterrupt):
        clusterforge.sweep(recipe, out=tmp_path / "part", workers=1, watcher=Stops(12))
    assert values(api.resume(tmp_path / "part", workers=1).trials) == values(whole.trials)


def test_halving_tries_the_best_again(recipe: Mapping[str, Any], tmp_path: Path) -> None:
    search = {
        "method": "halving",
        "trials": 8,
        "objective": "silhouette",
        "budget": {"key": "clusterer.0.restarts", "low": 1, "high": 4, "factor": 2},
        "space": {"clusterer.0.n_clusters": {"low": 2, "high": 30}},
    }
    done = clusterforge.sweep({**recipe, "search": search}, out=tmp_path / "s", workers=1)
    rungs = [[t for t in done.trials if t.rung == rung] for rung in range(3)]
    assert [len(rung) for rung in rungs] == [4, 2, 1]
    assert [rung[0].values["clusterer.0.restarts"] for rung in rungs] == [1, 2, 4]
    k = "clusterer.0.n_clusters"
    best = sorted(rungs[0], key=lambda t: -(t.objectives["silhouette"].value or 0))[:2]
    assert [t.values[k] for t in rungs[1]] == [t.values[k] for t in best]
    assert done.sweep.best == 6


def test_the_best_is_of_the_last_rung_that_has_values(
    recipe: Mapping[str, Any], tmp_path: Path
) -> None:
    search = {
        "method": "halving",
        "trials": 4,
        "objective": "silhouette",
        "budget": {"key": "clusterer.0.min_samples", "low": 3, "high": 90, "factor": 30},
        "space": {"clusterer.0.eps": [0.4, 0.5]},
    }
    dbscan = {**recipe, "clusterer": [{"use": "dbscan"}], "search": search}
    done = clusterforge.sweep(dbscan, out=tmp_path / "s", workers=1)
    assert [trial.rung for trial in done.trials] == [0, 0, 1]
    assert done.trials[2].objectives["silhouette"].value is None  # 90 rows are nowhere so near
    assert done.best.rung == 0
    assert done.sweep.against_labels


def test_where_all_fail_the_first_says_why(recipe: Mapping[str, Any], tmp_path: Path) -> None:
    search = {"objective": "silhouette", "space": {"clusterer.0.n_clusters": [2000, 3000]}}
    with pytest.raises(InputError, match=r"none of 2 trials gave results; 1 of them: .*2,000"):
        clusterforge.sweep({**recipe, "search": search}, out=tmp_path / "s", workers=1)


def test_trials_of_other_data_have_no_space_in_common(
    recipe: Mapping[str, Any], tmp_path: Path
) -> None:
    search = {"also": ["silhouette@input"], "space": {"dataset.limit": [60, 90]}}
    search = {**recipe["search"], **search}
    done = clusterforge.sweep({**recipe, "search": search}, out=tmp_path / "s", workers=1)
    common = [trial.objectives["silhouette@input"] for trial in done.trials]
    assert {one.reason for one in common} == {
        "there is no common space: the trials have other data"
    }
    assert len({trial.data for trial in done.trials}) == 2


def test_a_trial_that_fails_is_recorded(recipe: Mapping[str, Any], tmp_path: Path) -> None:
    space = {"clusterer.0.n_clusters": [3, 400]}
    search = {"objective": "silhouette", "space": space}
    done = clusterforge.sweep({**recipe, "search": search}, out=tmp_path / "s", workers=1)
    assert [trial.state for trial in done.trials] == ["complete", "failed"]
    assert "400" in (done.trials[1].problem or "")
    assert done.sweep.warnings == ("1 of 2 trials failed; the table of trials says why",)


def test_values_of_a_chosen_table_stay_apart(recipe: Mapping[str, Any], tmp_path: Path) -> None:
    table = {"use": "kmeans", "n_clusters": {"choices": [2, 3]}}
    search = {"objective": "silhouette", "space": {"clusterer.0": [table, {"use": "dbscan"}]}}
    done = clusterforge.sweep({**recipe, "search": search}, out=tmp_path / "s", workers=1)
    assert [trial.values for trial in done.trials] == [
        {"clusterer.0": {"use": "kmeans"}, "clusterer.0.n_clusters": 2},
        {"clusterer.0": {"use": "kmeans"}, "clusterer.0.n_clusters": 3},
        {"clusterer.0": {"use": "dbscan"}},
    ]


def test_labels_of_some_rows_are_kept(recipe: Mapping[str, Any], tmp_path: Path) -> None:
    done = clusterforge.sweep(recipe, out=tmp_path / "s", workers=1, trials=1)
    labels = np.load(done.path / folder.labels(done.trials[0].number))
    assert labels.dtype == np.int8
    assert len(np.unique(labels)) == done.trials[0].clusters


def test_several_objectives_leave_a_front(recipe: Mapping[str, Any], tmp_path: Path) -> None:
    search = {**recipe["search"], "objective": ["silhouette", "ari"]}
    done = clusterforge.sweep({**recipe, "search": search}, out=tmp_path / "s", workers=1)
    points = {
        t.number: tuple(t.objectives[o].value or 0 for o in ("silhouette", "ari"))
        for t in done.trials
    }
    front = {
        n
        for n, p in points.items()
        if not any(
            all(a >= b for a, b in zip(q, p, strict=True)) and q != p for q in points.values()
        )
    }
    assert set(done.sweep.front) == front
    assert done.sweep.best in front


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"space": {"encoder.1.components": [2, 0]}}, "search.space.encoder.1.components"),
        ({"space": {"encoder.1.componentss": [2, 3]}}, "did you mean 'components'"),
        (
            {"space": {"encodr.1.components": [2, 3]}},
            "search.space.encodr.1.components: unknown key",
        ),
        (
            {"space": {"encoder.7.components": [2, 3]}},
            "search.space.encoder.7.components: .*no entry",
        ),
        ({"space": {"clusterer.0": [{"use": "kmean", "n_clusters": 2}]}}, "did you mean 'kmeans'"),
        ({"objective": "silhouete"}, "did you mean 'silhouette'"),
        ({"method": "halving"}, "search.budget: is missing"),
        ({"within": "soon"}, "must be a time"),
        ({"within": "0s"}, "must be a time"),
        ({"clusterer": "k"}, "search.clusterer: .*no clusterer 'k'"),
        ({"space": {"seeds": [1, 5]}}, "search.space.seeds: trials do not differ in 'seeds'"),
        ({"space": {"search.seed": [1, 5]}}, "trials do not differ"),
        (
            {
                "space": {
                    "clusterer.0.n_clusters": [2, 3],
                    "clusterer.kmeans.n_clusters": [4, 5],
                }
            },
            "clusterer.kmeans.n_clusters: replaces what clusterer.0.n_clusters sets",
        ),
        (
            {
                "space": {
                    "clusterer.0.n_clusters": [2, 3],
                    "clusterer.0": [{"use": "kmeans", "n_clusters": 4}],
                }
            },
            "search.space.clusterer.0: replaces what clusterer.0.n_clusters sets",
        ),
        (
            {"space": {"seed": [0, 1], "clusterer": {"0.restarts": [2], "0": {"restarts": [3]}}}},
            "search.space.clusterer.0.restarts: is there twice",
        ),
        (
            {"method": "halving", "budget": {"key": "clusterer.0.n_clusters", "low": 1, "high": 9}},
            "search.budget.key: is there twice",
        ),
        (
            {"method": "halving", "budget": {"key": "encoder.9.epochs", "low": 1, "high": 9}},
            "search.budget: .*no entry '9'",
        ),
        (
            {"budget": {"key": "clusterer.0.restarts", "low": 1, "high": 9}},
            "is for halving, and the method is grid",
        ),
        (
            {
                "method": "halving",
                "trials": 8,
                "budget": BUDGET,
                "space": {"seed": {"low": 0, "high": 99}},
            },
            "search.budget: 4 budgets, each 3 times the one before, need 40 trials, and there are 8",
        ),
        (
            {"objective": "silhouette@input", "space": {"dataset.use": ["iris", "wine"]}},
            "search.objective: trials with other data have no space in common",
        ),
        (
            {
                "objective": ["stability", "agreement"],
                "space": {"clusterer.0.n_clusters": [2, 3], "seed": [0, 1]},
            },
            "search.objective: agreement has no value, as all trials have the same encoders and",
        ),
        ({"space": {}}, "is empty"),
    ],
)
def test_what_can_not_be_searched(
    recipe: Mapping[str, Any], tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    search = {**recipe["search"], **change}
    with pytest.raises(InputError, match=message):
        clusterforge.sweep({**recipe, "search": search}, out=tmp_path / "s", workers=1)
    assert not (tmp_path / "s").exists()


def test_time_that_is_over_leaves_trials_out(recipe: Mapping[str, Any], tmp_path: Path) -> None:
    search = {"objective": "silhouette", "space": {"seed": list(range(200))}}
    done = api.sweep(
        {**recipe, "search": search}, out=tmp_path / "s", workers=1, within="1s", cache=False
    )
    assert 1 <= len(done.trials) < 200
    assert "did not end within the time" in done.sweep.warnings[0]


def test_a_driver_that_is_killed_loses_no_trial(recipe: Mapping[str, Any], tmp_path: Path) -> None:
    out = tmp_path / "s"
    script = (
        "import json, os, signal, sys\n"
        "from clusterforge.search import api\n"
        "from clusterforge.search.driver import Watcher\n"
        "class Kill(Watcher):\n"
        "    n = 0\n"
        "    def trial_ended(self, trial):\n"
        "        self.n += 1\n"
        "        if self.n == 2: os.kill(os.getpid(), signal.SIGKILL)\n"
        "api.sweep(json.loads(sys.argv[1]), out=sys.argv[2], workers=1, watcher=Kill())\n"
    )
    import sys

    killed = subprocess.run([sys.executable, "-c", script, json.dumps(recipe), str(out)])
    assert killed.returncode == -signal.SIGKILL
    done = api.resume(out, workers=1)
    lines = (out / folder.TRIALS).read_text().splitlines()
    assert sorted(json.loads(line)["number"] for line in lines) == list(range(6))
    assert len(done.trials) == 6


def test_objects_in_a_recipe_are_searched_in_this_process(
    recipe: Mapping[str, Any], tmp_path: Path
) -> None:
    class Halves:
        def __init__(self, column: int = 0) -> None:
            self.column = column

        def fit_predict(self, X: Any) -> Any:
            return self.predict(X)

        def predict(self, X: Any) -> Any:
            return (X[:, self.column] > 0).astype(int)

    search = {"objective": "silhouette", "space": {"clusterer.0.column": [0, 1]}}
    plain = {"evaluation": {"null_draws": 0, "refits": 0}, "report": {"projection": "none"}}
    own = {**recipe, **plain, "clusterer": [{"use": Halves}], "search": search}
    done = clusterforge.sweep(own, out=tmp_path / "s", workers=2)
    assert [trial.state for trial in done.trials] == ["complete", "complete"]
    done.compare(2)
    assert (tmp_path / "s" / folder.COMPARISON).is_file()


def test_a_folder_imports_what_it_names_only_if_it_is_trusted(
    recipe: Mapping[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "mine.py").write_text(
        "class Halves:\n"
        "    def __init__(self, column: int = 0):\n"
        "        self.column = column\n"
        "    def fit(self, X):\n"
        "        return self\n"
        "    def predict(self, X):\n"
        "        return (X[:, self.column] > 0).astype(int)\n"
    )
    search = {"objective": "silhouette", "space": {"clusterer.0.column": [0, 1]}}
    halves = [{"use": f"python:{tmp_path}/mine.py:Halves"}]
    own, out = {**recipe, "clusterer": halves, "search": search}, tmp_path / "s"
    with pytest.raises(KeyboardInterrupt):
        clusterforge.sweep(own, out=out, workers=1, watcher=Stops(1))
    with pytest.raises(InputError, match="not imported when a folder is opened"):
        api.resume(out, workers=1)
    assert len(api.resume(out, workers=1, trust_python=True).trials) == 2


def test_encoders_that_see_labels_are_warned_of(recipe: Mapping[str, Any], tmp_path: Path) -> None:
    discriminant = {"use": "python:sklearn.discriminant_analysis:LinearDiscriminantAnalysis"}
    search = {"objective": "silhouette", "space": {"clusterer.0.n_clusters": [2, 3]}}
    own = {**recipe, "encoder": [{"use": "scale"}, discriminant], "search": search}
    done = clusterforge.sweep(own, out=tmp_path / "s", workers=1)
    assert "the encoders of the best trial see the labels" in done.sweep.warnings[0]
    assert (
        "The encoders of the best trial see the labels"
        in (tmp_path / "s" / folder.PAGE).read_text()
    )


def test_processes_that_can_not_start_say_why(
    recipe: Mapping[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "MODULE", "no_such_module")
    with pytest.raises(EnvironmentProblem, match=r"can start; .*status 1: .*no_such_module"):
        clusterforge.sweep(recipe, out=tmp_path / "s", workers=2)


def test_the_watcher_is_told(recipe: Mapping[str, Any], tmp_path: Path) -> None:
    events: list[str] = []

    class Tells(Watcher):
        def begun(self, sweep: Sweeping) -> None:
            events.append(f"begun {sweep.chooser.total}")

        def trial_begun(self, task: Task) -> None:
            events.append(f"begin {task.number}")

        def trial_ended(self, trial: TrialRecord) -> None:
            events.append(f"end {trial.number}")

    clusterforge.sweep(recipe, out=tmp_path / "s", workers=1, watcher=Tells())
    assert events[:3] == ["begun 6", "begin 0", "end 0"]
    assert len(events) == 13
