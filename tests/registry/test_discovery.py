"""Discovery against hostile packages: each is named with its fault, and nothing else stops."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass

import pytest

from clusterforge.errors import EnvironmentProblem, InputError
from clusterforge.packages import OURS, installing
from clusterforge.pipeline import api
from clusterforge.registry import Problem, Registry, discovery
from clusterforge.registry.discovery import discover
from clusterforge.registry.hooks import new_manager
from clusterforge.specs import VERSION
from tests.registry.conftest import Install

HOOK = "\n@hookimpl\ndef clusterforge_clusterers():\n    "


@dataclass(frozen=True)
class Hostile:
    """A package that can't be used: its code and what has to be said of it."""

    name: str
    code: str | bytes | None
    says: str
    entry_points: str | bytes | None = None


HOSTILE = [
    Hostile("raises-at-import", "\nraise RuntimeError('no\\nluck')", "RuntimeError: no luck"),
    Hostile("exits-at-import", "\nimport sys\nsys.exit('bye')", "SystemExit: bye"),
    Hostile("aborts-generators", "\nraise GeneratorExit", "GeneratorExit"),
    Hostile("breaks-syntax", "\ndef f(:", "SyntaxError"),
    Hostile("null-bytes", b"a = 1\n\x00", "null bytes"),
    Hostile("lacks-a-library", "\nimport no_such_library_anywhere", "no_such_library_anywhere"),
    Hostile("imports-itself", "\nfrom imports_itself import later", "ImportError"),
    Hostile(
        "misspells",
        "\n@hookimpl\ndef clusterforge_clusterer():\n    return []",
        "did you mean 'clusterforge_clusterers'",
    ),
    Hostile("forgets-the-mark", "\ndef clusterforge_clusterers():\n    return []", "@hookimpl"),
    Hostile(
        "wants-too-much", "\n@hookimpl\ndef clusterforge_clusterers(core):\n    return []", "core"
    ),
    Hostile("has-no-hook", "\nx = 1", "no hook"),
    Hostile(
        "wrong-spec",
        HOOK + "return [MetricSpec('m', 'A metric.', EasyParams, 'a:B')]",
        "MetricSpec, not ClustererSpec",
    ),
    Hostile("no-spec", HOOK + "return ['kmeans']", "returned str"),
    Hostile("one-spec", HOOK + "return easy('alone')", "must return a list"),
    Hostile("hook-raises", HOOK + "raise ValueError('oops')", "ValueError: oops"),
    Hostile("hook-exits", HOOK + "raise SystemExit(3)", "SystemExit: 3"),
    Hostile("returns-none", HOOK + "return None", "not None"),
    Hostile("bad-name", HOOK + "return [easy('Bad Name')]", "Bad Name"),
    Hostile("empty-name", HOOK + "return [easy('')]", "plugin name"),
    Hostile("number-as-name", HOOK + "return [easy(3)]", "plugin name"),
    Hostile("bad-target", HOOK + "return [easy('x', 'no colon')]", "module:Class"),
    Hostile("no-target", HOOK + "return [easy('x', None)]", "module:Class"),
    Hostile("bad-params", HOOK + "return [ClustererSpec('x', 'S.', dict, 'a:B')]", "params"),
    Hostile("no-summary", HOOK + "return [ClustererSpec('x', ' ', EasyParams, 'a:B')]", "summary"),
    Hostile("twice", HOOK + "return [easy('x'), easy('x')]", "twice"),
    Hostile(
        "bad-prediction",
        HOOK + "return [ClustererSpec('x', 'S.', EasyParams, 'a:B', predicts='maybe')]",
        "predicts must be exact or approximate or none",
    ),
    Hostile(
        "bad-takes",
        "\nfrom clusterforge.specs import EncoderSpec\n@hookimpl\ndef clusterforge_encoders():\n"
        "    return [EncoderSpec('x', 'S.', EasyParams, 'a:B', takes=['sound'])]",
        "takes must be",
    ),
    Hostile(
        "raises-nonsense",
        "\nclass E(Exception):\n    def __str__(self):\n        raise E\nraise E",
        "its import failed (E)",
    ),
    Hostile("late", HOOK + "yield easy('x')\n    raise ValueError('late')", "ValueError: late"),
    Hostile("module-is-gone", None, "ModuleNotFoundError"),
    Hostile("no-module", "", "", "[clusterforge]\nplugin =\n"),
    Hostile("malformed", "", "", "[clusterforge\nplugin = malformed\n"),
    Hostile("not-a-pair", "", "", "[clusterforge]\njust words\n"),
    Hostile("not-utf8", "", "", b"[clusterforge]\nplugin = caf\xe9\n"),
    Hostile("odd-module", None, "", "[clusterforge]\nplugin = ../../etc/passwd\n"),
]


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: hostile.name)
def test_a_hostile_package_is_named_and_stops_nothing(hostile: Hostile, install: Install) -> None:
    install("aaa-good", HOOK + "return [easy('first')]")
    install(hostile.name, hostile.code, entry_points=hostile.entry_points)
    install("zzz-good", HOOK + "return [easy('last')]")

    registry = Registry.installed()

    names = {plugin.spec.name for plugin in registry.of("clusterer")}
    assert {"kmeans", "first", "last"} <= names
    assert "x" not in names
    [problem] = registry.problems
    assert problem.state == "broken"
    assert problem.distribution.name == hostile.name
    assert hostile.says in problem.reason
    assert "\n" not in problem.reason + problem.remedy
    assert hostile.name in problem.remedy or "reinstall" in problem.remedy


