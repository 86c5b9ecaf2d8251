"""One model, loaded once, that answers requests: rows in, what is known of each out."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from clusterforge.contracts import (
    Images,
    Items,
    Table,
    Texts,
    columns_of,
    embedding_of,
    parts_of,
)
from clusterforge.contracts.items import of_parts
from clusterforge.exporting import NEW_COLUMNS, Clusters, Record, placed
from clusterforge.models.image_rows import AnyImages
from clusterforge.pipeline.result import Run
from clusterforge.serving.limits import Limits
from clusterforge.serving.requests import (
    NewItems,
    PredictRequest,
    example,
    read_items,
)
from clusterforge.tables import UnseenValues

LOGGER = logging.getLogger("clusterforge")

EMPTY: Record = dict.fromkeys(NEW_COLUMNS)


class Predictor:
    """A run's model behind an endpoint.

    Parameters
    ----------
    run
        The run.
    clusterer
        Which one answers; default: as of :meth:`clusterforge.pipeline.result.Run.labelling`.
    limits
        What it accepts.

    Raises
    ------
    InputError
        Where no clusterer can label new rows, or a file that the model needs is missing.
    """

    def __init__(self, run: Run, clusterer: str | None, limits: Limits) -> None:
        self.model, self.limits = run.model, limits
        self.clusters = Clusters(run.files, run.labelling(clusterer))
        self.run = run.info.name
        self.example = example(self.model.form)
        self._warm_up()

    @property
    def clusterer(self) -> str:
        """The id of the clusterer."""
        return self.clusters.clusterer

    def _warm_up(self) -> None:
        """Answer once, which loads weights and places: no request waits for that."""
        level = LOGGER.level
        LOGGER.setLevel(logging.ERROR)  # nobody asked: what the encoders say of it is for nobody
        try:
            self.answer(self.read(PredictRequest.model_validate_json(json.dumps(self.example))))
        finally:
            LOGGER.setLevel(level)

    def read(self, request: PredictRequest) -> NewItems:
        """Return the rows of a request.

        Raises
        ------
        InputError
            Where they are not such rows as the model's.
        """
        with warnings.catch_warnings(record=True, action="always", category=UnseenValues) as caught:
            rows = read_items(request, self.model, self.limits)
        notes = [str(one.message) for one in caught if one.category is UnseenValues]
        return replace(rows, notes=tuple(notes))

    def answer(self, rows: NewItems) -> list[Record]:
        """Return what is known of each row, with the columns of ``predict --out``."""
        return self.answers([rows])[0]

    def answers(self, requests: Sequence[NewItems]) -> list[list[Record]]:
        """Return what is known of each row of several requests, computed together."""
        several = [request.items for request in requests if request.items is not None]
        known: list[Record] = []
        if several:
            with self.model.computing():
                points = self.model.points_of(joined(several))
                answer = self.model.answer(points, self.clusterer)
                known = placed(self.clusters, points, answer).records(self.clusters)
        rows = iter(known)
        return [
            [
                {**(next(rows) if reason is None else EMPTY), "left_out": reason}
                for reason in request.left_out
            ]
            for request in requests
        ]


def joined(several: Sequence[Items]) -> Items:
    """Return items of one form one after the other."""
    if len(several) == 1:
        return several[0]
    by_part = {name: [parts_of(items)[name] for items in several] for name in parts_of(several[0])}
    parts = {name: _joined_part(items) for name, items in by_part.items()}
    embeddings = [embedding for items in several if (embedding := embedding_of(items)) is not None]
    return of_parts(parts, np.concatenate(embeddings) if embeddings else None)


def _joined_part(several: Sequence[Items]) -> Items:
    first = several[0]
    taken: list[Any] = [items.take(np.arange(len(items))) for items in several]
    if first.content == "text":
        return Texts([text for texts in taken for text in texts])
    if first.content == "table":
        return Table(np.concatenate(taken), columns_of(first))
    if first.shape is not None and len({items.shape for items in several}) == 1:
        return Images(np.concatenate(taken))
    return AnyImages([image for images in taken for image in images])
