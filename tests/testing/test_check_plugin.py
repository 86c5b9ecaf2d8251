"""``clusterforge check-plugin``: what it prints and how it ends."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace

import pytest

from clusterforge.registry import Distribution, Found, Registry
from clusterforge.specs import ALL_TYPES
from clusterforge.testing import checks
from tests.cli.conftest import Cli, cli  # noqa: F401
from tests.testing.wrong_plugins import metrics
from tests.testing.wrong_plugins.listing import HOOKS

AT_80 = """\
summary-one-line           pass
name-law                   FAIL
    the class of 'direction-holds' is called DirectionHolds, not Majority
    at wrong_plugins/metrics.py:LINE
    why: Whoever reads a recipe finds the code by its name: the class is called
    like it.
constructor-stores         pass
params-documented          pass
params-bounded             pass
params-json                pass
params-defaults-valid      pass
files-declared             pass
costs-finite               skip  it does not say what it costs
alternatives-valid         skip  it has no alternatives
params-frozen              skip  it has no parameters
params-unknown-refused     pass
hooks-light                pass
target-loads               pass
works                      pass
same-seed-same-answer      pass
global-random-ignored      pass
global-random-untouched    pass
inputs-unchanged           pass
score-defined              pass
score-in-range             pass
direction-holds            FAIL
    lower is better, but the groups score 1, chance 0.333333
    at wrong_plugins/metrics.py:LINE
    why: What is printed bold as the best score has to be the better clustering.
row-order-ignored          pass
cluster-numbers-ignored    pass
odd-clusterings-undefined  pass
odd-rows-undefined         pass
noise-as-declared          skip  the core treats noise before it is called
rests-as-declared          skip  its spec says that it rests on all rows at once

metric direction-holds of wrong 1: 21 passed, 2 failed, 5 skipped
"""


def wrong_metric(monkeypatch: pytest.MonkeyPatch, owner: str) -> None:
    """Install a metric that says the wrong direction."""
    (plugin,) = (w.plugin for w in metrics.LISTING.wrong if w.check == "direction-holds")
    found = Found(plugin.spec, Distribution(owner, "1", "wrong", HOOKS))
    monkeypatch.setattr(Registry, "installed", lambda: Registry([found]))


def test_the_table_of_somebody_elses_plugin(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    wrong_metric(monkeypatch, "wrong")
    done = cli("check-plugin", "metric:wrong:direction-holds")
    assert (done.status, done.err) == (4, "")
    assert re.sub(r"py:\d+", "py:LINE", done.out) == AT_80


def test_a_built_in_that_fails_is_our_bug(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    wrong_metric(monkeypatch, "clusterforge")
    assert cli("check-plugin", "direction-holds").status == 1


def test_json(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    wrong_metric(monkeypatch, "wrong")
    done = cli("check-plugin", "wrong:direction-holds", "--json")
    found = json.loads(done.out)
    assert done.status == 4
    assert (found["kind"], found["qualified"]) == ("metric", "wrong:direction-holds")
    assert not found["passed"]
    states = {check["name"]: check["state"] for check in found["checks"]}
    assert [name for name, state in states.items() if state == "failed"] == [
        "name-law",
        "direction-holds",
    ]
    assert states.keys() == {check.name for check in checks("metric")}


def test_pytest_is_not_needed() -> None:
    code = (
        "import sys; sys.modules['pytest'] = None\n"
        "from clusterforge.cli.main import main\n"
        "sys.exit(main(['check-plugin', 'clusterer:kmeans', '--set', 'n_clusters=2', '--json']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["passed"]
    assert found["params"] == {"n_clusters": 2}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["kmens"], "no plugin is named 'kmens'; did you mean 'kmeans'?"),
        (["metric:arri"], "no metric is named 'arri'; did you mean 'ari'?"),
        (["dec"], "several plugins are named 'dec'; say encoder:dec or loss:dec"),
        (["encoder:pca", "--set", "components=0"], "components: must be at least 1, not 0"),
        (["encoder:transformer"], "use --set model=VALUE"),
    ],
)
def test_what_the_user_can_mend(cli: Cli, arguments: list[str], said: str) -> None:  # noqa: F811
    done = cli("check-plugin", *arguments)
    assert (done.status, done.out) == (2, "")
    assert said in done.err


def test_every_check_says_why_in_one_sentence() -> None:
    found = {check.name: check for kind in (*ALL_TYPES, "tracker") for check in checks(kind)}
    for name, check in found.items():
        assert name == name.lower()
        assert check.why.endswith("."), name
        assert ". " not in check.why, name
        assert 30 < len(check.why) < 110, name


class Loud(metrics.Majority):
    """Prints while it is made, and ends the process where it is asked for a score."""

    def __init__(self, params: object) -> None:
        super().__init__(params)  # type: ignore[arg-type]
        print("hello")

    def score(self, clustering: object) -> float:
        raise SystemExit(0)


def test_a_plugin_neither_prints_into_the_result_nor_ends_the_command(
    cli: Cli,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spec = replace(metrics.RIGHT, name="loud", target=f"{__name__}:Loud")
    found = Found(spec, Distribution("wrong", "1", "wrong", HOOKS))
    monkeypatch.setattr(Registry, "installed", lambda: Registry([found]))
    done = cli("check-plugin", "loud", "--json")
    assert done.status == 4
    states = {check["name"]: check for check in json.loads(done.out)["checks"]}
    assert states["works"]["message"] == "it raised SystemExit: 0"
    *_, line, kind = states["works"]["traceback"]
    assert (line.strip(), kind) == ("raise SystemExit(0)", "SystemExit: 0")
    assert states["works"]["place"].startswith("testing/test_check_plugin.py:")
    assert states["params-frozen"]["state"] == "skipped"
