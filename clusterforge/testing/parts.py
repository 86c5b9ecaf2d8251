"""Sources of pairs and augmentations under test, and the checks that are for them. Imports torch."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from clusterforge.contracts import Context, FloatArray
from clusterforge.contracts.training import Augmentation, PairSource
from clusterforge.specs import AugmentationSpec, PairSourceSpec
from clusterforge.testing.check import NotApplicable, check, require
from clusterforge.testing.lessons import CPU, ROWS, Autoencoding, Lesson, lesson
from clusterforge.testing.samples import GROUPS, sample
from clusterforge.testing.subject import Arrays, Subject
from clusterforge.training.inputs import Examples, SplitScope, TensorInputs
from clusterforge.training.seeds import generator, seeded


class PairsSubject(Subject[PairSourceSpec]):
    """A source of pairs on three groups of rows."""

    def inputs(self) -> Lesson:
        """Return a network and the training rows."""
        return lesson(Autoencoding)

    def start(self, made: PairSource[Any], inputs: Lesson, context: Context) -> Arrays:
        """Return the anchors and their partners; what the source leaves to the loop is left out."""
        labels = inputs.groups if self.spec.needs_labels else None
        scope = SplitScope(
            inputs.network,
            Examples(
                TensorInputs(torch.from_numpy(inputs.rows)),
                labels,
                lambda: inputs.rows,
                incoming=True,
            ),
            None if labels is None else GROUPS,
            seed=context.seed,
            device=CPU,
            precision="float32",
            rows=ROWS,
        )
        with seeded(CPU, context.seed, "pairs"):
            made.setup(scope)
            made.refresh(0, scope)
            anchors = made.anchors()
            rows = np.arange(len(scope)) if anchors is None else anchors
            rng = generator(context.seed, "pairs")
            answer = {
                "anchors": anchors,
                "positive": made.positive(rows, rng),
                "negative": made.negative(rows, rng),
            }
        return {name: value for name, value in answer.items() if value is not None}


class AugmentationSubject(Subject[AugmentationSpec]):
    """An augmentation on a batch of vectors."""

    def inputs(self) -> FloatArray:
        """Return the training rows: float32 (n, d)."""
        return sample("embedding").matrix()

    def start(self, made: Augmentation[Any], inputs: FloatArray, context: Context) -> Arrays:
        """Return a view of the rows."""
        x = torch.from_numpy(inputs)
        with seeded(CPU, context.seed, "views"):
            made.setup(TensorInputs(x))
            view = made(x)
        require(isinstance(view, Tensor), f"it returns {type(view).__name__}, no tensor")
        return {"view": view.numpy()}


@check("pairs")
def partners_are_rows(subject: PairsSubject) -> None:
    """The loop takes anchors and partners from the training rows, by their positions."""
    n, answer = len(subject.inputs().rows), subject.base.answer
    if not answer:
        raise NotApplicable("it leaves every partner to the loop")
    anchors = answer.get("anchors", np.arange(n))
    for name, rows in answer.items():
        kind = getattr(rows, "dtype", type(rows).__name__)
        require(kind == np.int64, f"{name} is {kind}, not int64")
        require(rows.ndim == 1, f"{name} has {rows.ndim} dimensions, not 1")
        require(len(rows) == len(anchors), f"{name} has {len(rows)} rows for {len(anchors)}")
        outside = rows[(rows < 0) | (rows >= n)]
        require(not len(outside), f"{name} names row {outside[:1]} of {n}")


@check("augmentation")
def views_like_rows(subject: AugmentationSubject) -> None:
    """The network takes views as it takes rows: of their shape and type, and finite."""
    rows, view = subject.inputs(), subject.base.answer["view"]
    require(view.shape == rows.shape, f"rows of shape {rows.shape} become {view.shape}")
    require(view.dtype == rows.dtype, f"rows of {rows.dtype} become {view.dtype}")
    require(np.isfinite(view).all(), "a view is not finite")
