"""How much of held-out rows the encoders lose on the way."""

from __future__ import annotations

import numpy as np

from clusterforge.contracts import FloatArray, View, viewed
from clusterforge.contracts.items import SomeItems
from clusterforge.errors import InputError
from clusterforge.models import guard
from clusterforge.pipeline.encode import EncoderStage
from clusterforge.pipeline.sample import sample
from clusterforge.search.objectives.base import Judged, Objective, undefined
from clusterforge.search.records import ObjectiveRecord, ObjectiveValue

ROWS = 1_000
HELD_OUT = ("validation", "test")


class ReconstructionError(Objective):
    """The share of the variance of held-out rows that a decoder can't make again of their embedding."""

    def __init__(self, chooses: bool) -> None:
        self.record = ObjectiveRecord(
            name="reconstruction",
            title="reconstruction error",
            direction="lower",
            labels=False,
            chooses=chooses,
            about="Share of the variance of held-out rows that is lost; it judges the encoder alone.",
        )

    def judge(self, judged: Judged) -> ObjectiveValue:
        """Return the error of the last encoder that can decode: 0 is none, 1 that of the mean row."""
        splits = judged.fits.data.corpus.splits
        split = next((name for name in HELD_OUT if name in splits), None)
        if split is None:
            return undefined(
                "there are no held-out rows: the data set has no test or validation split"
            )
        for stage in reversed(judged.fits.chain):
            view = _held_out(stage, split)
            with guard.calling(stage.entry, stage.file):
                context = stage.session.context(stage.entry.stage)
                decoded = stage.fitted().reconstruct(view, context)
            if decoded is not None:
                return _error(view, decoded)
        return undefined("no encoder can decode its embedding")


def _held_out(stage: EncoderStage, split: str) -> View:
    items = stage.corpus.splits[split].items
    rows = sample(len(items), ROWS, 0)
    below = [encoder.embedding(split)[rows] for encoder in stage.below]
    return viewed(SomeItems(items, rows), below, stage.reads)


def _error(view: View, decoded: FloatArray) -> ObjectiveValue:
    try:
        target = view.rows().astype(np.float64)
    except InputError as error:
        return undefined(str(error))
    if decoded.shape != target.shape or not np.isfinite(decoded).all():
        return undefined("the decoder gives no rows to compare")
    spread = float(((target - target.mean(axis=0)) ** 2).sum())
    if not spread:
        return undefined("the held-out rows are all equal")
    return ObjectiveValue(value=float(((target - decoded) ** 2).sum()) / spread)
