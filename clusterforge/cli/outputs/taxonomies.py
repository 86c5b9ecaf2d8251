"""What the commands about taxonomies print under ``--json``."""

from __future__ import annotations

from clusterforge.cli.outputs.base import Output
from clusterforge.taxonomy.explanations import words_of
from clusterforge.taxonomy.following import Followed
from clusterforge.taxonomy.records import Generation, How, Kind, Taxonomy


class ChangeOutput(Output):
    """What became of one cluster."""

    id: int
    """Its id, which is never given to another."""
    name: str
    """What it is called."""
    kind: Kind
    """What happened; `same` where no p-value is at or below the level."""
    p: float | None
    """The p-value of that, corrected for all clusters; of `same`, the least; null at first."""
    share_p: float | None
    """That of its share among the clusters that stay; null where it is not tested."""
    moved_p: float | None
    """That of the place of its rows; null where it is not tested."""
    rows_before: int
    """Its rows in the generation before."""
    rows: int
    """Its rows now."""
    share_before: float
    """Its share of all rows before."""
    share: float
    """Its share now."""
    others: tuple[int, ...]
    """The parts that it split into, the clusters merged into it, or the one that it was merged into."""
    words: tuple[str, ...]
    """Its words, where the rows are texts."""


class GenerationOutput(Output):
    """A new generation."""

    number: int
    """Counted from 1."""
    label: str
    """What it is called."""
    how: How
    """`run`, `period`, `predict` or `refit`: how its rows got their clusters."""
    rows: int
    """Its rows."""
    noise: int
    """Those in no cluster."""
    changes: tuple[ChangeOutput, ...]
    """Of every cluster of this generation and the one before, the most telling first."""
    notes: tuple[str, ...]
    """What limits the tests."""

    @classmethod
    def made_of(cls, taxonomy: Taxonomy, generation: Generation) -> GenerationOutput:
        """Return what is printed of a generation."""
        changes = tuple(
            ChangeOutput(
                name=taxonomy.cluster(change.id).title,
                words=words_of(generation.clusters.get(change.id)),
                **change.model_dump(),
            )
            for change in generation.changes
        )
        return cls(
            changes=changes, **generation.model_dump(include={*cls.model_fields} - {"changes"})
        )


class FollowOutput(Output):
    """A taxonomy, and what has just come to it."""

    taxonomy: str
    """Its folder."""
    page: str
    """The page with all generations."""
    clusters: tuple[int, ...]
    """The ids of the clusters that are not gone."""
    generations: tuple[GenerationOutput, ...]
    """The new generations."""

    @classmethod
    def of(cls, followed: Followed) -> FollowOutput:
        """Return what is printed."""
        taxonomy = followed.taxonomy
        return cls(
            taxonomy=str(followed.folder),
            page=str(followed.page),
            clusters=taxonomy.alive,
            generations=tuple(
                GenerationOutput.made_of(taxonomy, one) for one in followed.generations
            ),
        )
