"""The checks that are for losses. Imports torch."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from clusterforge.testing.check import check, failing, require, skip_if
from clusterforge.testing.lessons import (
    ROWS,
    Autoencoding,
    Encoding,
    LossSubject,
    called,
    changed,
    lesson,
    number,
    split_scope,
)
from clusterforge.testing.tape import three_times

TOLERANCE = 1e-4
STEPS = (1e-2, 1e-3, 1e-4)
SLOPE = (0.5, 2.0)  # of the gradient's length: rounding is coarse
CUTS = (Tensor.detach, Tensor.data.__get__)  # type: ignore[attr-defined]


@check("loss")
def loss_scalar(subject: LossSubject) -> None:
    """The loop adds up weighted losses: each is one finite number."""
    value = subject.base.answer["value"]
    require(value.shape == (), f"the value has shape {value.shape}")
    require(np.isfinite(value), f"the value is {value}")


@check("loss")
def gradient_reaches_network(subject: LossSubject) -> None:
    """Without a gradient to the weights of the network, nothing is learnt."""
    found = subject.base.answer
    own = [name for name in found if name.startswith("gradient.down")]
    require(own, "no gradient reaches the encoder's weights")
    require(all(np.isfinite(found[name]).all() for name in own), "a gradient is not finite")
    require(any(found[name].any() for name in own), "all gradients are zero")


@check("loss")
def own_parameters_learn(subject: LossSubject) -> None:
    """Parameters that a loss declares are given to the optimiser, and need a gradient."""
    made, given = subject.ready()
    known = {*map(id, made.parameters()), *map(id, given.network.parameters())}
    for name, part in vars(made).items():
        own = [*part.parameters()] if isinstance(part, nn.Module) else [part]
        kept = [p for p in own if isinstance(p, nn.Parameter) and p.requires_grad]
        require(
            known.issuperset(map(id, kept)),
            f"{name} is trainable and not among what parameters() returns, so that it is not trained",
        )
    count = len(list(subject.base.made.parameters()))
    skip_if(not count, "it has no parameters of its own")
    found = subject.base.answer
    dead = [i for i in range(count) if f"gradient.own.{i}" not in found]
    require(not dead, f"no gradient reaches its parameters {dead} of {count}")


@check("loss")
def gradient_true(subject: LossSubject) -> None:
    """The value has to fall the way that the gradient says: tolerant, in float64 if it can."""
    try:
        slopes = _slopes(subject, torch.float64)
    except RuntimeError:  # it makes float32 of something, and can't mix the two
        slopes = _slopes(subject, torch.float32)
    good = any(SLOPE[0] <= slope <= SLOPE[1] for slope in slopes)
    require(good, f"the value moves {slopes[0]:.3g} times as fast as its gradient says")


def _slopes(subject: LossSubject, dtype: torch.dtype) -> list[float]:
    """Return how fast the value moves along its gradient, as shares of the gradient's length.

    What the loss takes out of the graph is a constant to its gradient, and stays what it is.
    """
    made, given = subject.ready()
    given.network.to(dtype)
    for parameter in made.parameters():
        parameter.data = parameter.data.to(dtype)
    _, gradients = subject.step(made, given, subject.context)
    moving = {n: p for n, p in given.network.named_parameters() if n in gradients}
    length = math.sqrt(sum(float(gradients[name].square().sum()) for name in moving))
    skip_if(not length, "no gradient reaches the network")

    def at(step: float, held: Held) -> float:
        with torch.no_grad(), _moved(moving, gradients, step / length), torch.enable_grad():
            batch = subject.batch(given)
            with held:
                return called(made, batch)

    found = []
    # What runs without a gradient may be a target, or the forward of an autograd function.
    for unrecorded in (False, True):
        held = Held(unrecorded)
        at(0, held)
        found += [(at(step, held) - at(-step, held)) / (2 * step) / length for step in STEPS]
    return found


class Held(TorchFunctionMode):
    """Gives again, in every use but the first, the tensors that were taken out of the graph.

    Parameters
    ----------
    unrecorded
        Whether what is computed under ``torch.no_grad`` is such a tensor too.
    """

    def __init__(self, unrecorded: bool) -> None:
        super().__init__()
        self.unrecorded = unrecorded
        self.kept: list[Tensor] = []
        self.uses = self.at = 0

    def __enter__(self) -> Held:
        self.uses, self.at = self.uses + 1, 0
        super().__enter__()  # type: ignore[no-untyped-call]
        return self

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Call a function of torch, and keep what it answers or give what is kept."""
        answer = func(*args, **(kwargs or {}))
        cut = func in CUTS or (self.unrecorded and not torch.is_grad_enabled())
        if not (cut and isinstance(answer, Tensor)):
            return answer
        if self.uses == 1:
            self.kept.append(answer.clone())
        elif self.at < len(self.kept) and self.kept[self.at].shape == answer.shape:
            answer = self.kept[self.at].clone()
        self.at += 1
        return answer


@contextmanager
def _moved(
    parameters: dict[str, nn.Parameter], by: dict[str, Tensor], factor: float
) -> Iterator[None]:
    before = {name: parameter.clone() for name, parameter in parameters.items()}
    for name, parameter in parameters.items():
        parameter.add_(by[name], alpha=factor)
    try:
        yield
    finally:
        for name, parameter in parameters.items():
            parameter.copy_(before[name])


