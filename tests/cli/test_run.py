from __future__ import annotations

import errno
import json
import re
import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from clusterforge.cli.commands import run as run_command
from clusterforge.errors import EnvironmentProblem, InputError, PluginError
from clusterforge.pipeline import api
from clusterforge.runs import RunFolder
from tests.cli.conftest import BLOBS, Cli
from tests.registry.conftest import Install


def test_a_run_from_recipe_to_report(cli: Cli, blobs: str) -> None:
    done = cli("run", blobs, "--out", "here")

    assert done.status == 0
    lines = done.out.splitlines()
    assert [line.split() for line in lines if line.startswith("scores on")] == [
        ["scores", "on", "train", "kmeans", "dbscan"],
        ["scores", "on", "test", "kmeans", "dbscan"],
    ]
    assert lines[1].startswith("Accuracy ↑ ")
    head = next(i for i, line in enumerate(lines) if line.startswith("clusters of kmeans "))
    assert re.fullmatch(r"\d \S.* (high|low) +\d+ +[\d.]+ %", lines[head + 1])
    assert "rows of all splits, as in the report" in lines
    table = RunFolder.open(Path("here")).assignments
    assert len(table.splits) == 2
    sizes = sorted(np.bincount(table.clusters["kmeans"]).tolist(), reverse=True)
    shown = [int(line.split()[-3]) for line in lines[head + 1 : head + 1 + len(sizes)]]
    assert shown == sizes
    assert lines[-2:] == ["run:    here", "report: here/report.html"]
    assert max(map(len, lines)) <= 80
    assert "\x1b" not in done.out + done.err
    assert Path("here/report.html").is_file()
    stages = [re.sub(r": (< )?[\d.]+ s$", "", line) for line in done.err.splitlines()]
    # Said or not, by how fast this machine is just now.
    stages = [line for line in stages if not line.startswith("still to come: about ")]
    assert stages == [
        "dataset.blobs",
        "encoder.0.scale",
        "clusterer.0.kmeans",
        "clusterer.1.dbscan",
        "scores.kmeans",
        "scores.dbscan",
        "evaluation.kmeans",
        "evaluation.dbscan",
        "evaluation.data",
        "explanations",
        "namer.words",
        "report",
    ]


def test_json_is_one_object_and_nothing_else(cli: Cli, blobs: str) -> None:
    done = cli(
        "run", blobs, "--json", "--quiet", "--seed", "5", "--set", "clusterer.dbscan.eps=9.0"
    )

    def no_constants(name: str) -> Any:
        raise AssertionError(name)

    found = json.loads(done.out, parse_constant=no_constants)
    assert (done.status, done.err) == (0, "")
    assert done.out.count("\n") == 1
    assert set(found) == {"run", "labels_in_training", "scores"}
    assert found["labels_in_training"] is False
    stored = json.loads((Path(found["run"]) / "metrics.json").read_text())["scores"]
    assert found["scores"] == stored
    info = json.loads((Path(found["run"]) / "run.json").read_text())
    assert info["seed"] == 5
    one = next(s for s in stored if s["clusterer"] == "dbscan" and s["metric"] == "silhouette")
    assert (one["value"], bool(one["reason"])) == (None, True)
    assert Path(found["run"]).parent == Path("runs/blobs")


def test_noise_is_told_below_the_table(cli: Cli, blobs: str) -> None:
    out = cli(
        "run", blobs, "--set", "dataset.outliers=0.3", "--set", "clusterer.dbscan.eps=0.2"
    ).out

    assert "\ncovered: the share of rows that are not noise" in out


def test_clusters_without_names_are_counted(cli: Cli) -> None:
    changes = (
        'encoder=[{use="flatten"}]',
        'clusterer=[{use="kmeans",n_clusters=4}]',
        *("evaluation.null_draws=0", "evaluation.refits=0", 'report.projection="none"'),
    )
    done = cli("run", "quickstart", *(word for change in changes for word in ("--set", change)))
    assert re.search(r"\nkmeans: 4 clusters of \d+ to \d+ rows\n", done.out)


