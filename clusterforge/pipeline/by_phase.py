"""Phase by phase: how well k-means does on what each phase of training made of the same rows.

An internal score rises when an embedding is pressed together, whether or not its clusters are the
right ones. Beside the accuracy, from one phase to the next, that can be seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from clusterforge.contracts import Corpus, FloatArray, IntArray
from clusterforge.numerics.contingency import accuracy, contingency, nmi
from clusterforge.numerics.kmeans import kmeans
from clusterforge.numerics.silhouette import silhouette_samples
from clusterforge.pipeline.encode import EncoderStage
from clusterforge.pipeline.stages import Stages, digest
from clusterforge.runs.records import PhaseRecord, Record

STAGE, FILE = "phases", "phases.json"
RISE = 0.15  # of the silhouette, from which on it should have an effect on accuracy
EFFECT = 0.02  # least gain in accuracy that counts as one


def by_phase(
    chain: Sequence[EncoderStage],
    corpus: Corpus,
    clusters: int,
    seed: int,
    stages: Stages,
    device: str,
) -> tuple[PhaseRecord, ...]:
    """Return a record for the input and for each phase of every encoder trained in several.

    Computed once for its key, and not at all where no encoder is trained.

    Parameters
    ----------
    chain
        The encoders, run.
    clusters
        k of k-means.

    Returns
    -------
    tuple of PhaseRecord
        Their scores are ``silhouette``, and ``accuracy`` and ``nmi``, which are None where the rows
        are unlabelled.
    """
    if not any(stage.spec.trained for stage in chain):
        return ()
    labels = corpus.train.labels
    key = digest(
        {
            "phases": [[stage.entry.stage, stage.key] for stage in chain],
            "labels": None if labels is None else digest(labels.tolist()),
            "clusters": clusters,
            "seed": seed,
        }
    )

    def work(folder: Path) -> Mapping[str, object]:
        phases = tuple(_records(chain, labels, clusters, seed, device))
        _Phases(phases=phases).write(folder / FILE)
        return {}

    folder = stages.folder / STAGE
    stages.do(STAGE, key, folder, work)
    return _Phases.read(folder / FILE).phases


class _Phases(Record):
    """What the stage leaves."""

    phases: tuple[PhaseRecord, ...]


def _records(
    chain: Sequence[EncoderStage], labels: IntArray | None, clusters: int, seed: int, device: str
) -> Iterator[PhaseRecord]:
    for stage in chain:
        rows, parts = stage.phases()
        for phase, points in parts:
            truth = None if labels is None else labels[rows]
            yield PhaseRecord(
                stage=stage.entry.stage,
                phase=phase,
                rows=len(rows),
                clusters=clusters,
                scores=_scores(points, truth, clusters, seed, device),
            )


def _scores(
    points: FloatArray, truth: IntArray | None, k: int, seed: int, device: str
) -> dict[str, float | None]:
    found: dict[str, float | None] = {"silhouette": None, "accuracy": None, "nmi": None}
    try:
        labels = kmeans(points, k, seed=seed, n_init=10, device=device).labels
        found["silhouette"] = float(silhouette_samples(points, labels, device=device).mean())
    except ValueError:  # fewer distinct rows than clusters
        return found
    if truth is not None and (known := truth >= 0).any():
        counts = contingency(truth[known], labels[known]).counts
        found["accuracy"], found["nmi"] = float(accuracy(counts)), float(nmi(counts))
    return found


def inflated(records: Sequence[PhaseRecord]) -> Iterator[str]:
    """Yield a line for each phase that raised the silhouette and hardly the accuracy."""
    for before, after in pairwise(records):
        if before.stage != after.stage or before.phase == "input":
            continue
        low, high = before.scores["silhouette"], after.scores["silhouette"]
        accuracy, reached = before.scores["accuracy"], after.scores["accuracy"]
        if low is None or high is None or accuracy is None or reached is None:
            continue
        if high - low >= RISE and reached - accuracy < EFFECT:
            yield (
                f"{after.stage}: phase {after.phase} raised the silhouette from {low:.2f} to "
                f"{high:.2f}, but accuracy went from {accuracy:.3f} to {reached:.3f}: the clusters "
                "were pressed together, not sorted better"
            )