@pytest.mark.parametrize(
    ("version", "upgrade"),
    [
        (VERSION + 1, f"update your clone of clusterforge's repository, then {installing(OURS)}"),
        (0, "pip install -U other-contracts"),
    ],
)
def test_a_package_for_other_contracts_is_named_with_what_to_upgrade(
    version: int, upgrade: str, install: Install
) -> None:
    install("other-contracts", f"\nCONTRACTS = {version}{HOOK}return [easy('x')]")
    install("same-contracts", f"\nCONTRACTS = {VERSION}{HOOK}return [easy('y')]")

    registry = Registry.installed()

    [problem] = registry.problems
    assert (problem.state, problem.distribution.name) == ("incompatible", "other-contracts")
    assert f"version {version} of the contracts; this clusterforge has {VERSION}" in problem.reason
    assert problem.remedy == f"install a newer version: {upgrade}"
    assert registry.find("clusterer", "y")


def test_all_of_them_at_once(install: Install) -> None:
    for hostile in HOSTILE:
        install(hostile.name, hostile.code, entry_points=hostile.entry_points)
    install("good", HOOK + "return [easy('fine')]")

    registry = Registry.installed()

    assert {p.distribution.name for p in registry.problems} == {h.name for h in HOSTILE}
    assert registry.find("clusterer", "fine").distribution.name == "good"


def test_an_interrupt_is_no_fault_of_the_package(install: Install) -> None:
    install("slow", "\nraise KeyboardInterrupt")

    with pytest.raises(KeyboardInterrupt):
        Registry.installed()


def test_a_broken_package_leaves_no_lifecycle_hook_behind(install: Install) -> None:
    hook = "\n@hookimpl\ndef clusterforge_run_started(folder):\n    raise AssertionError\n"
    install("half", hook + HOOK + "return None")
    install("whole", hook)
    manager = new_manager()

    discover(manager)

    callers = manager.hook.clusterforge_run_started.get_hookimpls()
    names = {implementation.plugin_name for implementation in callers}
    assert "whole" in names
    assert "half" not in names


def test_metadata_without_a_name_or_version_stops_nothing(install: Install) -> None:
    site = install("nameless", HOOK + "return [easy('x')]")
    [metadata] = site.glob("*.dist-info/METADATA")
    metadata.write_bytes(b"\xff\xfe garbage")
    install("good", HOOK + "return [easy('fine')]")

    registry = Registry.installed()

    assert registry.find("clusterer", "fine")
    assert len(registry.problems) <= 1


