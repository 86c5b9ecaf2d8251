"""The table of docs/results.md, made from the records of finished runs.

``python -m tests.bench.results keep RUN…`` keeps of each run what the table needs, and its recipe, under
``docs/results/<name>/seed-<seed>``; ``python -m tests.bench.results`` writes the page from all that are kept,
and ``--check`` tells whether the page agrees with them.
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from clusterforge.errors import ClusterforgeError
from clusterforge.runs import RunFolder, files
from clusterforge.runs.records import HEADLINE, PhaseRecord, Record, ScoreRecord
from clusterforge.runs.records.run import Compute, SplitRecord
from tests.bench import protocol, unknown_k

CHOSEN_ON = ("BreastCancer", "Ionosphere", "PimaIndiansDiabetes", "Shuttle", "Vehicle")
ROOT = Path(__file__).parents[2]
KEPT = ROOT / "docs" / "results"
PAGE = ROOT / "docs" / "results.md"
RECORD = "record.json"
DIGITS = 6  # to which a mean is compared with an aim: 0.988 may be 0.98799999999999999
SEEDS = 5
SHOWN = ("accuracy", "nmi", "silhouette")
HEAD = """# Results

Written by `python -m tests.bench.results` from the records of finished runs under `docs/results/`; no
figure is entered by hand. Each run is one command, `clusterforge run recipes/NAME.toml --set seed=N`;
the recipes of `text_best_clinc150` and `text_best_agnews`, which are `text_best` on other data sets (the
first with one round of `smooth`, the second on 4,000 rows), lie beside their records.
Encoders are trained on the train split only. *Reported* is the figure that the source gives for its own
system, on its own choice of data and split. Noise is left out of the scores; *covered* is the share of
rows that remain.

