"""Encoders on small data, and the checks that are theirs."""

from __future__ import annotations

from typing import Any

import numpy as np

from clusterforge.contracts import Context, Encoder, FloatArray, Table, View
from clusterforge.errors import InputError
from clusterforge.models import guard
from clusterforge.models.build import build_encoder, uses_labels
from clusterforge.specs import Content, EncoderSpec
from clusterforge.testing.check import Failure, NotApplicable, check, require
from clusterforge.testing.samples import GROUPS, Sample, sample
from clusterforge.testing.subject import Arrays, Subject, same

PREFERRED: tuple[Content, ...] = ("embedding", "table", "image", "text")
TOLERANCE = 1e-3  # of the largest value: other batches, other roundings
FEW = 5


class EncoderSubject(Subject[EncoderSpec]):
    """An encoder on three groups of rows, of the first content that it takes."""

    @property
    def content(self) -> Content:
        """What it is tried on."""
        found = [content for content in PREFERRED if content in self.takes]
        return self.wanted or (found or ["embedding"])[0]

    @property
    def takes(self) -> frozenset[Content]:
        """What it takes with these parameters: a backbone stands before it."""
        backbone = getattr(self.params, "backbone", None)
        if backbone is None:
            return self.spec.takes
        below = self.registry.find("encoder", backbone.use).spec
        return below.takes if isinstance(below, EncoderSpec) else frozenset()

    def make(self) -> Encoder[Any]:
        """Return a fresh encoder, as the core builds it."""
        return build_encoder(self.entry, self.registry)

    def inputs(self) -> View:
        """Return the rows to fit."""
        return self.view(sample(self.content), fitted=True)

    def view(self, found: Sample, content: Content | None = None, *, fitted: bool = False) -> View:
        """Return the view of a sample; with labels where it is fitted and needs them."""
        behind = (content or self.content) == "embedding"
        labels = fitted and uses_labels(self.entry, self.registry)
        return View(
            items=Table(np.zeros((len(found.items), 1), np.float32)) if behind else found.items,
            embedding=found.matrix() if behind else None,
            labels=found.groups if labels else None,
            n_classes=GROUPS if labels else None,
        )

    def start(self, made: Encoder[Any], inputs: View, context: Context) -> Arrays:
        """Fit and encode the same rows."""
        embedding = made.fit_encode(inputs, context)
        soft = made.assign(embedding)
        return {"embedding": embedding} | ({} if soft is None else {"soft": soft})

    def later(self, made: Encoder[Any], context: Context) -> Arrays:
        """Encode new rows, where the spec says that it can."""
        if not self.spec.inductive:
            return {}
        return {"encoded": made.encode(self.view(sample(self.content, "new")), context)}


def checked_embedding(values: Any, rows: int) -> FloatArray:
    """Return an embedding as the core accepts it; anything else is a failure."""
    try:
        return guard.embedding(values, rows)
    except guard.WrongAnswer as error:
        raise Failure(str(error)) from error


@check("encoder")
def embedding_shape(subject: EncoderSubject) -> None:
    """What comes next takes float32 (n, d), finite, with the same d for every split."""
    found = subject.base.answer
    train = checked_embedding(found["embedding"], len(sample(subject.content).items))
    if "encoded" in found:
        new = checked_embedding(found["encoded"], len(sample(subject.content, "new").items))
        require(train.shape[1] == new.shape[1], f"d is {train.shape[1]}, then {new.shape[1]}")


@check("encoder")
def assignment_shape(subject: EncoderSubject) -> None:
    """A soft assignment is float32 (n, k), rows of shares that sum to 1, for the clusterer head."""
    soft = subject.base.answer.get("soft")
    if soft is None:
        raise NotApplicable("it has no assignment of its own")
    soft = checked_embedding(soft, len(subject.base.answer["embedding"]))
    require((soft >= 0).all(), "a share is negative")
    require(np.allclose(soft.sum(axis=1), 1, atol=1e-3), "the shares of a row do not sum to 1")


@check("encoder")
def report_typed(subject: EncoderSubject) -> None:
    """What became of a fit is stored: epochs, warnings, layers, and some rows after each phase."""
    try:
        guard.fit_report(subject.base.made.report(), len(sample(subject.content).items))
    except guard.WrongAnswer as error:
        raise Failure(str(error)) from error


@check("encoder")
def reconstruction_fits(subject: EncoderSubject) -> None:
    """What is made again of the embedding is shown next to the rows, value by value."""
    view = subject.view(sample(subject.content))
    if not subject.spec.inductive or subject.content == "text":
        raise NotApplicable("it takes text, or is not inductive")
    found = subject.base.made.reconstruct(view, subject.context)
    if found is None:
        raise NotApplicable("it does not reconstruct")
    shape = checked_embedding(found, len(view)).shape
    require(shape == view.rows().shape, f"rows are {view.rows().shape}, made again {shape}")


@check("encoder")
def inductive_honest(subject: EncoderSubject) -> None:
    """One that can't encode new rows is for pictures only; the core believes the spec."""
    made, new = subject.base.made, subject.view(sample(subject.content, "new"))
    try:
        encoded = made.encode(new, subject.context)
    except InputError as error:
        require(not subject.spec.inductive, f"inductive, but it refuses new rows: {error}")
        return
    except Exception as error:
        require(not subject.spec.inductive, f"inductive, but encode raises {error!r}")
        raise Failure(f"encode has to refuse with an InputError, not {error!r}") from error
    require(subject.spec.inductive, "not inductive, but it encodes new rows")
    require(len(encoded) == len(new), f"{len(new)} new rows give {len(encoded)}")


@check("encoder")
def fit_encode_agrees(subject: EncoderSubject) -> None:
    """The core fits and then encodes each split; `fit_encode` is a short cut, not another answer."""
    if not subject.spec.inductive:
        raise NotApplicable("it is not inductive")
    expected, made = subject.base.answer["embedding"], subject.make()
    made.fit(subject.inputs(), subject.context)
    encoded = made.encode(subject.view(sample(subject.content)), subject.context)
    require(same(expected, encoded), "fit and encode give another embedding than fit_encode")


@check("encoder")
def rows_independent(subject: EncoderSubject) -> None:
    """A row is encoded the same alone, among others and in another order, up to rounding."""
    found = subject.base.answer.get("encoded")
    if found is None:
        raise NotApplicable("it is not inductive")
    scale = max(float(np.abs(found).max()), 1e-6)
    last = len(found) - 1
    for rows in (np.arange(FEW), np.array([0]), np.arange(last, -1, -1)):
        part = subject.view(sample(subject.content, "new").take(rows))
        alone = subject.base.made.encode(part, subject.context)
        gap = float(np.abs(alone - found[rows]).max()) / scale
        require(gap <= TOLERANCE, f"{len(rows)} rows on their own differ by {gap:.2g} of the scale")


@check("encoder")
def takes_honest(subject: EncoderSubject) -> None:
    """The core sends an encoder everything that its spec says it takes."""
    require(subject.takes, "its spec says that it takes nothing")
    subject.base  # noqa: B018 - on what it prefers
    for content in sorted({subject.wanted} if subject.wanted else subject.takes):
        made = subject.make()
        view = subject.view(sample(content), content, fitted=True)
        try:
            embedding = made.fit_encode(view, subject.context)
        except Exception as error:
            raise Failure(f"it says that it takes {content}, but raises {error!r}") from error
        require(len(embedding) == len(view), f"{len(view)} {content} give {len(embedding)} rows")
