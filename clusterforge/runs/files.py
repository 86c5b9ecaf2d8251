"""The names of the files of a run folder, each once."""

from __future__ import annotations

from pathlib import PurePosixPath

RECIPE, RESOLVED, EDITS = "recipe.toml", "recipe.json", "edits.toml"
RUN, METRICS, HISTORY = "run.json", "metrics.json", "history.json"
SEEDS, BASELINES = "seeds.json", "baselines.json"
PROFILES, PROFILED = "profiles.json", "profiles.parquet"
EVALUATION, EXPLANATIONS = "evaluation.json", "explanations.json"
ASSIGNMENTS, SOURCE = "assignments.parquet", "source.parquet"
MAP, MAP_RECORD = "projection.parquet", "projection.json"
REPORT, FIGURES = "report.html", "figures"
MANIFEST, LOCK = "manifest.json", "run.lock"
ENCODERS, CLUSTERERS, SCORES, DATA = "encoders", "clusterers", "scores", "data"
EVALUATIONS, PHASES, EXPLAINED, PROJECTION = "evaluation", "phases", "explanations", "projection"
NAMES, INFO = "names", "info.json"
PLACES = "places"  # of an exported model: where the clusters lie, in place of the rows
SWEEP, BEST = "sweep.json", "best.toml"  # of a sweep, which is no run
TAXONOMY = "taxonomy.json"  # of a taxonomy, which is no run
BEGUN = "begun.json"  # of a run that is not finished: what it is computed with
SENT = "sent.json"  # of a run that is not finished: what has left the machine

OF_RUN = frozenset(
    {
        RECIPE,
        RESOLVED,
        EDITS,
        RUN,
        METRICS,
        HISTORY,
        EVALUATION,
        EXPLANATIONS,
        ASSIGNMENTS,
        SOURCE,
        PROFILES,
        PROFILED,
        SEEDS,
        BASELINES,
        BEGUN,
        SENT,
        MAP,
        MAP_RECORD,
    }
    | {REPORT, FIGURES, ENCODERS, CLUSTERERS, SCORES, DATA, EVALUATIONS, PHASES, EXPLAINED}
    | {PROJECTION, NAMES}
)
"""What the core writes at the top of a run folder; anything else there is a hook's."""

ALWAYS = (RECIPE, RESOLVED, RUN, ASSIGNMENTS, SOURCE, REPORT)
"""Files of every run, besides its records and stages."""

MEMBERSHIP, OUTLIER, LEAVES = "membership", "outlier", "leaves.npy"
SILHOUETTE, STABILITY = "silhouette", "stability"


def rows(split: str) -> str:
    """Return the file with ids, labels and items of a split's rows."""
    return _path(DATA, f"{split}.parquet")


def encoder(index: int, entry: str) -> str:
    """Return the folder of the encoder at a position of the chain, by its id."""
    return _path(ENCODERS, f"{index}-{entry}")


def clusterer(entry: str) -> str:
    """Return the folder of a clusterer, by its id."""
    return _path(CLUSTERERS, entry)


def embedding(index: int, entry: str, split: str) -> str:
    """Return the file with an encoder's embedding of a split: float32 (n, d)."""
    return _path(encoder(index, entry), f"{split}.npy")


def labels(entry: str, split: str) -> str:
    """Return the file with a clusterer's labels of a split: int64 (n,)."""
    return _path(clusterer(entry), f"{split}.npy")


def leaves(entry: str) -> str:
    """Return the file with the leaf of each train row in a clusterer's tree: int64 (n,)."""
    return _path(clusterer(entry), LEAVES)


def soft(entry: str, split: str, kind: str) -> str:
    """Return the file with ``membership`` or ``outlier`` of a clusterer's split."""
    return _path(clusterer(entry), f"{split}.{kind}.npy")


def scores(entry: str) -> str:
    """Return the folder with the scores of a clusterer."""
    return _path(SCORES, entry)


def places(entry: str) -> str:
    """Return the folder with the places of a clusterer's clusters, in an exported model."""
    return _path(PLACES, entry)


def evaluation(entry: str) -> str:
    """Return the folder with the evaluation of a clusterer."""
    return _path(EVALUATIONS, entry)


def row_values(entry: str, split: str, kind: str) -> str:
    """Return the file with ``silhouette`` or ``stability`` of each row of a split: float32 (n,)."""
    return _path(evaluation(entry), f"{split}.{kind}.npy")


def score_values(entry: str, split: str, metric: str, noise: str) -> str:
    """Return the file with a metric's value of each row: float32 (n,)."""
    return _path(scores(entry), f"{split}.{metric}.{noise}.npy")


def score_influence(entry: str, split: str, metric: str, noise: str) -> str:
    """Return the file with what each row adds to a metric's mean, where that is more than its value."""
    return _path(scores(entry), f"{split}.{metric}.{noise}.influence.npy")


def resamples(entry: str) -> str:
    """Return the file with every bootstrap resample of a clusterer's scores.

    float64 (scores, resamples) in the order of its scores in ``metrics.json``; nan where a score has
    none. Resample i draws the same rows, by position, for every score of a split and in every run
    with as many rows in it, so that two runs on the same rows can be compared resample by resample.
    """
    return _path(evaluation(entry), "resamples.npy")


def of_report(name: str) -> bool:
    """Tell whether a file is one that ``clusterforge report`` writes again."""
    return name.split("/")[0] in (REPORT, FIGURES)


def _path(*parts: str) -> str:
    return PurePosixPath(*parts).as_posix()
