"""The stage that gives clusters and groups of them names: those that are known, and the namer's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from clusterforge.contracts import Evidence, ItemKind, Name
from clusterforge.explaining import names as explaining
from clusterforge.models import guard
from clusterforge.pipeline.cluster import ClustererStage
from clusterforge.pipeline.data import Data
from clusterforge.pipeline.keys import stage_key
from clusterforge.pipeline.naming import Naming
from clusterforge.pipeline.replies import FolderReplies
from clusterforge.pipeline.stages import Session, Stage
from clusterforge.recipe import Entry
from clusterforge.recipe.recipients import host
from clusterforge.runs import files
from clusterforge.runs.records import (
    ClusterExplanation,
    ClusteringExplanation,
    ClusterNames,
    Explanations,
    LayerExplanation,
    NamedLevel,
    SentRecord,
    SentRecords,
)
from clusterforge.specs import NamerSpec

REPLIES = "replies"  # the folder of replies of all runs, in the cache
Names = Mapping[int, Name]
Ask = Callable[[Evidence], NamedLevel]


def name_clusters(
    entry: Entry | None,
    key: str,
    explanations: Explanations,
    data: Data,
    clusterers: Sequence[ClustererStage],
    session: Session,
) -> Explanations:
    """Return the explanations with a name for every cluster and group, made once for its key.

    Parameters
    ----------
    entry
        The namer; None: clusters without a name go by their numbers.
    key, explanations
        What the clusters are, and the key of that.
    data, clusterers, session
        As in the other stages.
    """
    given = {stage.entry.id: _known(stage, session) for stage in clusterers}
    content, rows = data.corpus.content, len(data.corpus.train)

    def work(where: Path) -> ClusterNames:
        assert entry is not None
        context = replace(session.context(entry.stage), replies=replies)
        expected: list[Evidence] = []

        def expect(evidence: Evidence) -> NamedLevel:
            expected.append(evidence)
            return NamedLevel(names=())

        for name, explanation in explanations.clusterings.items():
            levels = Levels(name, explanation, given[name], content, rows)
            levels.named(expect)
        naming = Naming(entry, expected, session.registry, context, session.file)
        named: dict[str, NamedLevel] = {}
        try:
            for name, explanation in explanations.clusterings.items():
                levels = Levels(name, explanation, given[name], content, rows)
                levels.named(naming.names)
                named |= levels.answers
        except BaseException:
            _stamp(entry, naming.sent, session)
            raise
        replies.write()
        return ClusterNames(levels=named)

    names = ClusterNames(levels={})
    if entry is not None:
        with guard.calling(entry, session.file):
            stage_of = stage_key(
                entry,
                upstream=key,
                seed=session.seed if entry.spec(NamerSpec).stochastic else None,
                resources=session.resources,
                given=given,
            )
        shared = session.cache.folder / REPLIES if session.cache else None
        replies = FolderReplies(session.folder / files.NAMES, shared)
        names = session.do(
            Stage(
                entry.stage,
                stage_of,
                files.NAMES,
                ClusterNames,
                work,
                lasting=lambda info: not info.warnings,
            )
        )
        for text in names.warnings:
            session.warn(f"{entry.stage}: {text}")
        _stamp(entry, sum(level.sent for level in names.levels.values()), session)
    return explanations.model_copy(
        update={
            "clusterings": {
                name: Levels(name, explanation, given[name], content, rows, names.levels).named()
                for name, explanation in explanations.clusterings.items()
            }
        }
    )


def _known(stage: ClustererStage, session: Session) -> tuple[str | None, ...]:
    """Return the names that clusters have already: by hand, or in the run that a curation is made of.

    There it is those of the clusters that still have the same members.
    """
    names, parent = stage.record.details.names, session.parent
    labels = stage.labels("train")
    if parent is None or labels is None:
        return names
    before = parent.clusterings.get(parent.edited if stage.spec.by_hand else stage.entry.id)
    kept = {} if before is None else before.kept(labels)
    by_hand = dict(enumerate(names))
    return tuple(by_hand.get(c) or kept.get(c) for c in range(stage.record.n_clusters))


def _stamp(entry: Entry, rows: int, session: Session) -> None:
    """Stamp the run with the rows that left the process, in its folder at once: it could still fail.

    What an earlier try in this folder has sent counts as well; the same rows are mostly among these.
    """
    path, to = session.folder / files.SENT, host(entry)
    earlier = SentRecords.read(path).sent if path.is_file() else ()
    rows = max([rows, *(record.rows for record in earlier if record.host == to)])
    if rows:
        record = SentRecord(stage=entry.stage, use=entry.plugin.spec.name, host=to, rows=rows)
        session.sent += [*(other for other in earlier if other.host != to), record]
        SentRecords(sent=tuple(session.sent)).write(path)


class Levels:
    """The levels of one clustering, named from the coarsest layer to the clusters.

    Parameters
    ----------
    clusterer
        The id of its clusterer.
    explanation
        Its clusters and layers, without names.
    given
        For each cluster the name that it has already, or None; shorter where the rest has none.
    content, rows
        What the rows are, and how many there are with noise.
    names
        Names that a namer has given, by clusterer or layer.
    """

    def __init__(
        self,
        clusterer: str,
        explanation: ClusteringExplanation,
        given: Sequence[str | None],
        content: ItemKind,
        rows: int,
        names: Mapping[str, NamedLevel] | None = None,
    ) -> None:
        self.clusterer, self.explanation, self.given = clusterer, explanation, given
        self.content, self.rows = content, rows
        self.answers: dict[str, NamedLevel] = dict(names or {})

    def named(self, namer: Ask | None = None) -> ClusteringExplanation:
        """Return the clustering with names; what a namer answers is in ``answers`` afterwards."""
        layers: list[LayerExplanation] = []
        for layer in reversed(self.explanation.layers):
            above = layers[-1] if layers else None
            given = [self._given(members) for members in layer.members]
            parents = dict(enumerate(layer.parents))
            groups = self._level(layer.name, layer.groups, given, above, parents, namer)
            layers.append(layer.model_copy(update={"groups": groups}))
        above = layers[-1] if layers else None
        parents = {} if above is None else above.of_cluster
        clusters = self._level("", self.explanation.clusters, self.given, above, parents, namer)
        update = {
            "clusters": clusters,
            "layers": tuple(reversed(layers)),
            "distinctness": explaining.distinctness(clusters),
        }
        return self.explanation.model_copy(update=update)

    def _given(self, members: Sequence[int]) -> str | None:
        """Return the name that a group has already: that of its only cluster."""
        alone = len(members) == 1 and members[0] < len(self.given)
        return self.given[members[0]] if alone else None

    def _level(
        self,
        level: str,
        explained: Sequence[ClusterExplanation],
        given: Sequence[str | None],
        above: LayerExplanation | None,
        parents: Mapping[int, int],
        namer: Ask | None,
    ) -> tuple[ClusterExplanation, ...]:
        name = self.clusterer + level
        if namer is not None:
            evidence = explaining.evidence(
                self.content, self.rows, explained, given, above, parents
            )
            self.answers[name] = namer(evidence)
        names = self.answers[name].by_cluster() if name in self.answers else {}
        return with_names(explained, given, names, above, parents)


def with_names(
    explained: Sequence[ClusterExplanation],
    given: Sequence[str | None],
    names: Names,
    above: LayerExplanation | None = None,
    parents: Mapping[int, int] | None = None,
) -> tuple[ClusterExplanation, ...]:
    """Return clusters, or groups, with the names that they have already, and else the namer's."""
    numbers = [cluster.cluster for cluster in explained]
    own = {c: Name(given[c] or "") for c in numbers if c < len(given) and given[c]}
    free = {c: names[c] for c in names if c not in own}
    return explaining.named(explained, {**own, **free}, above, parents)
