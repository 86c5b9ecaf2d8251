"""The call that a plugin's own tests make."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from clusterforge.errors import InputError
from clusterforge.registry import Registry
from clusterforge.testing import conformance, repeatable

REGISTRY = Registry.installed(limit="")
CASES = """
from clusterforge.registry import Registry
from clusterforge.registry import Found
from clusterforge.testing import conformance
from tests.testing.wrong_plugins.clusterers import LISTING

(plugin,) = (wrong.plugin for wrong in LISTING.wrong if wrong.check == "details-typed")
registry = Registry([Found(plugin.spec, plugin.distribution)])
name = "clusterer:wrong:details-typed"

test_plain = conformance(name, registry=registry)
test_expected = conformance(
    name,
    registry=registry,
    params={"column": 3},
    expected_failures={"details-typed": "nan is shown", "one-row": "but it passes"},
)
"""


def run(plugin: str, check: str) -> None:
    """Run one case of a plugin."""
    case = conformance(plugin, registry=REGISTRY)
    cases = case.pytestmark[0].args[1]  # type: ignore[attr-defined]
    case(next(each.values[0] for each in cases if each.id == check))


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What pytest says of each case."""
    path = tmp_path_factory.mktemp("cases") / "test_cases.py"
    path.write_text(CASES)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "-rA", str(path)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


def test_there_is_a_case_for_each_check(outcomes: str) -> None:
    assert "test_plain[one-row] PASSED" in outcomes
    assert "test_plain[restored-elsewhere] PASSED" in outcomes
    assert "test_plain[row-order-ignored]" not in outcomes


def test_a_failure_says_why_it_matters(outcomes: str) -> None:
    assert "test_plain[details-typed] FAILED" in outcomes
    assert "wrong:details-typed: details() does not go into JSON" in outcomes
    assert "why it matters: Details are stored, and drawn" in outcomes


def test_expected_failures_are_strict(outcomes: str) -> None:
    assert "test_expected[details-typed] - nan is shown" in outcomes
    assert "test_expected[one-row] FAILED" in outcomes
    assert "XPASS(strict)" in outcomes


def test_what_does_not_apply_is_skipped_with_a_reason() -> None:
    with pytest.raises(pytest.skip.Exception, match="depends on the seed"):
        run("clusterer:kmeans", "stochastic-honest")


def test_a_check_that_is_not_there_is_an_error() -> None:
    with pytest.raises(InputError, match="did you mean 'one-row'"):
        conformance("clusterer:kmeans", expected_failures={"one-rwo": "x"}, registry=REGISTRY)
    with pytest.raises(InputError, match="no check of a clusterer is named 'row-order-ignored'"):
        conformance(
            "clusterer:kmeans", expected_failures={"row-order-ignored": "x"}, registry=REGISTRY
        )


def test_a_plugin_that_is_not_there_is_an_error() -> None:
    with pytest.raises(InputError, match="did you mean 'kmeans'"):
        conformance("clusterer:kmean", registry=REGISTRY)


def test_parameters_are_checked_at_once() -> None:
    with pytest.raises(InputError, match=r"params\.n_clusters: must be at least 1"):
        conformance("clusterer:kmeans", params={"n_clusters": 0}, registry=REGISTRY)


def test_another_process_that_ends_is_told_and_replaced() -> None:
    run("encoder:scale", "restored-elsewhere")
    [other] = repeatable._HELD
    other.process.kill()
    other.process.wait()
    run("encoder:scale", "restored-elsewhere")
    assert repeatable._HELD[0] is not other
