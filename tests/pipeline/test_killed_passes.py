"""kill -9 between the passes of a clusterer over all rows: what was come to is gone on from."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import numpy as np
import pytest

from clusterforge.contracts import passes
from clusterforge.numerics import sizes
from clusterforge.pipeline.api import resume, run
from clusterforge.pipeline.checkpoint import FolderCheckpoint
from clusterforge.storage.states import read_state
from tests.bench.bench_kills import different

RECIPE = """
[dataset]
use = "files"
path = "rows.npy"
[[encoder]]
use = "scale"
[[clusterer]]
use = "{use}"
id = "parts"
n_clusters = 12
method = "blocks"
{more}
[[clusterer]]
use = "consensus"
of = ["parts"]
n_clusters = 3
restarts = 2
[evaluation]
refits = 0
null_draws = 0
resamples = 0
[report]
projection = "none"
"""
CASES = {
    "kmeans": "tol = 0.0",
    "gaussian-mixture": "tol = 0.0\nmax_iter = 12",
    'gaussian-mixture"\ncovariance = "tied': "tol = 0.0\nmax_iter = 12",
}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.parametrize("use", CASES, ids=["kmeans", "full", "tied"])
def test_a_clusterer_killed_twice_between_passes_ends_in_the_same_bytes(
    use: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLUSTERFORGE_PLUGINS", "")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sizes, "STARTS", 500)  # else the start leaves no pass to be made
    monkeypatch.setattr(sizes, "PER_CLUSTER", 1)
    monkeypatch.setattr(sizes, "MORE", 1)
    np.save("rows.npy", np.random.default_rng(0).normal(size=(6_000, 3)).astype(np.float32))
    Path("r.toml").write_text(RECIPE.format(use=use, more=CASES[use]))
    run("r.toml", out="reference", cache=False)
    save = FolderCheckpoint.save

    def killed(after: int, *, again: bool) -> int:
        saved: list[object] = []

        def then_kill(self: FolderCheckpoint, state: object) -> None:
            save(self, state)  # type: ignore[arg-type]
            saved.append(state)
            if len(saved) == after:
                os.kill(os.getpid(), signal.SIGKILL)

        child = os.fork()
        if child == 0:
            try:
                passes.EVERY = 0.0
                FolderCheckpoint.save = then_kill  # type: ignore[method-assign]
                _ = resume("here", cache=False) if again else run("r.toml", out="here", cache=False)
            finally:
                os._exit(1)
        assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
        kept = Path("here/clusterers/parts/checkpoint")
        return max(int(read_state(place).meta["done"]) for place in kept.iterdir())

    first = killed(3, again=False)
    assert killed(3, again=True) > first
    resumed: list[str] = []
    monkeypatch.setattr(FolderCheckpoint, "load", _noting(FolderCheckpoint.load, resumed))
    resume("here", cache=False)

    assert resumed[0].startswith("pass ")
    assert different(Path("reference"), Path("here")) == []
    assert not Path("here/clusterers/parts/checkpoint").exists()


def _noting(load, places):  # type: ignore[no-untyped-def]
    def noted(self: FolderCheckpoint) -> object:
        state = load(self)
        places.extend([] if state is None else [state.meta["place"]])
        return state

    return noted
