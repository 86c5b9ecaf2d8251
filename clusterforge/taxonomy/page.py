"""A taxonomy as one page that needs no network and runs no script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from clusterforge.report.html import environment, page
from clusterforge.report.palette import colour
from clusterforge.report.paths import Paths
from clusterforge.runs.records import ClusterExplanation
from clusterforge.taxonomy.explanations import words_of
from clusterforge.taxonomy.records import Change, Cluster, Generation, Taxonomy
from clusterforge.taxonomy.sentences import WORDS, headline, p_text, sentences
from clusterforge.taxonomy.streams import PHONE, streams

STAMP = "<!-- clusterforge follow -->"
MAX_CARDS, MAX_LISTED = 24, 20


@dataclass(frozen=True)
class Entry:
    """A cluster in the last generation.

    Parameters
    ----------
    explanation
        What it is, or was before it went; None where nobody knows.
    words
        Its words, each with whether it is new among them: of clusters that have changed.
    """

    cluster: Cluster
    change: Change
    explanation: ClusterExplanation | None
    words: tuple[tuple[str, bool], ...]

    @property
    def colour(self) -> str:
        """Its colour, for good."""
        return colour(self.cluster.id)


def render(taxonomy: Taxonomy, generations: Sequence[Generation]) -> str:
    """Return the page of a taxonomy.

    Parameters
    ----------
    taxonomy
        The clusters.
    generations
        Their records, the first one first.
    """
    templates = environment(
        "clusterforge.taxonomy",
        paths=Paths([one.source for one in generations]),
        WORDS=WORDS,
        MAX_CARDS=MAX_CARDS,
        colour=colour,
    )
    templates.filters["p_text"] = p_text
    entries, last = _entries(taxonomy, generations), generations[-1]
    return page(
        templates,
        "taxonomy.html",
        ("report.css", "taxonomy.css"),
        stamp=Markup(STAMP),  # noqa: S704 a constant
        taxonomy=taxonomy,
        generations=generations,
        last=last,
        headline=headline(generations),
        sentences=sentences(taxonomy, last),
        streams=streams(taxonomy, generations),
        phone=streams(taxonomy, generations, PHONE),
        phone_shows=PHONE.most,
        entries=entries,
        max_listed=MAX_LISTED,
        changed=[entry for entry in entries if entry.change.kind != "same"],
        history=[(one, sentences(taxonomy, one)) for one in reversed(generations)],
        buried=[c for c in taxonomy.clusters if c.gone and c.gone < last.number],
    )


def _entries(taxonomy: Taxonomy, generations: Sequence[Generation]) -> list[Entry]:
    *earlier, last = generations
    entries = []
    for change in last.changes:
        here = last.clusters.get(change.id)
        then = earlier[-1].clusters.get(change.id) if earlier else None
        # Of what is the same, other words are those of other rows, and no news.
        news = bool(earlier) and here is not None and change.kind != "same"
        old = {word for one in earlier for word in words_of(one.clusters.get(change.id))}
        words = tuple((word, news and word not in old) for word in words_of(here or then))
        entries.append(Entry(taxonomy.cluster(change.id), change, here or then, words))
    return entries
