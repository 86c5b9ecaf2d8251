"""Right and wrong namers."""

from __future__ import annotations

from clusterforge.contracts import Name, Namer
from clusterforge.params import Field, Params
from clusterforge.specs import NamerSpec
from tests.testing.wrong_plugins.listing import Listing


class FirstParams(Params):
    pass


class UrlParams(Params):
    url: str = Field("http://localhost", description="Where rows go.")


LISTING = Listing(
    NamerSpec(
        "first",
        "The strongest phrase of each cluster.",
        FirstParams,
        "tests.testing.wrong_plugins.namers:First",
    )
)


class First(Namer[FirstParams]):
    def names(self, evidence, context):
        return {
            cluster.cluster: Name(cluster.phrases[0].text)
            for cluster in evidence.clusters
            if cluster.phrases
        }


@LISTING.add("names-every-content")
class TextsOnly(First):
    def names(self, evidence, context):
        if evidence.content != "text":
            raise KeyError(evidence.content)
        return super().names(evidence, context)


@LISTING.add("names-with-little")
class NeverAlone(First):
    def names(self, evidence, context):
        largest = max(cluster.rows for cluster in evidence.clusters)
        return super().names(evidence, context) if largest else {}


@LISTING.add("names-hostile-text")
class WordsOnly(First):
    def names(self, evidence, context):
        for cluster in evidence.clusters:
            for phrase in cluster.phrases:
                if not phrase.text.isalpha():
                    raise ValueError(phrase.text)
        return super().names(evidence, context)


@LISTING.add("names-as-numbered")
class InOrder(First):
    def names(self, evidence, context):
        names = super().names(evidence, context)
        return dict(zip(sorted(names), names.values(), strict=True))


@LISTING.add("names-accounted")
class SendsInSecret(First):
    def sent(self):
        return 3


@LISTING.add("names-repeat-from-replies", params=UrlParams, sends_rows_to="url")
class AsksAgain(First):
    asked = 0

    def names(self, evidence, context):
        if context.replies is not None:
            AsksAgain.asked += 1
            context.replies.save(f"request {AsksAgain.asked}", "reply")
        return super().names(evidence, context)
