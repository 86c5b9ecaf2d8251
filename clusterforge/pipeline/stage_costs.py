"""What the core's own stages cost: reading, scores, refits, explanations, the report."""

from __future__ import annotations

from dataclasses import replace

from clusterforge.contracts import ItemKind
from clusterforge.contracts.copies import ROWS
from clusterforge.costs import Cost, Size
from clusterforge.params import CountsClusters
from clusterforge.pipeline.sample import noise_rows
from clusterforge.recipe import Entry
from clusterforge.recipe.tables import Evaluation
from clusterforge.specs import ClustererSpec

START = Cost(6.0, memory=580e6)
"""Libraries that every run imports."""

READ = {"text": 3e-5, "image": 9e-5, "table": 2e-6}  # seconds per row
READ_VALUE = {"text": 2e-8, "image": 1.5e-8, "table": 3e-8}  # seconds per character, or value
EXPLAINED = {"text": 3e-5, "image": 2e-6, "table": 4e-6}  # seconds per row and clustering
PAGE = 0.6  # seconds of the report
KINDS_OF_NOISE = 2
DRAWN = 0.6  # share of the draws that are needed, on average


def reading(size: Size, content: ItemKind) -> Cost:
    """Return the cost of reading, decoding and hashing the rows."""
    values = size.characters if content == "text" else size.width
    each = READ[content] + values * READ_VALUE[content]
    return Cost(0.05 + size.every * each, memory=size.every * held(size, content))


def held(size: Size, content: ItemKind) -> float:
    """Return the bytes of one row in memory."""
    if content == "text":
        return 1.1 * size.characters + 130
    if size.in_files:
        return 60
    return 60 + size.width * (1 if content == "image" else 8)


def refits(entry: Entry, size: Size, evaluation: Evaluation) -> Cost | None:
    """Return the cost of the fits that stability, prediction strength and chance are judged by.

    Parameters
    ----------
    entry
        The clusterer.
    size
        The rows that it clusters.
    evaluation
        What the recipe asks for.
    """
    spec = entry.spec(ClustererSpec)
    if spec.needs_head or not evaluation.refits:
        return Cost(0.05)
    if spec.costs is None:
        return None
    rows = min(size.rows, evaluation.rows)
    kinds = 2 if spec.stochastic else 1
    often = kinds * evaluation.refits + (1 if size.others else 0) + 1
    fitted = fixed(entry, size.clusters)
    fit = spec.costs(fitted.params, replace(size, rows=rows, others=round(0.4 * rows), exact=False))
    counted = isinstance(entry.params, CountsClusters) and entry.params.n_clusters is not None
    few = noise_rows(size.rows, size.width, size.clusters, counted=counted, most=evaluation.rows)
    noise = spec.costs(fitted.params, replace(size, rows=few, others=0, exact=False))
    if fit is None or noise is None:
        return None
    draws = evaluation.null_draws * KINDS_OF_NOISE if few >= 50 and not size.bases else 0
    depths = Cost(0.004 + few * size.width * 2e-8)
    resampled = Cost(size.every * evaluation.resamples * 1.5e-8)
    cost = fit.times(often) + (noise + depths).times(DRAWN * draws) + resampled
    return replace(cost, start=0.0)


def fixed(entry: Entry, clusters: int) -> Entry:
    """Return a clusterer with a number of clusters in the place of ``"auto"``, as refits have it."""
    params = entry.params
    if isinstance(params, CountsClusters) and params.n_clusters == "auto":
        params = params.model_copy(update={"n_clusters": clusters})
    return replace(entry, params=params)


def phases(first: Size, last: Size, number: int) -> Cost:
    """Return the cost of k-means and scores of the input, and of the embedding after each phase.

    Parameters
    ----------
    first, last
        The rows before and after training.
    number
        Number of phases, of encoders that have several.
    """
    if not number:
        return Cost(0.01)
    rows = min(first.rows, 5_000)
    values = rows * (first.width + number * last.width) * 200
    return Cost(0.1 * (1 + number) + values * 6e-9, (1 + number) * float(rows) ** 2 * 400)


def contents(size: Size, content: ItemKind) -> Cost:
    """Return the cost of looking for copies among the rows."""
    each, near = {"text": (2e-5, 3e-4), "image": (5e-6, 2e-4), "table": (2e-6, 1e-5)}[content]
    compared = size.every if size.every <= ROWS else 0
    return Cost(0.05 + size.every * each + compared * near)


def explanations(size: Size, content: ItemKind, clusterings: int) -> Cost:
    """Return the cost of typical members, words, features and layers."""
    words = size.rows * size.characters * 6e-7 if content == "text" else 0.0
    each = size.rows * (EXPLAINED[content] + size.width * 3e-9) + size.clusters * 0.01
    return Cost(0.1 + words + clusterings * each)


def report(size: Size, content: ItemKind, clusterings: int, *, figures: bool) -> Cost:
    """Return the cost of the page, and of its figures as files."""
    drawn = 12.0 if figures else 0.0
    return Cost(PAGE + drawn + clusterings * (0.1 + size.clusters * 0.01) + size.every * 2e-6)
