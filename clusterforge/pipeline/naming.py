"""A namer asked for the clusters of clusterings, and the default namer for what it leaves out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from clusterforge.contracts import Context, Evidence, Name, Namer
from clusterforge.models import guard
from clusterforge.recipe import Entry
from clusterforge.registry import Registry
from clusterforge.runs.records import ClusterName, NamedLevel


class Naming:
    """One namer for all clusterings of a run.

    Parameters
    ----------
    entry
        The namer.
    evidence
        What it will be asked about.
    registry
        Where the default namer is.
    context, file
        What it is given, and the recipe's file for messages.

    Attributes
    ----------
    sent
        Rows that it has sent so far, with those of names that failed.
    """

    def __init__(
        self,
        entry: Entry,
        evidence: Sequence[Evidence],
        registry: Registry,
        context: Context,
        file: str | None,
    ) -> None:
        self.entry, self.context, self.file, self.sent = entry, context, file, 0
        self.default = _default(registry)
        with guard.calling(entry, file):
            self.namer: Namer[Any] = entry.build()
            if any(one.unnamed for one in evidence):
                self.namer.prepare(evidence, context)

    def names(self, evidence: Evidence) -> NamedLevel:
        """Return names for the clusters that have none; a plugin's failure is its own."""
        if not evidence.unnamed:
            return NamedLevel(names=())
        clusters = [cluster.cluster for cluster in evidence.clusters]
        with guard.calling(self.entry, self.file):
            try:
                names = guard.names(self.namer.names(evidence, self.context), clusters)
            finally:
                sent = guard.count(self.namer.sent(), "sent()")
                self.sent += sent
            tables = guard.tables(self.namer.tables())
            warnings = guard.lines(self.namer.warnings())
        return NamedLevel(
            names=tuple(
                ClusterName(cluster=number, name=name.name, evidence=name.evidence)
                for number, name in {**self._default_names(evidence, names), **names}.items()
            ),
            tables=tables,
            warnings=tuple(warnings),
            sent=sent,
        )

    def _default_names(self, evidence: Evidence, names: Mapping[int, Name]) -> dict[int, Name]:
        """Return what the default namer calls the clusters that the namer left out."""
        rest = [cluster for cluster in evidence.unnamed if cluster.cluster not in names]
        if not rest or self.default is None or self.default.plugin == self.entry.plugin:
            return {}
        taken = tuple(
            replace(cluster, name=names[cluster.cluster].name)
            if cluster.cluster in names
            else cluster
            for cluster in evidence.clusters
        )
        with guard.calling(self.default, self.file):
            namer: Namer[Any] = self.default.build()
            return dict(namer.names(replace(evidence, clusters=taken), self.context))


def _default(registry: Registry) -> Entry | None:
    plugin = registry.default_namer()
    if plugin is None:
        return None
    return Entry("namer", plugin.spec.name, plugin, plugin.spec.params())
