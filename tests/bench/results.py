"""The table of docs/results.md, made from the records of finished runs.

``python -m tests.bench.results keep RUN…`` copies the records of runs (recipe, run.json without the folder
of the data, metrics.json, manifest; no arrays) below ``docs/results/<name>/seed-<seed>``;
``python -m tests.bench.results`` writes the page from all that are kept, and ``--check`` says whether it is
what they say.
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "docs" / "results"
PAGE = ROOT / "docs" / "results.md"
RECORDS = ("recipe.toml", "metrics.json", "manifest.json")
SHOWN = ("accuracy", "nmi", "silhouette")
HEAD = """# Results

Written by `python -m tests.bench.results` from the records of finished runs under `docs/results/`; no
figure is typed. Each run is one command, `clusterforge run recipes/NAME.toml --set seed=N`. Encoders are
trained on the train split alone. *Reported* is what the source says of its own system, on data and a
split of its choosing. Noise is left out of the scores; *covered* is the share of rows that remain.

An internal score such as the silhouette says how tight clusters are, not whether they are right: it
rises when an embedding collapses. So it stands beside the accuracy here, and, below, phase by phase.
"""


@dataclass(frozen=True)
class Kept:
    """The records of one run."""

    recipe: dict[str, Any]
    run: dict[str, Any]
    metrics: dict[str, Any]

    @property
    def seconds(self) -> float:
        """Seconds of the run, less what it found in the cache."""
        return float(self.run["seconds"])

    def value(self, clusterer: str, split: str, metric: str) -> float | None:
        """Return a headline score."""
        return next(
            (
                s["value"]
                for s in self.metrics["scores"]
                if (s["clusterer"], s["split"], s["metric"], s["noise"])
                == (clusterer, split, metric, "excluded")
            ),
            None,
        )

    def covered(self, clusterer: str, split: str) -> float | None:
        """Return the share of a split that is not noise."""
        return next(
            (
                s["coverage"]
                for s in self.metrics["scores"]
                if (s["clusterer"], s["split"], s["noise"]) == (clusterer, split, "excluded")
                and s["metric"] != "noise-fraction"
            ),
            None,
        )


def read(folder: Path) -> Kept:
    """Read the records in a folder."""
    return Kept(
        tomllib.loads((folder / "recipe.toml").read_text("utf-8")),
        json.loads((folder / "run.json").read_text("utf-8")),
        json.loads((folder / "metrics.json").read_text("utf-8")),
    )


def keep(run: Path) -> Path:
    """Copy the records of a finished run to where the page is made from."""
    if not (run / "manifest.json").is_file():
        raise SystemExit(f"{run} is no finished run")
    info = json.loads((run / "run.json").read_text("utf-8"))
    target = KEPT / info["name"] / f"seed-{info['seed']}"
    target.mkdir(parents=True, exist_ok=True)
    for name in RECORDS:
        shutil.copyfile(run / name, target / name)
    info["data"].get("source", {}).pop("folder", None)  # where the mirror is on one machine
    (target / "run.json").write_text(json.dumps(info, indent=1, sort_keys=True) + "\n", "utf-8")
    return target


def spread(values: Sequence[float | None], digits: int = 3) -> str:
    """Write the mean and standard deviation of what is known; a dash for nothing."""
    known = [value for value in values if value is not None]
    if not known:
        return "–"
    mean = f"{statistics.fmean(known):.{digits}f}"
    return mean if len(known) < 2 else f"{mean} ± {statistics.stdev(known):.{digits}f}"


def _clusterers(runs: Sequence[Kept]) -> list[str]:
    return list(runs[0].metrics["clusterers"])


def _rows(name: str, runs: Sequence[Kept], reported: str) -> list[str]:
    rows = []
    splits = list(runs[0].run["data"]["splits"])
    minutes = max(run.seconds for run in runs) / 60
    memory = max(run.run["peak_memory_mb"] for run in runs) / 1000
    supervised = " *" if runs[0].run["labels_in_training"] else ""
    for number, clusterer in enumerate(_clusterers(runs)):
        for split in splits:
            first = number == 0 and split == splits[0]
            cells = [
                f"`{name.replace('-', '_')}`{supervised}" if first else "",
                reported if first else "",
                clusterer,
                split,
                *(spread([run.value(clusterer, split, m) for run in runs]) for m in SHOWN),
                spread([run.covered(clusterer, split) for run in runs], 2),
                str(len(runs)) if first else "",
                f"{minutes:.1f}" if first else "",
                f"{memory:.1f}" if first else "",
            ]
            rows.append("| " + " | ".join(cells) + " |")
    return rows


def _phases(name: str, runs: Sequence[Kept]) -> list[str]:
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for run in runs:
        for record in run.metrics.get("phases", ()):
            groups.setdefault((record["stage"], record["phase"]), []).append(record)
    return [
        f"| `{name.replace('-', '_')}` | {stage} | {phase} | "
        f"{spread([r['silhouette'] for r in records])} | {spread([r['accuracy'] for r in records])} |"
        for (stage, phase), records in groups.items()
    ]


def page() -> str:
    """Return the page."""
    reported = tomllib.loads((KEPT / "reported.toml").read_text("utf-8"))
    found = {
        folder.name: [read(seed) for seed in sorted(folder.glob("seed-*"))]
        for folder in sorted(KEPT.iterdir())
        if folder.is_dir()
    }
    order = [name for name in reported if name in found]
    order += [name for name in found if name not in reported]
    columns = ("recipe", "reported", "clusterer", "split", *SHOWN, "covered", "seeds", "min", "GB")
    lines = [HEAD, _table(columns)]
    for name in order:
        lines += _rows(name, found[name], reported.get(name, {}).get("figure", "–"))
    lines += [
        "",
        "\\* trained on labels: not to be compared with the others. Mean ± standard deviation over the "
        "seeds; *min*: minutes of the longest run, scores, map and report included, less what an earlier "
        "run had left in the cache (`mnist_n2d` shares the pre-training of `mnist_dec`); *GB*: largest "
        "resident memory.",
        "",
        "## Phase by phase",
        "",
        "k-means on 5,000 training rows, as they come in and after each phase of training.",
        "",
        _table(("recipe", "stage", "after", "silhouette", "accuracy")),
    ]
    for name in order:
        lines += _phases(name, found[name])
    lines += ["", "## What was reported, and where", ""]
    lines += [
        f"- `{name.replace('-', '_')}`: {about['figure']}. {about['source']}"
        for name, about in reported.items()
    ]
    machines = sorted(
        {
            f"{run.run['compute']['device']}, {run.run['compute']['precision']}, "
            f"{run.run['compute']['threads']} threads"
            for runs in found.values()
            for run in runs
        }
    )
    lines += ["", f"Computed on: {'; '.join(machines)}.", ""]
    return "\n".join(lines)


def _table(columns: Sequence[str]) -> str:
    return "| " + " | ".join(columns) + " |\n|" + " --- |" * len(columns)


def main(arguments: Sequence[str]) -> int:
    """Keep runs, write the page or check it; return the exit status."""
    if arguments and arguments[0] == "keep":
        for run in arguments[1:]:
            print(keep(Path(run)).relative_to(ROOT))
        return 0
    text = page()
    if "--check" in arguments:
        fresh = PAGE.is_file() and PAGE.read_text("utf-8") == text
        if not fresh:
            print("docs/results.md is stale: python -m tests.bench.results", file=sys.stderr)
        return 0 if fresh else 1
    PAGE.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
