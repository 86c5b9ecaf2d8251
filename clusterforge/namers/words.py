"""Names of phrases, columns or typical members."""

from __future__ import annotations

from dataclasses import replace

from clusterforge.builtin.namers import WordsParams
from clusterforge.contracts import (
    ClusterEvidence,
    Context,
    Evidence,
    Name,
    Namer,
    Phrase,
    Trait,
)
from clusterforge.contracts.columns import ends
from clusterforge.texts.terms import is_unspaced, words_of

JOINT = " · "
PREFIX = 7
CLEAR, SHARE = 0.5, 0.3
FAR = 1.0  # standard deviations by which a column sets rows with texts apart
OWN, SIBLINGS = 0.7, 0.3
COLUMNS = 2


class Words(Namer[WordsParams]):
    """Joins what tells a cluster from the others.

    Phrases of texts are taken one after another, each time the one with the most of score times (1 -
    variety * share of its words that the name has already): maximal marginal relevance. They stand in
    the order that they mostly have in the typical and borderline rows. Columns of a table come by their
    distance to the mean of all rows and of the siblings. Images have neither: they go by their number,
    and the report shows their typical members.
    """

    def names(self, evidence: Evidence, context: Context) -> dict[int, Name]:
        """Return the names."""
        by_number = {cluster.cluster: cluster for cluster in evidence.clusters}
        found = {}
        for cluster in evidence.unnamed:
            siblings = [by_number[n] for n in cluster.siblings if n in by_number]
            if phrases := self._phrases(cluster.phrases):
                rest = [phrase.text for phrase in cluster.phrases if phrase.text not in phrases]
                parts = self._with_columns(cluster, siblings, phrases)
                parts = _as_in_texts(parts, phrases, cluster)
                found[cluster.cluster] = Name(JOINT.join(parts), (*parts, *rest))
            elif cluster.traits:
                columns = _columns(cluster, siblings)
                found[cluster.cluster] = Name(
                    JOINT.join(columns[: min(COLUMNS, self.params.parts)]), columns
                )
        return found

    def _with_columns(
        self, cluster: ClusterEvidence, siblings: list[ClusterEvidence], phrases: list[str]
    ) -> list[str]:
        """Return the parts of a name where rows have texts and columns: those far from the mean belong in it.

        They follow a phrase that most rows hold, and else come first.
        """
        far = replace(cluster, traits=tuple(t for t in cluster.traits if abs(t.z) >= FAR))
        if not far.traits:
            return phrases
        columns = _columns(far, siblings)[: min(COLUMNS, self.params.parts)]
        held = next(phrase.rows for phrase in cluster.phrases if phrase.text == phrases[0])
        parts = (
            (*phrases[: max(1, self.params.parts - len(columns))], *columns)
            if held >= cluster.rows / 2
            else (*columns, *phrases)
        )
        return [*parts[: self.params.parts]]

    def _phrases(self, phrases: tuple[Phrase, ...]) -> list[str]:
        """Return the phrases of a name."""
        stop = {word.casefold() for word in self.params.stop_words}
        candidates = {p.text: p.score for p in phrases if _free(p.text, stop)}
        chosen: list[str] = []
        named: list[str] = []
        while candidates and len(chosen) < self.params.parts:
            worth = {text: score * self._news(text, named) for text, score in candidates.items()}
            best = max(worth, key=lambda text: worth[text])
            del candidates[best]
            words = best.split()
            fits = len(named) + len(words) <= self.params.words or not chosen
            if fits and worth[best] > 0:
                chosen.append(best)
                named += words
        return chosen

    def _news(self, text: str, named: list[str]) -> float:
        """Return what a phrase is still worth beside the words of a name, 0 to 1."""
        words = text.split()
        known = sum(any(_same(word, other) for other in named) for word in words)
        return 0.0 if known == len(words) else 1 - self.params.variety * known / len(words)


def _as_in_texts(parts: list[str], phrases: list[str], cluster: ClusterEvidence) -> list[str]:
    """Return the parts of a name, phrases among them in the order that they mostly have in texts."""
    members = (*cluster.typical, *cluster.borderline)
    texts = [f" {' '.join(words_of(one.text))} " for one in members if one.text]
    held = [i for i, part in enumerate(parts) if part in phrases]
    order = [parts[i] for i in held]
    places = {}
    for part in order:
        words = " ".join(words_of(part))
        sought = words if is_unspaced(words) else f" {words} "
        places[part] = [text.find(sought) for text in texts]

    def later(one: str, other: str) -> int:
        """Return how many more texts have a phrase after another than before it."""
        pairs = zip(places[one], places[other], strict=True)
        return sum((a > b) - (a < b) for a, b in pairs if min(a, b) >= 0)

    for end in range(len(order) - 1, 0, -1):
        for i in range(end):
            if later(order[i], order[i + 1]) > 0:
                order[i], order[i + 1] = order[i + 1], order[i]
    result = [*parts]
    for i, part in zip(held, order, strict=True):
        result[i] = part
    return result


def _free(text: str, stop: set[str]) -> bool:
    words = text.casefold().split()
    return bool(words) and not stop.intersection(words)


def _same(word: str, other: str) -> bool:
    """Tell whether two words are forms of one, as far as a language is not known."""
    plural = f"{word}s" == other or f"{other}s" == word
    within = is_unspaced(word) and is_unspaced(other) and (word in other or other in word)
    return (
        plural
        or within
        or word == other
        or (len(word) >= PREFIX and word[:PREFIX] == other[:PREFIX])
    )


def _columns(cluster: ClusterEvidence, siblings: list[ClusterEvidence]) -> tuple[str, ...]:
    """Return the columns that set a cluster of a table apart, each with its direction."""
    beside = [
        {(trait.column, trait.value): trait.z for trait in sibling.traits} for sibling in siblings
    ]

    def worth(trait: Trait) -> float:
        own = trait.column, trait.value
        apart = [abs(trait.z - z[own]) for z in beside if own in z]
        mean = sum(apart) / len(apart) if apart else abs(trait.z)
        return OWN * abs(trait.z) + SIBLINGS * mean

    present = [trait for trait in cluster.traits if trait.value is None or trait.z > 0]
    order = sorted(present or cluster.traits, key=worth, reverse=True)
    clear = [trait for trait in order if abs(trait.z) >= CLEAR] or order[:1]
    strong = [trait for trait in clear if worth(trait) >= SHARE * worth(order[0])]
    return tuple(
        map(_said, strong or clear[:1])
    )  # next to a sibling far off, no clear one is strong


def _said(trait: Trait) -> str:
    if trait.value is not None:
        own = trait.value.casefold().startswith(trait.column.casefold())
        column = "" if own and trait.z > 0 else f"{trait.column} "  # channel channel-3 is channel-3
        return f"{column}{trait.value}" if trait.z > 0 else f"{column}not {trait.value}"
    low, high = ends(trait.kind)
    return f"{trait.column} {high if trait.z > 0 else low}"
