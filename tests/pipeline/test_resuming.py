"""Going on under other conditions: said before anything is computed again, with what it costs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from clusterforge.pipeline.api import resume, run
from clusterforge.pipeline.checkpoint import FolderCheckpoint
from clusterforge.pipeline.resuming import flat
from clusterforge.training import loop
from tests.cli.conftest import Cli, cli

__all__ = ["cli"]

RECIPE = """
[dataset]
use = "files"
path = "rows.csv"
features = "all"
[[encoder]]
use = "scale"
[[encoder]]
use = "autoencoder"
layers = [4]
dim = 2
epochs = 2
batch = 16
[[clusterer]]
use = "kmeans"
n_clusters = 2
[evaluation]
refits = 0
null_draws = 0
resamples = 0
[report]
projection = "none"
"""


@pytest.fixture
def stopped(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run that was interrupted before its scores, on one thread."""
    rows = "\n".join(f"{n % 7},{n % 5 + 10 * (n % 2)},{n % 3}" for n in range(60))
    (tmp_path / "rows.csv").write_text(f"a,b,c\n{rows}\n")
    (tmp_path / "r.toml").write_text(RECIPE)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")

    def stop(*args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("clusterforge.pipeline.fit.Scoring.run", stop)
        assert cli("run", "r.toml", "--out", "here", "--no-cache").status == 130
    return tmp_path / "here"


def threads(folder: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setattr("clusterforge.models.compute.available_threads", lambda: 2)


def recipe(folder: Path, patch: pytest.MonkeyPatch) -> None:
    file = folder / "recipe.toml"
    file.write_text(file.read_text().replace("epochs = 2", "epochs = 3"))


def data(folder: Path, patch: pytest.MonkeyPatch) -> None:
    with Path("rows.csv").open("a") as file:
        file.write("9,9,9\n")


def libraries(folder: Path, patch: pytest.MonkeyPatch) -> None:
    from clusterforge.pipeline import keys

    versions = {**keys.library_versions(), "numpy": "3.0"}
    for module in ("keys", "records"):
        patch.setattr(f"clusterforge.pipeline.{module}.library_versions", lambda: versions)


@pytest.mark.parametrize(
    ("change", "first", "differs"),
    [
        (threads, "encoder.1.autoencoder", "threads 1 before, 2 now"),
        (recipe, "encoder.1.autoencoder", "encoder.autoencoder.epochs 2 before, 3 now"),
        (data, "encoder.0.scale", "fingerprint of train "),
        (libraries, "encoder.0.scale", "numpy "),
    ],
)
def test_nothing_is_computed_again_before_it_is_accepted(
    change: Callable[[Path, pytest.MonkeyPatch], None],
    first: str,
    differs: str,
    stopped: Path,
    cli: Cli,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    change(stopped, monkeypatch)
    before = {path: path.read_bytes() for path in stopped.glob("*/*/*")}

    for _ in range(2):  # a refusal does not make the next one forget
        refused = cli("run", "--resume", "here", "--no-cache")
        assert (refused.status, refused.out) == (2, ""), refused.err
        error = refused.err.splitlines()[-1]
        assert f"here: going on would compute again {first} (" in error
        assert differs in error
        assert error.endswith("or go on anyway: clusterforge run --resume here --accept")
    assert {path: path.read_bytes() for path in stopped.glob("*/*/*")} == before

    done = cli("run", "--resume", "here", "--no-cache", "--accept")
    assert done.status == 0, done.err
    assert f"warning: {first} is computed again: " in done.err
    assert not (stopped / "begun.json").exists()


def test_what_still_fits_goes_on_without_a_word(stopped: Path, cli: Cli) -> None:
    done = cli("run", "--resume", "here", "--no-cache")

    assert done.status == 0, done.err
    assert "encoder.1.autoencoder: reused" in done.err
    assert "warning" not in done.err


def test_training_goes_on_after_the_place_that_is_said(
    stopped: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "SAVE_EVERY", 0.0)
    save, saved = FolderCheckpoint.save, []

    def then_stop(self: FolderCheckpoint, state: object) -> None:
        save(self, state)  # type: ignore[arg-type]
        saved.append(state)
        if len(saved) == 6:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(FolderCheckpoint, "save", then_stop)
        with pytest.raises(KeyboardInterrupt):
            run("r.toml", out="there", cache=False)

    with monkeypatch.context() as patch:
        threads(stopped, patch)
        refused = cli("run", "--resume", "there", "--no-cache")
    assert refused.status == 2
    place = "batch 1 of 4 in epoch 2 of phase reconstruction"
    assert f"encoder.1.autoencoder, trained up to {place}, since" in refused.err

    done = cli("run", "--resume", "there", "--no-cache")
    assert done.status == 0, done.err
    assert f"encoder.1.autoencoder: goes on after {place}\n" in done.err


def test_accept_is_for_resume(cli: Cli) -> None:
    assert "--accept is for --resume" in cli("run", "r.toml", "--accept").err
    with pytest.raises(TypeError):
        run("r.toml", accept=True)  # type: ignore[call-arg]
    assert resume.__kwdefaults__["accept"] is False


def test_tables_are_flat_by_ids() -> None:
    tables = {"seed": 0, "encoder": [{"id": "a", "dim": [1, 2]}], "metric": []}
    assert dict(flat(tables)) == {
        "seed": "0",
        "encoder.a.id": '"a"',
        "encoder.a.dim": "[1, 2]",
        "metric": "[]",
    }
