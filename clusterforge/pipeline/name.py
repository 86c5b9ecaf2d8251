"""The stage that gives the clusters names: those that the clusterer knows, and the namer's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from clusterforge.contracts import Context, Evidence, Name, Namer
from clusterforge.explaining import names as explaining
from clusterforge.models import guard
from clusterforge.pipeline.cluster import ClustererStage
from clusterforge.pipeline.data import Data
from clusterforge.pipeline.keys import stage_key
from clusterforge.pipeline.stages import Session, Stage
from clusterforge.recipe import Entry
from clusterforge.runs import files
from clusterforge.runs.records import ClusteringExplanation, ClusterNames, Explanations
from clusterforge.specs import NamerSpec


def name_clusters(
    entry: Entry | None,
    key: str,
    explanations: Explanations,
    data: Data,
    clusterers: Sequence[ClustererStage],
    session: Session,
) -> Explanations:
    """Return the explanations with a name for every cluster, made once for its key.

    Parameters
    ----------
    entry
        The namer; None: clusters without a name go by their numbers.
    key, explanations
        What the clusters are, and the key of that.
    data, clusterers, session
        As in the other stages.
    """
    given = {stage.entry.id: stage.record.details.names for stage in clusterers}
    rows = len(data.corpus.train)

    def work(where: Path) -> ClusterNames:
        assert entry is not None
        context = session.context(entry.stage)
        found = {}
        for done, (name, explanation) in enumerate(explanations.clusterings.items(), 1):
            evidence = explaining.evidence(data.corpus.content, rows, explanation, given[name])
            found[name] = named_by(entry, evidence, context, session.file)
            session.observer.progress(entry.stage, done, len(clusterers), name)
        return ClusterNames.of(found)

    names: Mapping[str, Mapping[int, Name]] = {}
    if entry is not None:
        with guard.calling(entry, session.file):
            stage_of = stage_key(
                entry,
                upstream=key,
                seed=session.seed if entry.spec(NamerSpec).stochastic else None,
                resources=session.resources,
                given=given,
            )
        stage = Stage(entry.stage, stage_of, files.NAMES, ClusterNames, work)
        names = session.do(stage).by_cluster()
    return explanations.model_copy(
        update={
            "clusterings": {
                name: with_names(explanation, given[name], names.get(name, {}))
                for name, explanation in explanations.clusterings.items()
            }
        }
    )


def named_by(
    entry: Entry, evidence: Evidence, context: Context, file: str | None
) -> dict[int, Name]:
    """Return the names that a namer gives to the clusters that have none; a plugin's failure is its own."""
    if not evidence.unnamed:
        return {}
    with guard.calling(entry, file):
        namer: Namer[Any] = entry.plugin.load()(entry.params)
        answer = namer.names(evidence, context)
        return guard.names(answer, [cluster.cluster for cluster in evidence.clusters])


def with_names(
    explanation: ClusteringExplanation, given: Sequence[str | None], names: Mapping[int, Name]
) -> ClusteringExplanation:
    """Return an explanation with the names that clusters have already, and else the namer's."""
    numbers = [cluster.cluster for cluster in explanation.clusters]
    own = {c: Name(given[c] or "") for c in numbers if c < len(given) and given[c]}
    return explaining.named(explanation, {**own, **{c: names[c] for c in names if c not in own}})
