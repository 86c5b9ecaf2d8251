"""Encoders on small data, and the checks that are theirs; those of trained ones stand last."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from clusterforge.contracts import Context, Encoder, FloatArray, Table, View
from clusterforge.errors import InputError
from clusterforge.models import guard
from clusterforge.models.build import build_encoder, uses_labels
from clusterforge.phases import Phase, TrainedParams
from clusterforge.recipe.phase_rules import phase_problems
from clusterforge.specs import Content, EncoderSpec
from clusterforge.testing.check import Failure, NotApplicable, check, failing, require, skip_if
from clusterforge.testing.samples import GROUPS, Sample, behind_rows, sample
from clusterforge.testing.subject import Arrays, Subject, same

if TYPE_CHECKING:
    from clusterforge.training import NetworkEncoder

PREFERRED: tuple[Content, ...] = ("embedding", "mixed", "table", "image", "text")
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
        items = Table(np.zeros((len(found.items), 1), np.float32)) if behind else found.items
        for raw in self.spec.also_reads:
            items = behind_rows(raw, found)
        return View(
            items=items,
            embedding=found.matrix() if behind else None,
            labels=found.groups if labels else None,
            n_classes=GROUPS if labels else None,
        )

    def start(self, made: Encoder[Any], inputs: View, context: Context) -> Arrays:
        """Fit and encode the same rows."""
        embedding = made.fit_encode(inputs, context)
        soft = made.assign(embedding)
        return {"embedding": embedding} | ({} if soft is None else {"soft": soft})

    def later(self, made: Any, context: Context, found: Sample | None = None) -> Arrays:
        """Encode new rows, where the spec says that it can."""
        if not self.spec.inductive:
            return {}
        return {"encoded": made.encode(self.view(found or sample(self.content, "new")), context)}


def checked_embedding(values: Any, rows: int) -> FloatArray:
    """Return an embedding as the core accepts it; anything else is a failure."""
    return guard.embedding(values, rows)


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
    guard.fit_report(subject.base.made.report(), len(sample(subject.content).items))


@check("encoder")
def shortfalls_typed(subject: EncoderSubject) -> None:
    """Rows that are not read in full are counted, and no more than there are."""
    guard.shortfalls(subject.base.made.shortfalls(), len(sample(subject.content, "new").items))


@check("encoder")
def reconstruction_fits(subject: EncoderSubject) -> None:
    """What is made again of the embedding is shown next to the rows, value by value."""
    view = subject.view(sample(subject.content))
    skip_if(
        not subject.spec.inductive or subject.content == "text",
        "it takes text, or is not inductive",
    )
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
    skip_if(not subject.spec.inductive, "it is not inductive")
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
        with failing(f"it says that it takes {content}, but raises {{!r}}"):
            embedding = made.fit_encode(view, subject.context)
        require(len(embedding) == len(view), f"{len(view)} {content} give {len(embedding)} rows")


EPOCHS, BATCH = 30, 20
FALL = 0.01  # of the first epoch's loss


@check("encoder")
def network_built(subject: EncoderSubject) -> None:
    """The core trains and stores the parameters of the network that `build` returns."""
    _trained(subject)
    import torch

    from clusterforge.contracts.training import Network
    from clusterforge.training.inputs import Subset, side_outputs

    skip_if(
        getattr(subject.params, "backbone", None), "what its network takes is the backbone's to say"
    )
    inputs, network = _built(subject)
    require(isinstance(network, Network), f"build gave {type(network).__name__}, not a Network")
    require(list(network.parameters()), "its network has no parameters")
    z = network.eval().encode(inputs.take(torch.arange(4)))
    shape = tuple(z.shape)
    require(len(shape) == 2 and shape[0] == 4, f"4 rows are encoded to shape {shape}")
    gives, says = side_outputs(network, Subset(inputs, torch.arange(4))), subject.spec.outputs
    require(
        says is None or gives == says,
        f"its spec says outputs={sorted(says or ())}, its network gives {sorted(gives)}",
    )


@check("encoder")
def network_replayed(subject: EncoderSubject) -> None:
    """Steps of a network that says replayable are recorded once; Python does not run in those after it."""
    _trained(subject)
    import torch

    from clusterforge.testing.tape import three_times
    from clusterforge.training.seeds import seeded

    skip_if(getattr(subject.params, "backbone", None), "the rows of a backbone are streamed")
    skip_if(
        not vars(type(_built(subject)[1])).get("replayable"), "its network does not say replayable"
    )

    def third(*, replayed: bool) -> list[torch.Tensor]:
        with seeded(torch.device("cpu"), 0, "network"):
            inputs, network = _built(subject)
        rows = inputs.take(torch.arange(8))
        learning, found = list(network.parameters()), list[torch.Tensor]()

        def before(number: int) -> None:
            rows.copy_(torch.roll(rows, 1, dims=0))

        def step() -> None:
            encoded = network(rows)
            z = encoded if isinstance(encoded, torch.Tensor) else encoded.z
            gradients = torch.autograd.grad(z.square().sum(), learning, allow_unused=True)
            found[:] = [z, *(each for each in gradients if each is not None)]

        three_times(step, before, replayed=replayed)
        return found

    with failing("a step can't be recorded: {!r}"):
        pairs = list(zip(third(replayed=True), third(replayed=False), strict=True))
    alike = all(torch.equal(*pair) for pair in pairs)
    require(alike, "a replayed step gives another embedding or gradient than its Python")


def _built(subject: EncoderSubject) -> tuple[Any, Any]:
    """Return the rows as its network takes them, and the network, new."""
    import torch

    from clusterforge.training.inputs import rows_of

    device, plugin = torch.device("cpu"), subject.target(subject.params)
    view = subject.view(sample(subject.content))
    view = replace(view, embedding=None) if subject.spec.also_reads else view
    inputs = plugin.inputs(view, device) or rows_of(view, device, plugin.image_range())
    return inputs, plugin.build(tuple(inputs.shape))


@check("encoder")
def phases_known(subject: EncoderSubject) -> None:
    """Phases name losses that are installed, with parameters that those losses have."""
    _trained(subject)
    if not isinstance(subject.params, TrainedParams):
        raise Failure("its parameters build on no TrainedParams")
    phases = subject.params.own_phases()
    require(isinstance(phases, tuple) and phases, "own_phases() returns no tuple of phases")
    for phase in phases:
        require(isinstance(phase, Phase), f"own_phases() returns a {type(phase).__name__}")
        for kind, use in phase.plugins():
            with failing(f"phase {phase.title}: {{}}"):
                plugin = subject.registry.find(kind, use.use)
                plugin.spec.params.model_validate(use.own)
    found = phase_problems(
        subject.params, subject.spec, lambda kind, use: subject.registry.find(kind, use.use).spec
    )
    for problem in found:
        raise Failure(f"a recipe that names it alone is refused: {problem}")


@check("encoder")
def training_lowers_loss(subject: EncoderSubject) -> None:
    """A network that does not learn from its first phase has no path from loss to weights, or dead units."""
    _trained(subject)
    subject.base  # noqa: B018 - it trains at all
    first = _first_phase(subject)
    first.fit(subject.inputs(), subject.context)
    report = first.report()
    losses = [epoch.values.get("loss", np.nan) for epoch in report.history]
    require(bool(np.isfinite(losses).all()), "the loss is not finite")
    require(not report.warnings, "; ".join(report.warnings))
    start, end = losses[0], float(np.mean(losses[-5:]))
    require(
        end < start - FALL * abs(start),
        f"{len(losses)} epochs bring the loss from {start:.4g} to {end:.4g}",
    )


def _trained(subject: EncoderSubject) -> None:
    skip_if(not subject.spec.trained, "it is not trained in phases")


def _first_phase(subject: EncoderSubject) -> NetworkEncoder:
    """Return the encoder with its first phase only, made short."""
    assert isinstance(subject.params, TrainedParams)
    few = {"patience": None, "epochs": EPOCHS, "batch": BATCH}
    first = subject.params.phases[0].model_copy(update=few)
    params = subject.params.model_copy(update={"phase": (first,)})
    found: Any = build_encoder(replace(subject.entry, params=params), subject.registry)
    return found  # type: ignore[no-any-return]
