"""Metrics: a clustering in, a score out.

The smallest complete metric plugin::

    class Balance(Metric[BalanceParams]):
        def score(self, clustering):
            sizes = np.bincount(clustering.labels)
            if len(sizes) < 2:
                raise Undefined("one cluster only")
            return float(sizes.min() / sizes.max())
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal

import numpy.typing as npt

from clusterforge.contracts.corpus import FloatArray, IntArray, P

Noise = Literal["excluded", "cluster", "singletons"]


@dataclass(frozen=True)
class Clustering:
    """What a metric scores.

    Parameters
    ----------
    embedding
        float32 (n, d).
    labels
        int64 (n,); -1 (noise) occurs only where the metric's spec says ``noise = "raw"`` or
        ``"own"``.
    truth
        True labels int64 (n,) without -1, where the metric needs them.
    soft
        float32 (n, k): the encoder's own soft assignment, where there is one.
    device
        Where heavy arithmetic may run.
    """

    embedding: FloatArray
    labels: IntArray
    truth: IntArray | None = None
    soft: FloatArray | None = None
    device: str = "cpu"


@dataclass(frozen=True)
class Score:
    """A value and how it was come by.

    Parameters
    ----------
    value
        The score, or None where it is undefined.
    exact
        False where it was estimated from a sample of the rows.
    reason
        Why it is undefined, or what an estimate rests on.
    values
        Float (n,), where the score is a mean over rows: the value of each row, nan for one that is
        not part of it. The score's interval comes from resampling them.
    """

    value: float | None
    exact: bool = True
    reason: str | None = None
    values: npt.NDArray[Any] | None = field(default=None, repr=False, compare=False)


class Metric(ABC, Generic[P]):
    """Base of metric plugins. The constructor stores its parameters."""

    def __init__(self, params: P) -> None:
        self.params = params

    @abstractmethod
    def score(self, clustering: Clustering) -> float | Score | Mapping[Noise, Score]:
        """Return the score; a mapping from treatment of noise where the spec says ``own``.

        Raises
        ------
        Undefined
            Where there is no score (one cluster only, say); the message is the reason.
        """
