"""kill -9 within an epoch; `tests.bench.bench_kills` does it many times at random moments."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from clusterforge.pipeline.api import resume, run
from clusterforge.pipeline.checkpoint import FolderCheckpoint
from clusterforge.training import loop
from tests.bench.bench_kills import RECIPE, different


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_run_killed_twice_within_an_epoch_ends_in_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLUSTERFORGE_PLUGINS", "")
    monkeypatch.chdir(tmp_path)
    Path("r.toml").write_text(RECIPE.format(rows=80, batch=8, epochs=2))
    run("r.toml", out="reference", cache=False)
    save = FolderCheckpoint.save

    def killed(after: int, *, again: bool) -> None:
        saved: list[object] = []

        def then_kill(self: FolderCheckpoint, state: object) -> None:
            save(self, state)  # type: ignore[arg-type]
            saved.append(state)
            if len(saved) == after:
                os.kill(os.getpid(), signal.SIGKILL)

        child = os.fork()
        if child == 0:
            try:
                loop.SAVE_EVERY = 0.0
                FolderCheckpoint.save = then_kill  # type: ignore[method-assign]
                _ = resume("here", cache=False) if again else run("r.toml", out="here", cache=False)
            finally:
                os._exit(1)
        assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL

    killed(3, again=False)
    killed(9, again=True)  # in the second epoch
    resume("here", cache=False)

    assert different(Path("reference"), Path("here")) == []
