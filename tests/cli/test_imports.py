"""What the quick commands may import, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from clusterforge.registry.discovery import HEAVY
from tests.cli.conftest import BLOBS

LOOK = """
import json, sys
from clusterforge.cli.main import main
status = main(sys.argv[1:])
print(json.dumps([status, sorted({name.partition(".")[0] for name in sys.modules})]), file=sys.stderr)
"""


def looked(*command: str, home: Path) -> tuple[int, set[str], str]:
    """Run a command in another process, in ``home``: its status, what it imported, and stderr."""
    done = subprocess.run(
        [sys.executable, "-c", LOOK, *command],
        cwd=home,
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    status, modules = json.loads(done.stderr.splitlines()[-1])
    return status, set(modules), done.stderr


@pytest.mark.parametrize(
    ("command", "banned"),
    [
        (["--help"], HEAVY | {"numpy", "pydantic", "rich"}),
        (["run", "--help"], HEAVY | {"numpy", "pydantic", "rich"}),
        (["compare", "--help"], HEAVY | {"numpy", "pydantic", "rich"}),
        (["list-plugins"], HEAVY | {"numpy"}),
        (["describe", "encoder", "triplet"], HEAVY | {"numpy", "rich"}),
        (["schema"], HEAVY | {"numpy", "rich"}),
        (["check", "blobs.toml"], HEAVY - {"pyarrow"}),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else "",
)
def test_quick_commands_import_nothing_heavy(
    command: list[str], banned: set[str], tmp_path: Path
) -> None:
    (tmp_path / "blobs.toml").write_text(BLOBS)

    status, modules, said = looked(*command, home=tmp_path)

    assert status == 0, said
    assert not banned & modules


def test_heavy_hooks_modules_are_seen(tmp_path: Path) -> None:
    """The test above can fail: a hook module that imports scikit-learn is noticed."""
    info = tmp_path / "fat-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: fat\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[clusterforge]\nfat = fat\n")
    (tmp_path / "fat.py").write_text("import sklearn")

    assert "sklearn" in looked("list-plugins", home=tmp_path)[1]


@pytest.mark.parametrize(
    ("given", "found"), [({}, "PASSIVE"), ({"OMP_WAIT_POLICY": "ACTIVE"}, "ACTIVE")]
)
def test_threads_wait_without_spinning_unless_told_to(given, found):
    code = (
        "import os, sys; sys.argv = ['clusterforge', '--version']\n"
        "from clusterforge.__main__ import command; command(); print(os.environ['OMP_WAIT_POLICY'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(Path(__file__).parents[2]), **given},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == found


def test_no_modules_are_taken_down_while_threads_of_libraries_may_run() -> None:
    """Arrow's abort the process where they let go of a Python object at that time."""
    code = (
        "import atexit, sys; sys.argv = ['clusterforge', 'run']\n"
        "from clusterforge.__main__ import command\n"
        "class Late:\n"
        "    __del__ = lambda self, say=sys.stderr.write: say('too late')\n"
        "late, status = Late(), command()\n"
        "atexit.register(print, 'the end')\n"
        "sys.exit(status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "the end\n")
    assert done.stderr.startswith("error: ")
    assert "too late" not in done.stderr