def test_a_run_that_was_interrupted_is_named_by_the_next(
    cli: Cli, blobs: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("clusterforge.pipeline.fit.Scoring.run", stop)
        command = cli("run", blobs).err.splitlines()[-1].removeprefix("interrupted; resume with: ")
    said = f"an earlier run of this recipe is not finished; to go on with it: {command}\n"

    assert said in cli("run", blobs).err
    assert "is not finished" not in cli("run", blobs, "--seed", "5").err
    assert cli(*command.split()[1:]).status == 0
    assert "is not finished" not in cli("run", blobs).err


def test_rows_that_are_too_few_are_said(cli: Cli, blobs: str) -> None:
    few = ("dataset.rows=4", "clusterer.kmeans.n_clusters=2")
    done = cli("run", blobs, *(word for change in few for word in ("--set", change)))

    assert "warning: train has 3 rows: clusters and scores of so few say nothing\n" in done.err


def test_a_second_run_reuses_what_the_first_did(cli: Cli, blobs: str) -> None:
    cli("run", blobs)

    again = cli("run", blobs, "--set", "clusterer.dbscan.min_samples=3").err
    without = cli("run", blobs, "--no-cache").err

    assert "clusterer.0.kmeans: reused" in again
    assert "clusterer.1.dbscan: reused" not in again
    assert "reused" not in without


def test_labels_used_are_told(cli: Cli, blobs: str) -> None:
    out = cli("run", blobs, "--set", "clusterer.kmeans.n_clusters=classes").out

    assert "labels used: number of clusters of clusterer.0.kmeans" in out


def test_out_must_be_empty(cli: Cli, blobs: str) -> None:
    Path("full").mkdir()
    Path("full/thing").touch()

    done = cli("run", blobs, "--out", "full")

    assert done.status == 2
    assert done.err == "error: full: is not empty; name another folder\n"


@pytest.mark.parametrize(
    "args",
    [
        (),
        ("a.toml", "--resume", "b"),
        ("a.toml", "b.toml"),
        ("--nope",),
        ("a.toml", "--seed", "x"),
        ("a.toml", "--set"),
        ("--resume", "b", "--set", "a=1"),
        ("--resume", "b", "--seed", "1"),
        ("--resume", "nowhere"),
        ("--resume",),
    ],
)
def test_wrong_use_is_one_line_and_status_2(args: tuple[str, ...], cli: Cli) -> None:
    done = cli("run", *args)

    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("error: ")
    assert done.err.count("\n") == 1
    assert "clusterforge --help" not in done.err


def test_a_finished_run_has_nothing_to_resume(cli: Cli, blobs: str) -> None:
    cli("run", blobs, "--out", "here")

    done = cli("run", "--resume", "here")

    assert done.status == 2
    assert "complete" in done.err


def test_an_interrupted_run_is_resumed(
    cli: Cli, blobs: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("clusterforge.pipeline.fit.Scoring.run", stop)
        stopped = cli("run", blobs, "--no-cache", "--out", "my run")

    assert stopped.status == 130
    assert stopped.err.splitlines()[-1] == (
        "interrupted; resume with: clusterforge run --resume 'my run'"
    )
    done = cli("run", "--resume", "my run", "--no-cache")
    assert done.status == 0
    assert "is not finished" not in done.err
    assert "clusterer.1.dbscan: reused" in done.err


def test_a_stage_of_minutes_says_so_where_there_are_no_bars(
    cli: Cli, blobs: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from clusterforge.clusterers.kmeans import Kmeans

    fit, waits = Kmeans.fit, [0.3]

    def slowly(self: Kmeans, *args: object) -> object:
        time.sleep(waits.pop() if waits else 0)
        return fit(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(Kmeans, "fit", slowly)
    monkeypatch.setattr("clusterforge.cli.waiting.MINUTE", 0.1)
    done = cli("run", blobs, "--no-cache")
    assert "clusterer.0.kmeans: under way for " in done.err
    waits.append(0.3)
    monkeypatch.setattr("clusterforge.cli.waiting.MINUTE", 60.0)
    assert "under way" not in cli("run", blobs, "--no-cache").err


def test_how_to_resume_is_told_where_there_is_something_to_go_on_with(
    cli: Cli, blobs: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object, **options: object) -> None:
        raise EnvironmentProblem("the disk is full")

    def failed(place: str, *args: str) -> list[str]:
        with monkeypatch.context() as patch:
            module = "execute" if place == "load_corpus" else "fit"
            patch.setattr(f"clusterforge.pipeline.{module}.{place}", full)
            done = cli("run", blobs, "--quiet", "--out", place, *args)
        assert (done.status, done.out) == (3, "")
        return done.err.splitlines()

    error, hint = "error: the disk is full", "resume with: clusterforge run --resume "
    assert failed("load_corpus") == [error]
    assert failed("EncoderStage.run") == [error]
    assert failed("ClustererStage.run") == [error, hint + "ClustererStage.run"]
    # What came from the cache lies in the folder too.
    shutil.rmtree("ClustererStage.run")
    assert failed("ClustererStage.run") == [error, hint + "ClustererStage.run"]
    shutil.rmtree("ClustererStage.run")
    assert failed("ClustererStage.run", "--no-cache")[1:] == [hint + "ClustererStage.run"]


def test_what_is_wrong_with_the_recipe_is_not_resumed(cli: Cli, blobs: str) -> None:
    done = cli("run", blobs, "--quiet", "--set", "clusterer.kmeans.n_clusters=1000")

    assert done.status == 2
    assert "resume" not in done.err


@pytest.mark.parametrize(
    ("error", "status", "says"),
    [
        (InputError("x", key="k", file="f", remedy="r"), 2, "error: f: k: x; r\n"),
        (InputError("\x1b[31m[red]\nx"), 2, "error: [red] x\n"),
        (EnvironmentProblem("no room"), 3, "error: no room\n"),
        (PluginError("not ours"), 4, "error: not ours\n"),
        (OSError(errno.ENOSPC, "No space left on device", "/d"), 3, "error: /d: No space"),
        (MemoryError(), 3, "error: memory ran out\n"),
        (BrokenPipeError(), 141, ""),
        (KeyboardInterrupt(), 130, "interrupted\n"),
        (
            KeyError("oh\nno"),
            1,
            "clusterforge: internal error: KeyError: 'oh\\nno'; run again with --debug for the "
            "traceback\n",
        ),
        (AssertionError(), 1, "clusterforge: internal error: AssertionError; run again"),
    ],
)
def test_each_error_has_its_status_and_its_line(
    error: BaseException,
    status: int,
    says: str,
    cli: Cli,
    blobs: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*args: object, **options: object) -> None:
        raise error

    monkeypatch.setattr(api, "run", fail)

    done = cli("run", blobs)

    assert (done.status, done.out) == (status, "")
    assert done.err.startswith(says)
    assert done.err.count("\n") == (1 if says else 0)


@pytest.mark.parametrize("args", [("--debug", "run"), ("run", "--debug")])
def test_debug_shows_the_traceback(
    args: tuple[str, ...], cli: Cli, blobs: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **options: object) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(api, "run", fail)

    done = cli(*args, blobs)

    assert done.status == 1
    assert "Traceback" in done.err
    assert "raise ZeroDivisionError" in done.err


def test_warnings_of_libraries_are_lines_of_ours(
    cli: Cli, blobs: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def noisy(*args: object, **options: object) -> None:
        import warnings

        for _ in range(2):
            warnings.warn("look\x1b[31m out\nthere", UserWarning, stacklevel=1)
        raise EnvironmentProblem("done")

    monkeypatch.setattr(api, "run", noisy)

    assert cli("run", blobs).err == "warning: UserWarning: look out there\nerror: done\n"


def test_a_warning_is_printed_once_and_what_was_asked_for_is_none(cli: Cli) -> None:
    texts = ["red apple pie", "green pear tart", "blue sky sea", "warm sun beach"] * 5
    Path("rows.csv").write_text(
        "\n".join(["text,n", *(f"{text},1" for text in texts), ",2", "cafÃ© by the sea,3"])
    )
    Path("recipe.toml").write_text(
        """
        dataset = { use = "files", path = "rows.csv", text = "text", missing = "drop" }
        encoder = [{ use = "tfidf" }]
        clusterer = [{ use = "kmeans", n_clusters = 4 }]
        evaluation = { refits = 0, resamples = 0, null_draws = 0 }
        report = { projection = "none" }
        """
    )

    done = cli("run", "recipe.toml", "--out", "here")

    run = RunFolder.open(Path("here")).run
    assert done.status == 0
    assert run.warnings
    assert not any("no text" in text for text in run.warnings)
    printed = " ".join((done.out + done.err).split())
    assert [printed.count(text) for text in run.warnings] == [1] * len(run.warnings)
    asked = "1 of the 22 rows of train has no text; left out"
    assert asked in done.err.splitlines()
    assert asked in run.data.remarks
    shutil.rmtree("here")
    assert asked not in cli("run", "recipe.toml", "--out", "here", "--quiet").err


FAILING = """
from clusterforge.specs import EncoderSpec

class NoParams(Params):
    pass

@hookimpl
def clusterforge_encoders():
    return [EncoderSpec("bad", "Bad.", NoParams, "bad_code:Bad", takes=frozenset({"table"}))]
"""


def test_a_plugin_that_fails_is_named(
    cli: Cli, install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = install("clusterforge-bad", FAILING)
    (site / "bad_code.py").write_text(
        "from clusterforge.contracts import Encoder\n"
        "class Bad(Encoder):\n"
        "    def encode(self, view, context): raise LookupError('not\\ntoday')\n"
        "    def state(self): ...\n"
        "    def restore(self, state): ...\n"
    )
    monkeypatch.setenv("CLUSTERFORGE_PLUGINS", "clusterforge-bad")
    Path("bad.toml").write_text(BLOBS.replace('"scale"', '"bad"'))

    done = cli("run", "bad.toml", "--quiet")

    assert done.status == 4
    assert done.err.count("\n") == 1
    assert "encoder 'bad' of clusterforge-bad 1.0 failed: LookupError: not today" in done.err


FAILING_LATER = """
@hookimpl
def clusterforge_clusterers():
    return [ClustererSpec(
        "bad", "Bad.", Params, "bad_later:Bad", predicts="exact", rule="none"
    )]
"""


def test_a_plugin_that_fails_on_new_rows_is_named(
    cli: Cli, install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = install("clusterforge-late", FAILING_LATER)
    (site / "bad_later.py").write_text(
        "import os\n"
        "import numpy as np\n"
        "from clusterforge.contracts import Clusterer, State\n"
        "class Bad(Clusterer):\n"
        "    def fit(self, points, context): return np.zeros(len(points), np.int64)\n"
        "    def predict(self, points, context):\n"
        "        if 'BREAK' in os.environ: raise LookupError('not\\ntoday')\n"
        "        return np.zeros(len(points), np.int64)\n"
        "    def state(self): return State()\n"
        "    def restore(self, state): ...\n"
    )
    monkeypatch.setenv("CLUSTERFORGE_PLUGINS", "clusterforge-late")
    Path("late.toml").write_text(BLOBS.replace('"dbscan"', '"bad"'))
    np.save("rows.npy", np.zeros((3, 2), np.float32))
    assert cli("run", "late.toml", "--quiet", "--out", "here").status == 0
    assert cli("predict", "here", "rows.npy").status == 0

    monkeypatch.setenv("BREAK", "1")
    done = cli("predict", "here", "rows.npy")

    assert (done.status, done.out) == (4, "")
    assert done.err.count("\n") == 1
    assert "clusterer 'bad' of clusterforge-late 1.0 failed: LookupError: not today" in done.err


def test_the_environment_is_set_before_the_libraries(
    cli: Cli, blobs: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    for name in run_command.options.QUIET:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TOKENIZERS_PARALLELISM", "true")

    cli("run", blobs, "--set", "dataset.use=nope")

    assert os.environ["HF_HUB_DISABLE_TELEMETRY"] == "1"
    assert os.environ["TOKENIZERS_PARALLELISM"] == "true"
