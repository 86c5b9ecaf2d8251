"""A hooks module and a data set's module that import what they should not."""

import scipy  # noqa: F401

from tests.testing.wrong_plugins.datasets import Coins


class Heavy(Coins):
    pass
