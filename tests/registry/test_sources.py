"""The hash of the code behind a ``python:`` name: of what was loaded, and of its neighbours."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

CLASS = "class Halves:\n    def fit_predict(self, X): return {}\n"
START = """
import importlib, pathlib, sys
sys.dont_write_bytecode = True
from clusterforge.registry import Registry
from clusterforge.registry.python_names import Imported
here = pathlib.Path(".").absolute()
def code(name="python:top:Halves"):
    print(Imported().find("clusterer", name, here).code_hash)
"""


def session(folder: Path, script: str) -> list[str]:
    """Return what a new Python prints that begins well after the files were written."""
    time.sleep(0.2)
    done = subprocess.run(
        [sys.executable, "-c", START + script],
        cwd=folder,
        env={"PYTHONPATH": f"{Path(__file__).parents[2]}:{folder}"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


@pytest.fixture
def top(tmp_path: Path) -> Path:
    (tmp_path / "top.py").write_text(CLASS.format(0))
    return tmp_path


@pytest.mark.parametrize("name", ["python:top:Halves", "python:./top.py:Halves"])
def test_what_has_not_changed_has_one_hash(top: Path, name: str) -> None:
    first = session(top, f"code({name!r}); code({name!r})")
    assert len(set(first + session(top, f"code({name!r})"))) == 1

    (top / "top.py").write_text(CLASS.format(1))
    assert session(top, f"code({name!r})") != first[:1]


def test_a_module_edited_in_the_session_has_no_hash_that_comes_again(top: Path) -> None:
    edit = f"pathlib.Path('top.py').write_text({CLASS.format(1)!r})\n"

    late = session(top, f"import top\n{edit}code(); code()")
    (top / "top.py").write_text(CLASS.format(0))
    again = session(top, f"code()\nimport top\n{edit}code()\nimportlib.reload(top)\ncode()")

    fresh = session(top, "code()")
    assert len(set(late + again + fresh)) == 6


def test_a_file_edited_in_the_session_is_loaded_anew(top: Path) -> None:
    name = "'python:./top.py:Halves'"
    edit = f"pathlib.Path('top.py').write_text({CLASS.format(1)!r})"
    first, second = session(top, f"code({name})\n{edit}\ncode({name})")

    assert first != second
    assert session(top, f"code({name})") == [second]


@pytest.mark.parametrize("name", ["python:top:Halves", "python:./top.py:Halves"])
@pytest.mark.parametrize(
    "source",
    [
        "import helper\n" + CLASS.format("helper.f(X)"),
        "from middle import f\n" + CLASS.format("f(X)"),
        CLASS.format("__import__('importlib').import_module('helper')")
        + "\nHalves().fit_predict(0)",
        CLASS.format("0") + "\n    def later(self):\n        import helper",
    ],
    ids=["imported", "by another", "by name", "later"],
)
def test_modules_of_the_same_folder_count(tmp_path: Path, name: str, source: str) -> None:
    (tmp_path / "top.py").write_text(source)
    (tmp_path / "middle.py").write_text("from helper import f")
    (tmp_path / "stranger.py").write_text("x = 1")
    (tmp_path / "helper.py").write_text("def f(X): return 0")
    first = session(tmp_path, f"code({name!r})")

    (tmp_path / "stranger.py").write_text("x = 2")
    assert session(tmp_path, f"code({name!r})") == first
    (tmp_path / "helper.py").write_text("def f(X): return 1")
    assert session(tmp_path, f"code({name!r})") != first


def test_a_package_counts_whole(tmp_path: Path) -> None:
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "__init__.py").write_text("")
    (tmp_path / "pack" / "top.py").write_text(CLASS.format(0))
    (tmp_path / "pack" / "other.py").write_text("x = 1")
    first = session(tmp_path, "code('python:pack.top:Halves')")

    (tmp_path / "pack" / "other.py").write_text("x = 2")
    assert session(tmp_path, "code('python:pack.top:Halves')") != first


def test_an_installed_library_has_a_hash() -> None:
    from clusterforge.registry.python_names import Imported

    codes = {
        Imported().find("clusterer", "python:sklearn.cluster:KMeans", None).code_hash
        for _ in range(2)
    }
    assert len({len(code) for code in codes} | {64}) == len(codes) == 1