@pytest.mark.parametrize(
    ("limit", "imported", "disabled"),
    [
        (None, {"one", "two"}, set()),
        ("", set(), {"one", "two"}),
        ("one", {"one"}, {"two"}),
        (" one , two ", {"one", "two"}, set()),
        ("-one", {"two"}, {"one"}),
        ("one,-one", set(), {"one", "two"}),
        ("nobody", set(), {"one", "two"}),
        ("ONE", {"one"}, {"two"}),
    ],
)
def test_the_variable_limits_before_anything_is_imported(
    limit: str | None,
    imported: set[str],
    disabled: set[str],
    install: Install,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("one", "two"):
        install(name, HOOK + f"return [easy('{name}')]")
    if limit is not None:
        monkeypatch.setenv("CLUSTERFORGE_PLUGINS", limit)

    registry = Registry.installed()

    assert {"one", "two"} & set(sys.modules) == imported
    off = {p.distribution.name for p in registry.problems if p.state == "disabled"}
    assert off & {"one", "two"} == disabled
    assert registry.find("clusterer", "kmeans")


def test_an_empty_variable_keeps_even_the_worst_package_out(install: Install) -> None:
    site = install("kills", "\nimport os\nos._exit(9)")
    code = (
        "from clusterforge.registry import Registry; print(len(Registry.installed().plugins) > 9)"
    )

    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(site), "CLUSTERFORGE_PLUGINS": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stdout.strip()) == (0, "True"), done.stderr


def test_two_entry_points_of_one_package(install: Install) -> None:
    site = install(
        "both",
        HOOK + "return [easy('a')]",
        entry_points="[clusterforge]\na = both\nb = both_more\n",
    )
    (site / "both_more.py").write_text("raise OSError('half of it')")

    registry = Registry.installed()

    assert registry.find("clusterer", "a")
    assert [problem.distribution.entry_point for problem in registry.problems] == ["b"]


def test_other_groups_are_none_of_our_business(install: Install) -> None:
    install(
        "stranger", "\nraise AssertionError", entry_points="[console_scripts]\nclusterforge = x:y\n"
    )

    assert Registry.installed().problems == ()


def test_a_package_on_the_path_twice_counts_once(install: Install) -> None:
    install("copy", HOOK + "return [easy('mine')]")
    site = install("other", None, entry_points="")
    info = site / "copy-0.9.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: Copy\nVersion: 0.9\n")
    (info / "entry_points.txt").write_text("[clusterforge]\nplugin = copy_old\n")

    known = discover(new_manager())

    # The first on the path wins, as it does for the import itself.
    assert [problem.distribution.version for problem in known.problems] == ["0.9"]
    assert "mine" not in {item.spec.name for item in known.found}


def test_a_package_can_not_pose_as_us(install: Install) -> None:
    install("poser", HOOK + "return [easy('kmeans')]")
    install("clusterforge", "\nraise AssertionError", entry_points="[clusterforge]\nx = poser\n")

    registry = Registry.installed()

    assert registry.find("clusterer", "kmeans").spec.target.startswith("clusterforge.")
    assert all(isinstance(problem, Problem) for problem in registry.problems)


@pytest.mark.parametrize(
    ("requires", "fits"),
    [
        ("clusterforge>=0.1", True),
        ("clusterforge <1,>=0.0.1", True),
        ("clusterforge (>=0.1)", True),
        ("clusterforge", True),
        ("clusterforge-extras>=99", True),
        ('clusterforge>=99; extra == "far"', True),
        ("clusterforge ~= nonsense", True),
        ("clusterforge>=99", False),
        ("clusterforge (<0.0.1)", False),
    ],
)
def test_a_package_for_another_version_is_not_imported(
    requires: str, fits: bool, install: Install
) -> None:
    install("from-afar", HOOK + "return [easy('far')]", requires=requires)

    registry = Registry.installed()

    assert ("far" in {plugin.spec.name for plugin in registry.plugins}) is fits
    assert ("from_afar" in sys.modules) is fits
    ours = [p for p in registry.problems if p.distribution.name == "from-afar"]
    assert [(p.state, "99" in p.reason or "0.0.1" in p.reason) for p in ours] == (
        [] if fits else [("incompatible", True)]
    )


def test_a_target_that_is_not_in_the_package_is_told(install: Install) -> None:
    install("hollow", HOOK + "return [easy('gone', target='hollow.deep.down:Easy')]")

    [problem] = [p for p in Registry.installed().problems if p.distribution.name == "hollow"]

    assert problem.state == "broken"
    assert "gone: there is no module 'hollow.deep.down'" in problem.reason


