"""Kill runs with -9 at random moments, resume them, and compare every byte with a run that was left alone.

``python -m tests.bench.bench_kills --kills 60 --double 20`` prints one line per kill and a summary; moments
are spread evenly over the time of a run, most of which is one long epoch. ``--without generators`` leaves
the state of the random generators out of checkpoints: then bytes must differ. ``--epochs 1 --batch 1`` with
many rows makes one epoch of minutes; what a kill lost is the time of all sessions less that of a whole run.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import re
import signal
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from clusterforge.cli.main import main as main_command
from clusterforge.training import loop, phase_run

RECIPE = """
[dataset]
use = "blobs"
rows = {rows}
dimensions = 16
[[encoder]]
use = "autoencoder"
layers = [64]
dim = 4
batch = {batch}
dropout = 0.2
epochs = {epochs}
[[clusterer]]
use = "kmeans"
n_clusters = 3
[evaluation]
resamples = 20
refits = 0
null_draws = 0
[report]
projection = "none"
[compute]
threads = 1
"""
VARIES = re.compile(
    r"(^|/)(run\.json|manifest\.json|history\.json|info\.json|stage\.json|report\.html)$"
)
"""Files with times in them; the arrays, states, scores and tables of a run are all compared."""


@dataclass(frozen=True)
class Harness:
    """How runs are started: by forks of this process, which has imported everything.

    Parameters
    ----------
    place
        Where recipe and runs are.
    every
        Seconds of training between checkpoints.
    without
        What checkpoints leave out, to prove that the comparison sees it.
    """

    place: Path
    every: float = 0.2
    without: str = ""

    def start(self, *args: str) -> int:
        """Start a command, and return its process."""
        child = os.fork()
        if child == 0:
            os.chdir(self.place)
            loop.SAVE_EVERY = self.every
            if self.without == "generators":
                phase_run.restore_generators = lambda device, state: None  # type: ignore[assignment]
            os._exit(main_command(["run", *args, "--no-cache", "--quiet"]))
        return child

    def whole(self, *args: str) -> float:
        """Run to the end; return the seconds."""
        started = time.perf_counter()
        _, status = os.waitpid(self.start(*args), 0)
        assert status == 0, args
        return time.perf_counter() - started

    def killed(self, after: float, *args: str) -> bool:
        """Run, and kill after so many seconds; tell whether there was something left to kill."""
        child, end = self.start(*args), time.perf_counter() + after
        while time.perf_counter() < end:
            if os.waitpid(child, os.WNOHANG)[0]:
                return False
            time.sleep(0.005)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return True

    def outcome(self, name: str, moments: list[float]) -> tuple[str, float]:
        """Kill a run at some moments, finish it; return what became of it, and all sessions' seconds."""
        folder = self.place / name
        for number, moment in enumerate(moments):
            again = number > 0 and (folder / "recipe.toml").is_file()
            args = ["--resume", name] if again else ["r.toml", "--out", name]
            if not self.killed(moment, *args):
                return "ended before", 0.0
        if not (folder / "recipe.toml").is_file():
            return "nothing was begun", 0.0
        seconds = sum(moments)
        if not (folder / "manifest.json").is_file():  # else it was killed after its last file
            seconds += self.whole("--resume", name)
        differ = different(self.place / "reference", folder)
        return f"DIFFERS: {', '.join(differ)}" if differ else "identical", seconds


def different(one: Path, other: Path) -> list[str]:
    """Return the files of two runs that are not the same bytes."""
    hashes = [
        {
            str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in folder.rglob("*")
            if path.is_file() and not VARIES.search(str(path.relative_to(folder)))
        }
        for folder in (one, other)
    ]
    return sorted(name for name, _ in hashes[0].items() ^ hashes[1].items())


def outcomes(harness: Harness, kills: int, double: int, recipe: str, seed: int = 0) -> list[str]:
    """Return what became of so many runs that were killed once, and of so many that were killed twice."""
    (harness.place / "r.toml").write_text(recipe)
    (harness.place / "small.toml").write_text(RECIPE.format(rows=200, batch=8, epochs=1))
    here = Path.cwd()
    os.chdir(harness.place)
    assert main_command(["run", "small.toml", "--out", "imports", "--no-cache", "--quiet"]) == 0
    os.chdir(here)
    seconds = harness.whole("r.toml", "--out", "reference")
    draw = random.Random(seed)
    found: list[str] = []
    lost: list[float] = []
    for number in range(kills + double):
        times = 1 if number < kills else 2
        moments = [draw.uniform(0.0, 0.8 / times) * seconds for _ in range(times)]
        outcome, taken = harness.outcome(f"run-{number}", moments)
        found.append(outcome)
        at = ", ".join(f"{moment:.2f}" for moment in moments)
        if taken:
            lost.append((taken - seconds) / times)
            outcome += f", {lost[-1]:.1f} s lost by each kill"
        print(f"{number + 1}: {at} s of {seconds:.2f}: {outcome}", flush=True)
    if lost:
        print(f"lost by a kill: {statistics.median(lost):.1f} s (median), {max(lost):.1f} s (most)")
    return found


def main() -> None:
    """Print what became of each run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--double", type=int, default=20)
    parser.add_argument("--rows", type=int, default=30_000)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--every", type=float, default=0.2)
    parser.add_argument("--without", choices=["", "generators"], default="")
    asked = parser.parse_args()
    os.environ["CLUSTERFORGE_PLUGINS"] = ""  # trackers write times, and other metrics take theirs
    with tempfile.TemporaryDirectory() as place:
        harness = Harness(Path(place), asked.every, asked.without)
        recipe = RECIPE.format(rows=asked.rows, batch=asked.batch, epochs=asked.epochs)
        found = outcomes(harness, asked.kills, asked.double, recipe, asked.seed)
    for text in sorted(set(found)):
        print(f"{found.count(text)} of {len(found)}: {text}")


if __name__ == "__main__":
    main()
