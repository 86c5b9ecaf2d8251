"""Kill runs with -9 at random moments, resume them, and compare every byte with a run that was left alone.

``python -m tests.bench.bench_kills --kills 60 --double 20`` prints one line per kill and a summary; moments
are spread evenly over the time of a run, most of which is one long epoch. ``--without generators`` (or
``position``) leaves the state of the random generators (the place within the epoch) out of checkpoints:
then bytes must differ.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

RECIPE = """
[dataset]
use = "blobs"
rows = {rows}
dimensions = 16
[[encoder]]
use = "autoencoder"
layers = [64]
dim = 4
batch = 8
dropout = 0.2
epochs = 2
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
SAVE = "from clusterforge.training import loop, phase_run\nloop.SAVE_EVERY = {every}\n"
WITHOUT = {
    "": "",
    "generators": "phase_run.restore_generators = lambda device, state: None\n",
    "position": "from clusterforge.training import batches\ntaken = batches.Batches.taken\n"
    "batches.Batches.taken = lambda self, rng, done=0: taken(self, rng)\n",
}
MAIN = "import sys\nfrom clusterforge.cli.main import main\nsys.argv[0] = 'clusterforge'\nsys.exit(main())\n"
VARIES = re.compile(
    r"(^|/)(run\.json|manifest\.json|history\.json|info\.json|stage\.json|report\.html)$"
)
"""Files with times in them; the arrays, states, scores and tables of a run are all compared."""


@dataclass(frozen=True)
class Harness:
    """How runs are started.

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

    def start(self, *args: str) -> subprocess.Popen[bytes]:
        """Start a command."""
        code = SAVE.format(every=self.every) + WITHOUT[self.without] + MAIN
        env = {**os.environ, "CLUSTERFORGE_PLUGINS": "", "OMP_NUM_THREADS": "1"}
        command = [sys.executable, "-c", code, "run", *args, "--no-cache", "--quiet"]
        return subprocess.Popen(
            command, cwd=self.place, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )

    def whole(self, name: str, *args: str) -> float:
        """Run to the end; return the seconds from when the run computes."""
        (self.place / name / "run.lock").unlink(missing_ok=True)  # of a process that was killed
        process = self.start(*args)
        started = self.begun(name, process)
        _, err = process.communicate()
        assert process.returncode == 0, err.decode()
        return time.perf_counter() - started

    def begun(self, name: str, process: subprocess.Popen[bytes]) -> float:
        """Wait until a run computes, and return the time."""
        lock = self.place / name / "run.lock"
        while not lock.is_file() and process.poll() is None:
            time.sleep(0.01)
        return time.perf_counter()

    def killed(self, after: float, name: str, *args: str) -> bool:
        """Run, and kill so many seconds after it began; tell whether there was something left to kill."""
        (self.place / name / "run.lock").unlink(missing_ok=True)
        process = self.start(*args)
        self.begun(name, process)
        try:
            process.communicate(timeout=after)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            return True
        return False

    def outcome(self, name: str, moments: list[float]) -> str:
        """Kill a run at some moments, finish it, and return what became of it."""
        folder = self.place / name
        for number, moment in enumerate(moments):
            again = number > 0 and (folder / "recipe.toml").is_file()
            args = ["--resume", name] if again else ["r.toml", "--out", name]
            if not self.killed(moment, name, *args):
                return "ended before"
        if not (folder / "recipe.toml").is_file():
            return "nothing was begun"
        self.whole(name, "--resume", name)
        differ = different(self.place / "reference", folder)
        return f"DIFFERS: {', '.join(differ)}" if differ else "identical"


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


def outcomes(
    harness: Harness, kills: int, double: int, seed: int = 0, rows: int = 30_000
) -> list[str]:
    """Return what became of so many runs that were killed once, and of so many that were killed twice."""
    (harness.place / "r.toml").write_text(RECIPE.format(rows=rows))
    seconds = harness.whole("reference", "r.toml", "--out", "reference")
    draw = random.Random(seed)
    found = []
    for number in range(kills + double):
        times = 1 if number < kills else 2
        moments = [draw.uniform(0.0, 0.9 / times) * seconds for _ in range(times)]
        found.append(harness.outcome(f"run-{number}", moments))
        at = ", ".join(f"{moment:.2f}" for moment in moments)
        print(f"{number + 1}: {at} s of {seconds:.2f}: {found[-1]}", flush=True)
    return found


def main() -> None:
    """Print what became of each run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--double", type=int, default=20)
    parser.add_argument("--rows", type=int, default=30_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--every", type=float, default=0.2)
    parser.add_argument("--without", choices=[*WITHOUT], default="")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        harness = Harness(Path(place), asked.every, asked.without)
        found = outcomes(harness, asked.kills, asked.double, asked.seed, asked.rows)
    for text in sorted(set(found)):
        print(f"{found.count(text)} of {len(found)}: {text}")


if __name__ == "__main__":
    main()