def test_a_heavy_package_works_and_is_told(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discovery, "HEAVY", frozenset({"wave"}))
    monkeypatch.delitem(sys.modules, "wave", raising=False)
    install("lead", "import wave\n" + HOOK + "return [easy('slow')]")

    registry = Registry.installed()

    [problem] = [p for p in registry.problems if p.distribution.name == "lead"]
    assert (problem.state, "imports wave" in problem.reason) == ("heavy", True)
    assert problem.remedy.startswith("ask its author to import them only where")
    assert registry.find("clusterer", "slow")


def test_a_heavy_package_of_ones_own_is_to_be_mended(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discovery, "HEAVY", frozenset({"wave"}))
    monkeypatch.delitem(sys.modules, "wave", raising=False)
    site = install("lead", "import wave\n" + HOOK + "return [easy('slow')]", editable=True)

    [problem] = [p for p in Registry.installed().problems if p.distribution.name == "lead"]

    assert problem.remedy.startswith(f"mend it in {site}: import them only where")


def test_who_follows_runs_is_known(install: Install) -> None:
    hook = "\n@hookimpl\ndef clusterforge_run_finished(folder):\n    pass\n"
    install("follower", hook)
    install("bringer", HOOK + "return [easy('x')]")

    trackers = {w.distribution.name: w.hooks for w in Registry.installed().trackers}

    assert trackers["follower"] == ("clusterforge_run_finished",)
    assert "bringer" not in trackers


def test_check_names_what_a_package_requires_and_is_not_there(install: Install) -> None:
    install("needy", HOOK + "return [easy('x')]", requires="nowhere-to-be-found >=2, <3")
    recipe = {
        "dataset": {"use": "iris"},
        "encoder": [{"use": "scale"}],
        "clusterer": [{"use": "x"}],
    }

    with pytest.raises(EnvironmentProblem) as caught:
        api.check(recipe, registry=Registry.installed())

    assert str(caught.value) == (
        "clusterer.0: needy 1.0 requires nowhere-to-be-found<3,>=2, which is not installed; "
        "pip install 'nowhere-to-be-found<3,>=2'"
    )


MISSPELT = "\n@hookimpl\ndef clusterforge_clusterer():\n    return []"


def test_a_misspelt_hook_is_one_line_with_the_nearest_name_and_the_place(install: Install) -> None:
    site = install("clusterforge-mine", MISSPELT, editable=True)

    with pytest.raises(InputError) as error:
        Registry.installed().find("clusterer", "mine")

    assert str(error.value) == (
        "no clusterer is named 'mine'; package clusterforge-mine 1.0 is broken: unknown hook "
        "'clusterforge_clusterer' (did you mean 'clusterforge_clusterers'?) at "
        f"clusterforge-mine/clusterforge_mine.py:12; mend it in {site}, or uninstall it: "
        "pip uninstall clusterforge-mine"
    )


@pytest.mark.parametrize(
    "code",
    [
        "\nraise RuntimeError('no luck')",
        "\ndef clusterforge_clusterers():\n    return []",
        HOOK + "return [easy('Bad Name')]",
        HOOK + "return None",
    ],
)
def test_the_code_of_ones_own_is_named_with_its_line(code: str, install: Install) -> None:
    site = install("mine", code, editable=True)

    [problem] = Registry.installed().problems

    assert re.search(r" at mine/mine\.py:1[2-5]$", problem.reason)
    assert problem.remedy == f"mend it in {site}, or uninstall it: pip uninstall mine"


def test_a_package_of_somebody_else_is_reported_to_its_author(install: Install) -> None:
    install("theirs", MISSPELT)
    [problem] = Registry.installed().problems
    assert problem.remedy.startswith("report it to its author, or uninstall it")


def test_a_hook_that_is_like_no_other_lists_no_names(install: Install) -> None:
    install("odd", "\n@hookimpl\ndef clusterforge_0123456789abcdef():\n    return []")
    [problem] = Registry.installed().problems
    assert problem.reason == (
        "unknown hook 'clusterforge_0123456789abcdef' (clusterforge.hookspecs has those there are) "
        "at odd/odd.py:12"
    )
