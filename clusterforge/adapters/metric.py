"""A function of rows and labels as a metric."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from clusterforge.contracts import Clustering, Metric, Noise, Score
from clusterforge.errors import InputError, Undefined
from clusterforge.params import Params

TWO = 2


class FunctionMetric(Metric[Params]):
    """Any function, or class whose objects are called, with ``(X, labels)`` and maybe the truth.

    Attributes
    ----------
    target : callable
        The function, the class, or an object that can be called; set by a subclass.
    takes : dict
        Which of its parameters takes what: ``embedding``, ``labels``, ``truth``.
    """

    target: Any
    takes: dict[str, str]

    def score(self, clustering: Clustering) -> float | Score | dict[Noise, Score]:
        """Return what the function does.

        Raises
        ------
        Undefined
            Where the function raises ValueError on a clustering of fewer than 2 clusters or with a
            cluster for each row, or on a truth of one class: that is how scikit-learn's say so.
        InputError
            Where scikit-learn refuses a parameter.
        """
        arguments = self.params.model_dump(exclude_unset=True)
        function = self.target
        if isinstance(function, type):
            function, arguments = function(**arguments), {}
        arguments.pop("object", None)
        arguments |= {name: getattr(clustering, what) for name, what in self.takes.items()}
        try:
            result: float | Score | dict[Noise, Score] = function(**arguments)
        except ValueError as error:
            text = " ".join(str(error).split())[:300]
            named = re.match(r"The '(\w+)' parameter", text)
            if named and type(error).__name__ == "InvalidParameterError":
                raise InputError(text.rstrip("."), key=named[1]) from error
            if _degenerate(clustering):
                raise Undefined(text) from error
            raise
        return result


def _degenerate(clustering: Clustering) -> bool:
    clusters = len(np.unique(clustering.labels))
    truth = clustering.truth
    one_class = truth is not None and len(np.unique(truth)) < TWO
    return clusters < TWO or clusters == len(clustering.labels) or one_class
