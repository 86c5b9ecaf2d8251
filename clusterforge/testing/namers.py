"""Namers on clusters whose content is known, and the checks that are theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from clusterforge.contracts import ClusterEvidence, Context, Evidence, Example, Name, Phrase, Trait
from clusterforge.models import guard
from clusterforge.specs import NamerSpec
from clusterforge.testing.check import check, failing, require, skip_if
from clusterforge.testing.samples import GROUPS, TRAIN_ROWS, WORDS
from clusterforge.testing.subject import Arrays, Subject, same

ROWS = TRAIN_ROWS // GROUPS
HOSTILE = "</script><script>alert(1)</script>\x1b[31m\u202e\n[red]{{ 7 * 7 }}"


@dataclass
class RepliesInMemory:
    """Replies that are kept for as long as a check lasts."""

    replies: dict[str, str] = field(default_factory=dict)

    def load(self, key: str) -> str | None:
        """Return a reply, or None."""
        return self.replies.get(key)

    def save(self, key: str, reply: str) -> None:
        """Keep a reply."""
        self.replies[key] = reply


class NamerSubject(Subject[NamerSpec]):
    """A namer on three clusters of texts."""

    def inputs(self) -> Evidence:
        """Return what is known of three groups of texts."""
        return Evidence("text", TRAIN_ROWS, tuple(map(texts, range(GROUPS))))

    def start(self, made: Any, inputs: Evidence, context: Context) -> Arrays:
        """Name the clusters."""
        return {
            str(cluster): (name.name, name.evidence)
            for cluster, name in made.names(inputs, context).items()
        }

    def named(self, what: str, evidence: Evidence) -> Mapping[int, Name]:
        """Name clusters, or fail."""
        numbers = [cluster.cluster for cluster in evidence.clusters]
        with failing(f"{what}: {{!r}}, no names"):
            names = self.make().names(evidence, self.context)
        with failing(f"{what}: {{}}"):
            return guard.names(names, numbers)


def texts(group: int) -> ClusterEvidence:
    """Return what is known of a group of texts."""
    words = WORDS[group]
    return ClusterEvidence(
        cluster=group,
        rows=ROWS,
        phrases=tuple(Phrase(word, 0.5 - i / 20, ROWS - i) for i, word in enumerate(words)),
        typical=(Example("a", " ".join(words)), Example("b", " ".join(words[:4]))),
        borderline=(Example("c", " ".join(words[4:])),),
        siblings=tuple(other for other in range(GROUPS) if other != group),
    )


def tables(group: int) -> ClusterEvidence:
    """Return what is known of a group of rows of a table."""
    traits = tuple(Trait(f"column {c}", float(c == group), 1 / 3, 1.5 - c) for c in range(GROUPS))
    row = Example(f"row {group}", values={"column 0": float(group), "column 1": None})
    return replace(texts(group), phrases=(), traits=traits, typical=(row,), borderline=())


def images(group: int) -> ClusterEvidence:
    """Return what is known of a group of images."""
    return replace(texts(group), phrases=(), typical=(Example(f"{group}.png"),), borderline=())


@check("namer")
def names_every_content(subject: NamerSubject) -> None:
    """A recipe may cluster texts, images or tables; what a namer can't name it leaves out."""
    known = subject.inputs()
    subject.named("texts", known)
    subject.named("tables", Evidence("table", TRAIN_ROWS, tuple(map(tables, range(GROUPS)))))
    subject.named("images", Evidence("image", TRAIN_ROWS, tuple(map(images, range(GROUPS)))))


@check("namer")
def names_with_little(subject: NamerSubject) -> None:
    """There may be one cluster, none, or one of which nothing is known but its size."""
    known = subject.inputs()
    for count in (1, 0):
        subject.named(f"{count} clusters", replace(known, clusters=known.clusters[:count]))
    bare = tuple(ClusterEvidence(cluster, ROWS) for cluster in range(GROUPS))
    subject.named("clusters without evidence", replace(known, clusters=bare))


@check("namer")
def names_hostile_text(subject: NamerSubject) -> None:
    """Words and members come from users: markup, escape sequences, several lines."""
    known = subject.inputs()
    first, *others = known.clusters
    odd = replace(
        first,
        phrases=(Phrase(HOSTILE, 1.0, ROWS), Phrase("", 0.5, 1)),
        typical=(Example(HOSTILE, HOSTILE), Example("", "")),
    )
    subject.named("hostile text", replace(known, clusters=(odd, *others)))


@check("namer")
def names_as_numbered(subject: NamerSubject) -> None:
    """Numbers of clusters may have gaps, and come by size; a name has to stay with its own."""
    known = subject.inputs()
    number = {cluster.cluster: 7 * cluster.cluster + 2 for cluster in known.clusters}
    moved = tuple(
        replace(
            cluster,
            cluster=number[cluster.cluster],
            siblings=tuple(number[other] for other in cluster.siblings),
        )
        for cluster in reversed(known.clusters)
    )
    before = subject.named("three clusters", known)
    after = subject.named("other numbers", replace(known, clusters=moved))
    wrong = [c for c in before if number[c] not in after or after[number[c]].name != before[c].name]
    require(not wrong, f"other numbers and another order change the names of {wrong}")


@check("namer")
def names_accounted(subject: NamerSubject) -> None:
    """The run folder and the report show what names were made from, and how many rows were sent."""
    made, known = subject.make(), subject.inputs()
    with failing("{}"):
        made.prepare([known], subject.context)
        made.names(known, subject.context)
        guard.tables(made.tables())
        guard.lines(made.warnings())
        sent = guard.count(made.sent(), "sent()")
    to = subject.spec.sends_rows_to
    fields = subject.spec.params.model_fields
    require(not to or to in fields, f"sends_rows_to is {to!r}, and there is no such parameter")
    require(to or not sent, "it sends rows, and its spec does not say where to: sends_rows_to")


@check("namer")
def names_repeat_from_replies(subject: NamerSubject) -> None:
    """A run is repeated without a network: what was replied once is not asked for again."""
    skip_if(not subject.spec.sends_rows_to, "it sends nothing")
    replies, known = RepliesInMemory(), subject.inputs()
    context = replace(subject.context, replies=replies)
    before = subject.make().names(known, context)
    require(not before or replies.replies, "it stores no reply in context.replies")
    stored = dict(replies.replies)
    after = subject.make().names(known, context)
    require(replies.replies == stored, "it asks again for what has been replied")
    require(same(dict(before), dict(after)), "from the same replies it makes other names")
