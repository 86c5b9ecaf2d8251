"""What stands in a recipe in place of a data set: an estimator's ``fit`` has the rows."""

from __future__ import annotations

from clusterforge.contracts import Context, Corpus, Dataset
from clusterforge.errors import InputError
from clusterforge.params import Params


class NoDataset(Dataset[Params]):
    """Rows come from ``fit`` and not from a data set."""

    def load(self, context: Context) -> Corpus:
        """Refuse: there is nothing to load.

        Raises
        ------
        InputError
            Always.
        """
        raise InputError("an estimator has no data set; its rows go into fit", key="use")
