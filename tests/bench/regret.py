"""How far the trial that an objective chooses is from the best one, on sets with labels that it does not see.

``python -m tests.bench.regret`` sweeps each set five times: other rows, other trials of the grid, another
place of the true number of classes among those that are tried. Sets as in ``tests.bench.labelled``.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

import clusterforge
from clusterforge.contracts import treat_noise
from clusterforge.numerics.silhouette import silhouette_samples
from clusterforge.runs.manifest import is_complete
from clusterforge.search import folder as files
from clusterforge.search.correlation import spearman
from clusterforge.search.driver import Watcher
from clusterforge.search.folder import SweepFolder
from clusterforge.storage.cache import Cache
from tests.bench.labelled import Labelled, available

ROWS, MANY, SEEDS, TRIALS = 500, 1_000, 5, 24
OBJECTIVES = (
    "stability",
    "prediction-strength",
    "silhouette",
    "silhouette@input",
    "agreement",
    "balanced",
)
DEFAULT = "balanced"
COMBINED = (
    ("stability", "silhouette@input"),
    ("prediction-strength", "silhouette@input"),
    ("prediction-strength", "agreement"),
    ("silhouette@input", "agreement"),
    ("stability", "silhouette@input", "agreement"),
    ("prediction-strength", "silhouette@input", "agreement"),
)
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Choice:
    """What an objective chooses in one sweep.

    Parameters
    ----------
    name, held_back
        The set.
    regret
        How much greater the adjusted Rand index of the best trial is, noise as one cluster.
    place
        The share of trials that are worse than the chosen one, half of those that are equal included.
    correlation
        Spearman's, over the trials; nan where it is not defined.
    """

    name: str
    held_back: bool
    regret: float
    place: float
    correlation: float


def numbers_tried(k: int, place: int) -> list[int]:
    """Return five numbers of clusters, each √2 times the one before, the true one at a place from 0 to 4."""
    numbers = {max(2, round(k * 2 ** ((i - place) / 2))) for i in range(5)}
    more = (k for k in range(2, 7) if k not in numbers)
    return sorted([*numbers, *list(more)[: 5 - len(numbers)]])


def recipe_of(labelled: Labelled, folder: Path, seed: int) -> Mapping[str, Any]:
    """Write some rows of a set, and return a sweep over encoders, clusterers and numbers of clusters."""
    rng = np.random.default_rng([seed, len(labelled.labels), labelled.k])
    most = MANY if labelled.k > 50 else ROWS
    rows = np.sort(rng.permutation(len(labelled.labels))[:most])
    np.save(folder / "rows.npy", labelled.embedding[rows])
    np.save(folder / "labels.npy", labelled.labels[rows])
    wide = min(50, labelled.embedding.shape[1], len(rows) - 1)
    k = {"choices": numbers_tried(labelled.k, int(rng.integers(5)))}
    return {
        "name": labelled.name,
        "seed": seed,
        "dataset": {
            "use": "files",
            "path": str(folder / "rows.npy"),
            "features": "all",
            "label": str(folder / "labels.npy"),
        },
        "encoder": [{"id": "input", "use": "pca", "components": wide}, {"use": "pca"}],
        "clusterer": [{"use": "kmeans", "n_clusters": 2}],
        "metric": [{"use": "silhouette"}, {"use": "ari"}],
        "search": {
            "trials": TRIALS,
            "seed": seed,
            "objective": "silhouette",
            "also": [name for name in OBJECTIVES if name != "silhouette"],
            "space": {
                "encoder.1": [
                    {"use": "pca", "components": wide},
                    {"use": "pca", "components": 2},
                    {"use": "pca", "components": min(10, wide), "whiten": True},
                    {"use": "smooth", "weight": 0.5},
                    {"use": "umap", "dim": 5},
                ],
                "clusterer.0": [
                    {"use": "kmeans", "n_clusters": k, "restarts": 3},
                    {"use": "hierarchical", "n_clusters": k},
                    {"use": "gaussian-mixture", "n_clusters": k, "covariance": "diag"},
                    {"use": "hdbscan", "min_cluster_size": {"choices": [5, 15]}},
                ],
            },
        },
    }


def swept(labelled: Labelled, seed: int, folder: Path) -> SweepFolder:
    """Sweep a set, unless that is there already."""
    out = folder / f"{labelled.name}-{seed}"
    if not is_complete(out):
        data = folder / "data" / out.name
        data.mkdir(parents=True, exist_ok=True)
        recipe = recipe_of(labelled, data, seed)
        clusterforge.sweep(recipe, out=out, workers=1, cache=False, watcher=Watcher())
    return SweepFolder.open(out)


def choices(labelled: Labelled, done: SweepFolder) -> Iterator[tuple[str, Choice]]:
    """Yield what each objective chooses, the combinations that were tried included."""
    trials = [trial for trial in done.trials if trial.state == "complete"]
    truth = np.array([trial.score("ari", noise="cluster") for trial in trials], dtype=np.float64)
    usable = np.array([trial.degenerate is None for trial in trials])
    values = {
        name: np.array([trial.objectives[name].value for trial in trials], dtype=np.float64)
        for name in OBJECTIVES
    }
    values["ACE"] = ace(done, usable)
    for parts in COMBINED:
        values["mean of " + ", ".join(parts)] = np.mean([values[part] for part in parts], axis=0)
        ranks = [rankdata(np.where(usable, values[part], -np.inf)) for part in parts]
        values["ranks of " + ", ".join(parts)] = np.where(usable, np.mean(ranks, axis=0), np.nan)
    drawn = float((truth.max() - truth).mean())
    yield "a trial at random", Choice(labelled.name, labelled.held_back, drawn, np.nan, np.nan)
    for name, value in values.items():
        has = np.isfinite(value)
        chosen = truth[int(np.argmax(np.where(has, value, -np.inf)))]
        correlation = spearman(value[has], truth[has])
        yield (
            name,
            Choice(
                labelled.name,
                labelled.held_back,
                float(truth.max() - chosen),
                float((truth < chosen).mean() + (truth == chosen).mean() / 2),
                np.nan if correlation is None else correlation,
            ),
        )


def ace(done: SweepFolder, usable: npt.NDArray[np.bool_]) -> Floats:
    """Return the silhouettes' ranks in every embedding, weighted by how far embeddings agree on them: (t,).

    After arXiv 2403.14830, without its test for embeddings that have no clusters, and with one group.
    """
    trials = [trial for trial in done.trials if trial.state == "complete"]
    labels = [np.load(done.path / files.labels(trial.number)) for trial in trials]
    keys = [next(s.key for s in t.stages if s.stage.startswith("encoder.1")) for t in trials]
    ranks: list[Floats] = []
    for key in dict.fromkeys(keys):
        with tempfile.TemporaryDirectory() as folder:
            Cache(done.path / files.STAGES).fetch(key, Path(folder))
            points = np.load(Path(folder) / "train.npy")
        silhouettes = [
            float(silhouette_samples(points, shown[kept]).mean()) if fits else -np.inf
            for one, fits in zip(labels, usable, strict=True)
            for shown, kept in [treat_noise(one.astype(np.int64), "singletons")]
        ]
        ranks.append(rankdata(silhouettes))
    agreement = np.clip(np.atleast_2d(np.corrcoef(ranks)), 0, None)
    weights = np.abs(np.linalg.eigh(agreement)[1][:, -1])
    mean: Floats = np.average(ranks, axis=0, weights=weights)
    return np.where(usable, mean, np.nan)


def show(found: Mapping[str, Sequence[Choice]]) -> None:
    """Print a table in Markdown: all sets, then the half that nothing was chosen on, and the other."""
    print("| objective | median | mean | chosen on | held back | worst quarter | correlation |")
    print("|---|---|---|---|---|---|---|")
    for name, each in sorted(found.items(), key=lambda item: np.mean([c.regret for c in item[1]])):
        halves = [[c.regret for c in each if c.held_back is half] for half in (False, True)]
        shown = (
            np.median([c.regret for c in each]),
            np.mean([c.regret for c in each]),
            *(np.mean(half) if half else np.nan for half in halves),
        )
        cells = [f"{value:.3f}" for value in shown]
        if not np.isnan(each[0].place):
            cells.append(f"{np.mean([c.place < 0.25 for c in each]):.0%}")
            cells.append(f"{np.nanmean([c.correlation for c in each]):.2f}")
        print(f"| {name} | {' | '.join(cells)} |")


def show_sets(each: Sequence[Choice]) -> None:
    """Print the mean regret of one objective on every set."""
    for name in dict.fromkeys(choice.name for choice in each):
        own = [choice for choice in each if choice.name == name]
        half = " (held back)" if own[0].held_back else ""
        regrets = ", ".join(f"{choice.regret:.3f}" for choice in own)
        print(f"{name}{half}: {np.mean([c.regret for c in own]):.3f} ({regrets})")


def main() -> None:
    """Sweep and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--keep", type=Path, help="where sweeps stay, to be read again")
    parser.add_argument("names", nargs="*", help="only these sets")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.keep or Path(temporary)
        found: dict[str, list[Choice]] = {}
        sets, start = 0, time.process_time()
        for labelled in available(args.names):
            sets += 1
            for seed in range(args.seeds):
                for name, choice in choices(labelled, swept(labelled, seed, folder)):
                    found.setdefault(name, []).append(choice)
    seconds = time.process_time() - start
    print(
        f"{sets} sets, {args.seeds} seeds, {TRIALS} trials each, {seconds:.0f} s of processor time\n"
    )
    show(found)
    print(f"\nmean regret of {DEFAULT} by set:\n")
    show_sets(found[DEFAULT])


if __name__ == "__main__":
    main()
