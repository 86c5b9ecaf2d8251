"""What stands in a recipe where its data set was: the rows are given to ``fit``."""

from __future__ import annotations

from clusterforge.contracts import Context, Corpus, Dataset
from clusterforge.errors import InputError
from clusterforge.params import Params


class Given(Dataset[Params]):
    """The rows given to a method of an estimator."""

    def load(self, context: Context) -> Corpus:
        """Refuse: there is nothing to load.

        Raises
        ------
        InputError
            Always.
        """
        raise InputError("the rows of an estimator are given to fit", key="use")