An internal score such as the silhouette measures how compact clusters are, not whether they are correct: it
rises when an embedding collapses. So it is shown next to the accuracy, and below, phase by phase.
"""


class Kept(Record):
    """What the page needs of one run, and what it was computed with.

    Parameters
    ----------
    seconds
        Duration of the run; a stage that comes from the cache counts with the time to read it.
    scores
        The scores without noise, of every clusterer, split and metric.
    weights
        What the weights that its encoders brought were trained on.
    """

    clusterforge: str
    name: str
    seed: int
    finished: str
    seconds: float
    peak_memory_mb: float
    compute: Compute
    versions: dict[str, str]
    labels_in_training: bool
    splits: dict[str, SplitRecord]
    clusterers: tuple[str, ...]
    scores: tuple[ScoreRecord, ...]
    phases: tuple[PhaseRecord, ...]
    weights: tuple[str, ...] = ()

    @classmethod
    def of(cls, run: RunFolder) -> Kept:
        """Return what is kept of a finished run."""
        record, metrics = run.run, run.metrics
        return cls(
            clusterforge=record.clusterforge,
            name=record.name,
            seed=record.seed,
            finished=record.finished,
            seconds=record.seconds,
            peak_memory_mb=record.peak_memory_mb,
            compute=record.compute,
            versions=record.versions,
            labels_in_training=record.labels_in_training,
            splits=record.data.splits,
            clusterers=tuple(metrics.clusterings),
            scores=tuple(score for score in metrics.scores if score.noise == HEADLINE),
            phases=metrics.phases,
            weights=tuple(encoder.weights for encoder in record.encoders if encoder.weights),
        )

    def value(self, clusterer: str, split: str, metric: str) -> float | None:
        """Return a headline score."""
        return next(
            (
                score.value
                for score in self.scores
                if (score.clusterer, score.split, score.metric) == (clusterer, split, metric)
            ),
            None,
        )

    def covered(self, clusterer: str, split: str) -> float | None:
        """Return the share of a split that is not noise."""
        return next(
            (
                score.coverage
                for score in self.scores
                if (score.clusterer, score.split) == (clusterer, split)
                and score.metric != "noise-fraction"
            ),
            None,
        )


def keep(path: Path) -> Path:
    """Keep the recipe of a finished run, and what the page needs of it."""
    try:
        run = RunFolder.open(path)
        kept = Kept.of(run)
        recipe = run.file(files.RECIPE)
    except ClusterforgeError as error:
        raise SystemExit(str(error)) from error
    target = KEPT / kept.name / f"seed-{kept.seed}"
    target.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(recipe, target / files.RECIPE)
    kept.write(target / RECORD)
    return target


def spread(values: Sequence[float | None], digits: int = 3) -> str:
    """Write the mean and standard deviation of the values there are; a dash without any."""
    known = [value for value in values if value is not None]
    if not known:
        return "–"
    mean = f"{statistics.fmean(known):.{digits}f}"
    return mean if len(known) < 2 else f"{mean} ± {statistics.stdev(known):.{digits}f}"


def _rows(name: str, runs: Sequence[Kept], reported: str) -> list[str]:
    rows = []
    splits = list(runs[0].splits)
    minutes = max(run.seconds for run in runs) / 60
    memory = max(run.peak_memory_mb for run in runs) / 1000
    supervised = " *" if runs[0].labels_in_training else " †" if runs[0].weights else ""
    for number, clusterer in enumerate(runs[0].clusterers):
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
    groups: dict[tuple[str, str], list[PhaseRecord]] = {}
    for run in runs:
        for record in run.phases:
            groups.setdefault((record.stage, record.phase), []).append(record)
    return [
        f"| `{name.replace('-', '_')}` | {stage} | {phase} | "
        f"{spread([record.scores.get('silhouette') for record in records])} | "
        f"{spread([record.scores.get('accuracy') for record in records])} |"
        for (stage, phase), records in groups.items()
    ]


ELSEWHERE = (
    "",
    "Aims that are no accuracy on these sets stand where they were measured, with what was tried:",
    "[other grey images](students.md#on-other-images), the time of an epoch of",
    "[DEC](coming-from.md#clustpy),",
    "of [texts](texts.md), and [whether our own claims are true](trustworthy.md). Times on a GPU are",
    "unmeasured.",
)


def _aims(kept: Mapping[str, Sequence[Kept]]) -> list[str]:
    """Return what was aimed at, what was reached, and what was tried where it was not."""
    path = KEPT / "aims.toml"
    if not path.is_file():
        return []
    rows, tried = [], []
    for aim in tomllib.loads(path.read_text("utf-8"))["aim"]:
        runs = kept.get(aim["recipe"], [])
        values = [run.value(aim["clusterer"], "test", "accuracy") for run in runs]
        known = [value for value in values if value is not None]
        least = aim.get("at_least")
        if "times" in aim:  # those of another recipe's k-means
            plain = [run.value("kmeans", "test", "accuracy") for run in kept[aim["plain"]]]
            least = aim["times"] * statistics.fmean(value for value in plain if value is not None)
        reached = bool(known) and round(statistics.fmean(known), DIGITS) >= least
        enough = len(known) >= SEEDS
        state = ("yes" if reached else "no") if enough else f"{len(known)} of five seeds"
        name = f"`{aim['recipe'].replace('-', '_')}`, {aim['clusterer']}"
        rows.append(f"| {aim['what']} | {name} | {least:.3f} | {spread(values)} | {state} |")
        if aim.get("tried"):
            tried.append(f"- **{aim['what']}.** " + " ".join(aim["tried"]))
    return [
        "",
        "## What was aimed at",
        "",
        "Accuracy on test, mean of five seeds.",
        "",
        _table(("data", "by", "aim", "found", "reached")),
        *rows,
        *(("", "What was tried, and lost:", "", *tried) if tried else ()),
        *ELSEWHERE,
    ]


def _studies(kept: Mapping[str, Sequence[Kept]]) -> list[str]:
    """Return what was wrong in studies, and the accuracy on test before and after."""
    path = KEPT / "studies.toml"
    studies = tomllib.loads(path.read_text("utf-8"))["study"] if path.is_file() else []
    lines = []
    for study in studies:
        before, after = kept[study["recipe"]], kept[study["fixed"]]
        found = [
            f"{name} "
            f"{spread([run.value(name, 'test', 'accuracy') for run in before])} → "
            f"{spread([run.value(name, 'test', 'accuracy') for run in after])}"
            for name in before[0].clusterers
            if name in after[0].clusterers
        ]
        names = [f"`{study[key].replace('-', '_')}`" for key in ("recipe", "fixed")]
        lines += ["", f"**{names[0]}** and {names[1]}. {study['wrong'].strip()} Accuracy on test: "]
        lines[-1] += f"{', '.join(found)}."
    return ["", "## Studies, and how they should be done", *lines] if lines else []


def page() -> str:
    """Return the page."""
    reported = tomllib.loads((KEPT / "reported.toml").read_text("utf-8"))
    kept = {
        folder.name: [Kept.read(seed / RECORD) for seed in sorted(folder.glob("seed-*"))]
        for folder in sorted(KEPT.iterdir())
        if folder.is_dir()
    }
    order = [name for name in reported if name in kept]
    order += [name for name in kept if name not in reported]
    columns = ("recipe", "reported", "clusterer", "split", *SHOWN, "covered", "seeds", "min", "GB")
    lines = [HEAD, _table(columns)]
    for name in order:
        lines += _rows(name, kept[name], reported.get(name, {}).get("figure", "–"))
    lines += [
        "",
        "\\* trained on labels: not comparable with the others. Mean ± standard deviation over the "
        "seeds; *min*: minutes of the longest run, including scores, map and report, without stages that "
        "were in the cache (`mnist_n2d` shares the pre-training of `mnist_dec`); *GB*: peak resident memory.",
        "",
        *(
            f"† `{name.replace('-', '_')}`: with weights trained on {weights}.\n"
            for name in order
            for weights in kept[name][0].weights
        ),
        "## Phase by phase",
        "",
        "k-means on 5,000 training rows, on the encoder's input and after each phase of training.",
        "",
        _table(("recipe", "stage", "after", "silhouette", "accuracy")),
    ]
    for name in order:
        lines += _phases(name, kept[name])
    lines += ["", "## What was reported, and where", ""]
    lines += [
        f"- `{name.replace('-', '_')}`: {about['figure']}. {about['source']}"
        for name, about in reported.items()
    ]
    machines = sorted(
        {
            f"{run.compute.device}, {run.compute.precision}, {run.compute.threads} threads"
            for runs in kept.values()
            for run in runs
        }
    )
    lines += _studies(kept)
    lines += _aims(kept)
    lines += _tables()
    lines += protocol.page()
    lines += unknown_k.page()
    lines += ["", f"Computed on: {'; '.join(machines)}.", ""]
    return "\n".join(lines)


def _tables() -> list[str]:
    """Return the part on tables, from what ``bench_tables`` has stored."""
    path = KEPT / "tables.json"
    if not path.is_file():
        return []
    found: dict[str, dict[str, float]] = json.loads(path.read_text("utf-8"))
    names = list(next(iter(found.values())))
    mean = {name: statistics.fmean(ari[name] for ari in found.values()) for name in names}
    rows = [
        *((f"{t}{'' if t in CHOSEN_ON else ' †'}", ari) for t, ari in found.items()),
        ("mean", mean),
    ]
    return [
        "",
        "## Tables",
        "",
        'k-means on nine public tables of mlbench, each with `features = "all"`, `label = "class"` and '
        "nothing else: ARI, mean of five seeds, all rows; written by "
        "`python -m tests.bench.bench_tables FOLDER --write`. *one-hot + standard*: categories as "
        "indicators, every column scaled to variance 1, gaps filled by the mean. † held back while the "
        "defaults of `table` were chosen.",
        "",
        _table(("table", *names)),
        *(f"| {t} | {' | '.join(f'{ari[name]:.3f}' for name in names)} |" for t, ari in rows),
    ]


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
