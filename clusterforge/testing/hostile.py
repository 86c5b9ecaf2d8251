"""Checks of rows that no one hopes for: an :class:`InputError`, or an answer that is one."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from clusterforge.contracts import IntArray, Table, Texts
from clusterforge.errors import InputError
from clusterforge.testing.check import Failure, check, failing, require, skip_if
from clusterforge.testing.clusterers import ClustererSubject
from clusterforge.testing.encoders import EncoderSubject
from clusterforge.testing.samples import WIDTH, Sample, sample
from clusterforge.testing.subject import Arrays

AnySubject = ClustererSubject | EncoderSubject
ODD_TEXTS = (
    "",
    " ",
    "\n",
    "a" * 5000,
    "\x00\x1b[31m",
    "🙂🙃",
    "Ünïcödé",
    "日本語",
    "1 2 3",
    "the the",
)


@check("encoder", "clusterer")
def nan_rows(subject: AnySubject) -> None:
    """Data may hold NaN; the user is told, instead of reading a result that means nothing."""
    _with_value(subject, np.nan)


@check("encoder", "clusterer")
def infinite_rows(subject: AnySubject) -> None:
    """Data may hold infinity; the user is told, instead of reading a result that means nothing."""
    _with_value(subject, np.inf)


@check("encoder", "clusterer")
def no_rows_to_fit(subject: AnySubject) -> None:
    """A split may be empty after rows were dropped; that is the user's to know, not a traceback."""
    _fits(subject, _chosen(subject, np.arange(0)))


@check("encoder", "clusterer")
def no_new_rows(subject: AnySubject) -> None:
    """A held-out split may be empty, and its answer is empty too."""
    _answers(subject, _chosen(subject, np.arange(0), "new"))


@check("encoder", "clusterer")
def one_row(subject: AnySubject) -> None:
    """One row has no spread, no neighbour and no second cluster."""
    _fits(subject, _chosen(subject, np.arange(1)))


@check("encoder", "clusterer")
def constant_rows(subject: AnySubject) -> None:
    """Rows that are all the same have no spread to divide by."""
    _fits(subject, _chosen(subject, np.zeros(20, dtype=np.int64)))


@check("encoder", "clusterer")
def duplicate_rows(subject: AnySubject) -> None:
    """Equal rows have distance zero, which is a bad divisor."""
    _fits(subject, _chosen(subject, np.arange(48) % 4))


@check("encoder", "clusterer")
def wrong_width_refused(subject: AnySubject) -> None:
    """Rows of another width than the fit's come from another place, and an answer would be a lie."""
    skip_if(
        isinstance(subject, ClustererSubject) and subject.spec.needs_head,
        "it does not read the embedding",
    )
    skip_if(
        isinstance(subject, EncoderSubject) and subject.spec.also_reads,
        "it reads the items, not the embedding",
    )
    skip_if(
        isinstance(subject, EncoderSubject) and not subject.base.made.state().arrays,
        "it learns nothing from the rows of its fit",
    )
    _matrix(subject)
    for width in (1, WIDTH + 3):
        rows = np.full((6, width), 5, dtype=np.float32)
        with failing(f"{width} columns after {WIDTH} raise {{!r}}, not InputError"):
            try:
                with warnings.catch_warnings(action="ignore"):
                    _later(subject, Sample(Table(rows), np.arange(6) % 3))
            except InputError:
                continue
        raise Failure(f"{width} columns are answered after a fit on {WIDTH}")


@check("encoder")
def odd_texts(subject: EncoderSubject) -> None:
    """Texts come from users: empty, endless, in any script, with control characters."""
    skip_if("text" not in subject.takes, "it takes no text")
    texts = Sample(Texts(ODD_TEXTS), np.arange(len(ODD_TEXTS)) % 3)
    made = subject.make()
    with _allowed("odd texts"):
        embedding = made.fit_encode(subject.view(texts, "text", fitted=True), subject.context)
        _answered(embedding, len(ODD_TEXTS))


def _with_value(subject: AnySubject, value: float) -> None:
    _matrix(subject)
    for part, run in (("train", _fits), ("new", _answers)):
        found = _chosen(subject, np.arange(18), part)
        found.matrix()[5, 2] = value
        run(subject, found)


def _matrix(subject: AnySubject) -> None:
    numbers = subject.content in ("embedding", "table")
    skip_if(not numbers, f"it takes {subject.content}, which has no columns of numbers")


def _chosen(subject: AnySubject, rows: IntArray, part: str = "train") -> Sample:
    return sample(subject.content, part).take(rows)


def _fits(subject: AnySubject, found: Sample) -> None:
    """Fit on a sample: an InputError or a valid answer."""
    made, rows = subject.make(), len(found.items)
    with _allowed(f"a fit on {rows} such rows"):
        inputs: Any = subject.view(found, fitted=True)
        answer = subject.start(made, inputs, subject.context)
        for values in answer.values():
            _answered(values, rows)


def _answers(subject: AnySubject, found: Sample) -> None:
    """Ask for an answer to a sample of new rows: an InputError or a valid answer."""
    subject.base  # noqa: B018 - its own failure is no answer to these rows
    with _allowed(f"{len(found.items)} such new rows"):
        for values in _later(subject, found).values():
            _answered(values, len(found.items))


def _later(subject: AnySubject, found: Sample) -> Arrays:
    answer = subject.later(subject.base.made, subject.context, found)
    skip_if(not answer, "its spec says that it has no answer to new rows")
    return answer


def _answered(values: Any, rows: int) -> None:
    """Require an answer to every row, and nothing in it that is not a number."""
    require(len(values) == rows, f"{rows} such rows get {len(values)} answers")
    bad = int((~np.isfinite(values)).reshape(rows, -1).any(axis=1).sum()) if rows else 0
    require(not bad, f"the answer is not finite in {bad} of {rows} such rows")


@contextmanager
def _allowed(what: str) -> Iterator[None]:
    with failing(f"{what}: {{!r}}, neither InputError nor an answer"):
        try:
            with warnings.catch_warnings(action="ignore"):
                yield
        except InputError as error:
            require("\n" not in str(error), "the message of the InputError has several lines")
