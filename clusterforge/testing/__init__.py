"""The conformance kit: everything that the core relies on in a plugin, as checks.

In a plugin's own tests, one call::

    from clusterforge.testing import conformance

    test_conformance = conformance("clusterer:leader", params={"radius": 0.5})

On the command line, without pytest: ``clusterforge check-plugin clusterer:leader``.
"""

from clusterforge.testing.check import Check, CheckedKind, Failure, NotApplicable
from clusterforge.testing.collector import Outcome, checks, conformance, find, kind_of, outcomes

__all__ = [
    "Check",
    "CheckedKind",
    "Failure",
    "NotApplicable",
    "Outcome",
    "checks",
    "conformance",
    "find",
    "kind_of",
    "outcomes",
]
