"""What the processor does to a result: ``python -m tests.bench.bench_rounding [RECIPE] [--seeds 5]``.

Products in bfloat16 are rounded differently by processors with AVX-512 BF16, with AMX, with AVX-512 alone and
with AVX2; torch's library for them, oneDNN, is told to use no more than each of these
(``ONEDNN_MAX_CPU_ISA``), so that one machine shows what others find; float32 stands beside them. Prints the
accuracy on test by kind of rounding, and how far apart kinds are with one seed.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

KINDS = ("AVX512_CORE_AMX", "AVX512_CORE_BF16", "AVX512_CORE", "AVX2")


def accuracy(recipe: str, seed: int, kind: str) -> float:
    """Return the accuracy on test of the recipe's first clusterer."""
    precision = "float32" if kind == "float32" else "bfloat16"
    settings = (f"compute.precision={precision}", "compute.threads=1", "report.projection=pca")
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "clusterforge", "run", recipe, "--json", "--no-cache"]
        command += ["--quiet", "--seed", str(seed), "--out", f"{folder}/run"]
        done = subprocess.run(
            [*command, *(part for setting in settings for part in ("--set", setting))],
            capture_output=True,
            check=True,
            env={**os.environ, **({} if kind == "float32" else {"ONEDNN_MAX_CPU_ISA": kind})},
        )
    scores = json.loads(done.stdout)["scores"]
    return next(
        float(score["value"])
        for score in scores
        if score["metric"] == "accuracy" and score["split"] == "test"
    )


def main() -> None:
    """Print a line for each kind of rounding."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("recipe", nargs="?", default="quickstart")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--kinds", nargs="+", default=[*KINDS[1:], "float32"])
    given = parser.parse_args()
    found: dict[str, list[float]] = {kind: [] for kind in given.kinds}
    for seed in range(given.seeds):
        for kind, values in found.items():
            values.append(accuracy(given.recipe, seed, kind))
        print(f"seed {seed}: {', '.join(f'{k} {v[-1]:.3f}' for k, v in found.items())}", flush=True)
    for kind, values in found.items():
        spread = f" ± {statistics.stdev(values):.3f}" if len(values) > 1 else ""
        print(f"{kind}: {statistics.fmean(values):.3f}{spread}")
    apart = [max(values) - min(values) for values in zip(*found.values(), strict=True)]
    print(f"kinds with one seed: {statistics.fmean(apart):.3f} apart, {max(apart):.3f} at most")


if __name__ == "__main__":
    main()
