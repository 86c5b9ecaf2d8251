"""The conformance kit: everything that the core relies on in a plugin, as checks.

In a plugin's own tests, one call::

    from clusterforge.testing import conformance

    test_conformance = conformance("clusterer:leader", params={"radius": 0.5})

On the command line, without pytest: ``clusterforge check-plugin clusterer:leader``.
"""

from clusterforge.testing.check import Check as Check
from clusterforge.testing.check import CheckedKind as CheckedKind
from clusterforge.testing.check import Failure as Failure
from clusterforge.testing.check import NotApplicable as NotApplicable
from clusterforge.testing.collector import Outcome as Outcome
from clusterforge.testing.collector import checks as checks
from clusterforge.testing.collector import conformance as conformance
from clusterforge.testing.collector import find as find
from clusterforge.testing.collector import kind_of as kind_of
from clusterforge.testing.collector import outcomes as outcomes