@check("loss")
def batch_order_ignored(subject: LossSubject) -> None:
    """The rows of a batch come in a random order, which must not change its loss."""
    made, given = subject.ready()
    order = np.random.default_rng(2).permutation(ROWS)
    with torch.no_grad():
        straight = subject.batch(given)
        one, other = (
            called(made, batch)
            for batch in (straight, changed(straight, lambda tensor: tensor[order]))
        )
    gap = abs(one - other)
    require(gap <= TOLERANCE * max(1, abs(one)), f"another order: {one:g} becomes {other:g}")


@check("loss")
def held_out_rows(subject: LossSubject) -> None:
    """Rows held out to validate have no place in the split (-1) and get no gradient."""
    made, given = subject.ready()
    before = {name: np.array(value) for name, value in made.state().arrays.items()}
    with torch.no_grad():
        batch = subject.batch(given)
        value = called(made, replace(batch, rows=torch.full_like(batch.rows, -1)))
    require(math.isfinite(value), f"held-out rows give {value}")
    after = made.state().arrays
    moved = [name for name, value in before.items() if not np.array_equal(value, after[name])]
    require(not moved, f"validation changes {', '.join(moved)}")


@check("loss")
def unlabelled_rows(subject: LossSubject) -> None:
    """A label of -1 means that there is none; a batch may hold nothing else."""
    skip_if(not subject.spec.needs_labels, "it reads no labels")
    made, given = subject.ready()
    for share, every in (("half", 2), ("all", 1)):
        batch = subject.batch(given)
        assert batch.labels is not None
        batch.labels[::every] = -1
        value = called(made, batch)
        require(math.isfinite(value), f"{share} of the rows unlabelled: {value}")


@check("loss")
def collapsed_batch(subject: LossSubject) -> None:
    """Equal rows have distance zero, whose root has no slope; NaN there ends the training."""
    given = subject.inputs()
    made, _ = subject.ready(given)
    given.rows[:] = given.rows[0]
    value, gradients = subject.step(made, given, subject.context)
    require(torch.isfinite(value).all(), f"a batch of equal rows gives {number(value):g}")
    bad = [name for name, found in gradients.items() if not torch.isfinite(found).all()]
    require(not bad, f"a batch of equal rows has a gradient that is not finite in {bad[:3]}")


@check("loss")
def needs_declared(subject: LossSubject) -> None:
    """A batch holds what the spec asks for and nothing else: labels, a decoder, views, pairs."""
    spec = subject.spec
    made, given = subject.ready(
        lesson(Autoencoding if spec.needs_decoder else Encoding, spec.needs_outputs)
    )
    batch = subject.batch(given)
    if not spec.needs_labels:
        batch.labels = None
    if spec.batch != "views":
        batch.views = ()
    if spec.batch != "pairs":
        batch.partner = batch.same = None
    if spec.batch != "triplets":
        batch.positive = batch.negative = None
    with failing("it needs what its spec does not declare: {!r}"):
        called(made, batch)


@check("loss")
def head_honest(subject: LossSubject) -> None:
    """The clusterer head reads the assignment of a loss whose spec says that it gives one."""
    made, given = subject.ready()
    with torch.no_grad():
        soft = made.assign(given.network.encode(torch.from_numpy(given.rows)))
    if not subject.spec.gives_head:
        require(soft is None, "it assigns, but its spec does not say gives_head")
        return
    require(soft is not None, "gives_head, but assign returns None")
    assert soft is not None
    require(soft.ndim == 2 and len(soft) == len(given.rows), f"shape {tuple(soft.shape)}")
    sums = soft.sum(dim=1)
    even = bool((soft >= 0).all()) and torch.allclose(sums, torch.ones_like(sums), atol=1e-3)
    require(even, "the shares of a row are negative or do not sum to 1")


@check("loss")
def replay_honest(subject: LossSubject) -> None:
    """Steps of a loss that says replayable are recorded once; Python does not run in those after it."""
    skip_if(not subject.spec.replayable, "it does not say replayable")

    def third(*, replayed: bool) -> list[Tensor]:
        """Return value and gradients of the third step: replayed, or as it is."""
        made, given = subject.ready()
        scope = split_scope(given, subject.context, labels=subject.spec.needs_labels)
        learning = [*given.network.parameters(), *made.parameters()]
        found: list[Tensor] = []
        rows = torch.from_numpy(given.rows)

        def before(number: int) -> None:
            rows.copy_(torch.roll(rows, 1, dims=1))
            made.before_step(number, scope)

        def step() -> None:
            value = made(subject.batch(given))
            gradients = torch.autograd.grad(value.sum(), learning, allow_unused=True)
            found[:] = [value, *(each for each in gradients if each is not None)]

        three_times(step, before, replayed=replayed)
        return found

    with failing("a step can't be recorded: {!r}"):
        pairs = zip(third(replayed=True), third(replayed=False), strict=True)
    alike = all(torch.equal(*pair) for pair in pairs)
    require(alike, "a replayed step gives another value or gradient than its Python")


@check("loss")
def values_finite(subject: LossSubject) -> None:
    """The values of an epoch go into the history, which is JSON."""
    made, given = subject.ready()
    subject.step(made, given, subject.context)
    for name, value in made.values().items():
        finite = isinstance(value, int | float) and math.isfinite(value)
        require(isinstance(name, str) and finite, f"{name!r} is {value!r}")
