"""A function of rows and labels as a metric."""

from __future__ import annotations

from typing import Any

from clusterforge.contracts import Clustering, Metric, Noise, Score
from clusterforge.errors import Undefined
from clusterforge.params import Params


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
            Where the function raises ValueError: that is how scikit-learn's say so.
        """
        given = self.params.model_dump(exclude_unset=True)
        function = self.target
        if isinstance(function, type):
            function, given = function(**given), {}
        given.pop("object", None)
        given |= {name: getattr(clustering, what) for name, what in self.takes.items()}
        try:
            found: float | Score | dict[Noise, Score] = function(**given)
        except ValueError as error:
            raise Undefined(" ".join(str(error).split())[:300]) from error
        return found
