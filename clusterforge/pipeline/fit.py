"""What every execution of a recipe begins with: its encoders and clusterers, fitted."""

from __future__ import annotations

from collections.abc import Iterator

from clusterforge.models.classes import with_classes
from clusterforge.pipeline.cluster import ClustererStage
from clusterforge.pipeline.data import Data
from clusterforge.pipeline.encode import EncoderStage, chain_of
from clusterforge.pipeline.score import Scoring
from clusterforge.pipeline.stages import Session
from clusterforge.recipe import Entry, Recipe, bases
from clusterforge.runs import files
from clusterforge.runs.records import ScoreRecord


class Fits:
    """The encoders and clusterers of a recipe on its data; nothing is fitted before :meth:`run`.

    Parameters
    ----------
    recipe
        The recipe.
    data
        Its data.
    session
        What the stages share.
    """

    def __init__(self, recipe: Recipe, data: Data, session: Session) -> None:
        self.recipe, self.data, self.session = recipe, data, session
        self.labels_used: list[str] = []
        self.chain: list[EncoderStage] = chain_of(recipe.links, data, session, self._resolved)
        self._stages: dict[str, ClustererStage] = {}
        for entry in recipe.by_dependence():
            below = {name: self._stages[name] for name in bases(entry)}
            resolved = self._resolved(entry)
            self._stages[entry.id] = ClustererStage(resolved, self.encoded, session, below)
        self.clusterers = [self._stages[entry.id] for entry in recipe.clusterers]
        classes = data.classes if self.encoded.labels else None
        self.scoring = Scoring(recipe, self.encoded, classes, session)

    @property
    def encoded(self) -> EncoderStage:
        """The last encoder, whose embedding is clustered."""
        return self.chain[-1]

    def run(self) -> None:
        """Fit and encode, then cluster, whatever is not there already."""
        self.encode()
        self.cluster()

    def encode(self) -> None:
        """Fit the encoders and encode."""
        for encoder in self.chain:
            encoder.run()

    def cluster(self) -> None:
        """Fit the clusterers on what the encoders made."""
        for clusterer in self._stages.values():
            clusterer.run()

    def reused(self) -> Iterator[str]:
        """Yield the names of the stages that need not be computed: here or in the cache."""
        stages: list[EncoderStage | ClustererStage] = [*self.chain, *self._stages.values()]
        for stage in stages:
            stage.find_key()
            if self.session.has(stage.key, stage.folder):
                yield stage.entry.stage
        for clusterer in self.clusterers:
            name = clusterer.entry.id
            folder = self.session.folder / files.scores(name)
            if self.session.has(self.scoring.key(clusterer), folder):
                yield f"scores.{name}"

    def scores(self) -> Iterator[ScoreRecord]:
        """Yield the scores of the clusterers, in the recipe's order."""
        for clusterer in self.clusterers:
            yield from self.scoring.run(clusterer)

    def _resolved(self, entry: Entry) -> Entry:
        resolved, looked = with_classes(entry, self.data.classes, self.recipe.file)
        if looked:
            self.labels_used.append(f"number of clusters of {entry.stage}")
        return resolved
