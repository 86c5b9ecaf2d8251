"""Every command of docs/plugins.md does what the page says of it."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import threading
import tomllib
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from clusterforge.scaffold import new_package
from tests.scaffold.packages import ROOT, install

PAGE = (ROOT / "docs" / "plugins.md").read_text("utf-8")
SHELL = re.compile(r"^```sh\n(.*?)^```$", re.M | re.S)
PINS = re.compile(r"^File: `constraints.txt`\n\n```text\n(.*?)^```$", re.M | re.S)
SHELLS = "clusterforge-shells"
HERE = {"PIP_NO_BUILD_ISOLATION": "0"}  # pip takes the variable for the value of build isolation
needs_backend = pytest.mark.skipif(
    not importlib.util.find_spec("hatchling"), reason="hatchling is not installed"
)


def commands(title: str) -> list[str]:
    """Return the lines to type of one section of the page."""
    section = PAGE.split(f"\n## {title}\n")[1].partition("\n## ")[0]
    return [line for block in SHELL.findall(section) for line in block.splitlines()]


INSTALLS = {
    next(word for word in ("index-url", "find-links", "git+", "-e") if word in line): line
    for line in commands("Installing from a private place")
    if line.startswith("pip ")
}


def wheel(package: Path, folder: Path, version: str) -> Path:
    """Build the wheel of a package of Python files, as its backend would."""
    stem = package.name.replace("-", "_")
    info = f"{stem}-{version}.dist-info"
    (metadata,) = package.glob("*.dist-info")
    target = folder / f"{stem}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(target, "w") as file:
        for path in sorted((package / stem).rglob("*.py")):
            file.write(path, path.relative_to(package).as_posix())
        told = (metadata / "METADATA").read_text("utf-8").replace("0.1.0", version, 1)
        file.writestr(f"{info}/METADATA", told)
        file.write(metadata / "entry_points.txt", f"{info}/entry_points.txt")
        tags = "Wheel-Version: 1.0\nGenerator: by-hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        file.writestr(f"{info}/WHEEL", tags)
        record = "".join(f"{name},,\n" for name in [*file.namelist(), f"{info}/RECORD"])
        file.writestr(f"{info}/RECORD", record)
    return target


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A reader's folder: two packages that both bring a clusterer shells, and wheels of one."""
    folder = tmp_path_factory.mktemp("reader")
    for name in ("shells", "stones"):
        package = new_package(name, ["clusterer"], folder).folder
        install(package)
        hooks = package / f"clusterforge_{name}" / "plugin.py"
        hooks.write_text(hooks.read_text("utf-8").replace('"stones"', '"shells"'), "utf-8")
    (folder / "wheels").mkdir()
    for version in ("0.1.0", "0.2.0"):
        wheel(folder / SHELLS, folder / "wheels", version)
    index = folder / "simple" / SHELLS
    index.mkdir(parents=True)
    links = (f'<a href="/wheels/{path.name}">{path.name}</a>' for path in wheels(folder))
    (index / "index.html").write_text("<!doctype html>" + "".join(links), "utf-8")
    (found,) = PINS.findall(PAGE)
    (folder / "constraints.txt").write_text(found, "utf-8")
    programs = folder / "bin"
    programs.mkdir()
    for name in ("pip", "clusterforge"):
        (programs / name).write_text(
            f'#!/bin/sh\nexec "{sys.executable}" -m {name} "$@"\n', "utf-8"
        )
        (programs / name).chmod(0o755)
    return folder


def wheels(folder: Path) -> list[Path]:
    return sorted((folder / "wheels").iterdir())


def typed(
    command: str, folder: Path, packages: tuple[str, ...], **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a line of the page in a shell, with some of the packages installed."""
    env = {
        **os.environ,
        "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join([*(str(folder / name) for name in packages), str(ROOT)]),
        "COLUMNS": "96",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_CACHE_DIR": "1",
        "PIP_NO_DEPS": "1",
        **environment,
    }
    for name in ("CLUSTERFORGE_PLUGINS", "PIP_NO_INDEX", "PIP_FIND_LINKS"):
        env.pop(name, None)
    return subprocess.run(
        ["sh", "-c", command],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def installed(command: str, folder: Path, target: Path) -> str:
    """Run a line that installs, into a folder of its own; return the name of the metadata."""
    done = typed(command, folder, (), PIP_TARGET=str(target))
    assert done.returncode == 0, done.stdout + done.stderr
    (info,) = target.glob("*.dist-info")
    assert (target / "clusterforge_shells" / "shells.py").is_file()
    return info.name


@pytest.fixture
def address(reader: Path) -> Iterator[str]:
    """The address of a package index on this machine."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(reader)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_an_index_of_ones_own(reader: Path, address: str, tmp_path: Path) -> None:
    command = INSTALLS["index-url"].replace("https://pypi.example.org", address)

    assert installed(command, reader, tmp_path) == "clusterforge_shells-0.2.0.dist-info"


def test_a_folder_of_wheels(reader: Path, tmp_path: Path) -> None:
    found = installed(INSTALLS["find-links"], reader, tmp_path)

    assert found == "clusterforge_shells-0.2.0.dist-info"


def test_a_pin_keeps_the_older_version(reader: Path, tmp_path: Path) -> None:
    (command,) = commands("Pinning")

    assert installed(command, reader, tmp_path) == "clusterforge_shells-0.1.0.dist-info"


@needs_backend
def test_a_tag_of_a_git_repository(reader: Path, tmp_path: Path) -> None:
    if not shutil.which("git"):
        pytest.skip("git is not installed")
    repository = new_package("shells", ["clusterer"], tmp_path).folder
    made = [
        "init -q",
        "add .",
        "-c user.name=a -c user.email=a@example.org commit -q -m First",
        "tag v0.1.0",
    ]
    for arguments in made:
        subprocess.run(["git", *arguments.split()], cwd=repository, check=True)
    (there,) = re.findall(r"https://[^@']+/", INSTALLS["git+"])
    instead = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.file://{tmp_path}/.insteadOf",
        "GIT_CONFIG_VALUE_0": there,
    }

    done = typed(INSTALLS["git+"], reader, (), PIP_TARGET=str(tmp_path / "s"), **HERE, **instead)

    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "s" / "clusterforge_shells" / "shells.py").is_file()


@needs_backend
def test_a_folder_that_is_edited(reader: Path) -> None:
    done = typed(INSTALLS["-e"], reader, (), PIP_DRY_RUN="1", **HERE)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Would install clusterforge-shells-0.1.0" in done.stdout


def test_what_was_installed_is_listed_and_described(reader: Path) -> None:
    lines = [line for line in commands("Installing from a private place") if "pip" not in line]

    listed, described = (typed(line, reader, (SHELLS,)) for line in lines)

    assert re.search(rf"^clusterer +shells +{SHELLS} ", listed.stdout, re.M)
    assert f"{SHELLS} 0.1.0" in described.stdout


def test_packages_are_turned_off_by_the_variable(reader: Path) -> None:
    off = {}
    for line in commands("Turning packages off"):
        done = typed(line, reader, (SHELLS, "clusterforge-stones"))
        assert done.returncode == 0, done.stderr
        off[line.split()[0]] = [
            name for name in (SHELLS, "clusterforge-stones") if f"disabled: {name} " in done.stdout
        ]
        assert re.search(r"^clusterer +kmeans ", done.stdout, re.M)

    assert list(off.values()) == [
        [SHELLS, "clusterforge-stones"],
        ["clusterforge-stones"],
        [SHELLS, "clusterforge-stones"],
    ]


def test_the_mistake_is_answered_as_the_page_shows(reader: Path) -> None:
    ((command, shown),) = re.findall(r"^```console\n\$ (.+)\n((?:.+\n)+)```$", PAGE, re.M)

    done = typed(command, reader, (SHELLS, "clusterforge-stones"))

    assert done.returncode == 2
    assert done.stderr.split() == shown.split()


def test_a_qualified_name_is_never_ambiguous(reader: Path) -> None:
    (command,) = commands("Two plugins of one name")
    (entry,) = re.findall(r"^\[\[clusterer\]\]\n.*?(?=^```$)", PAGE, re.M | re.S)
    start = '[dataset]\nuse = "wine"\n[[encoder]]\nuse = "scale"\n'
    (reader / "two.toml").write_text(start + entry, "utf-8")
    (reader / "bare.toml").write_text(start + entry.replace("clusterforge-stones:", ""), "utf-8")
    both = (SHELLS, "clusterforge-stones")

    assert "clusterforge-stones 0.1.0" in typed(command, reader, both).stdout
    assert typed("clusterforge check two.toml", reader, both).returncode == 0
    assert typed("clusterforge check bare.toml", reader, both).returncode == 2


def test_the_lines_of_pyproject_are_what_new_packages_have(reader: Path) -> None:
    blocks = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.M | re.S)
    told = tomllib.loads(blocks[0])["dependencies"][0]
    project = tomllib.loads((reader / SHELLS / "pyproject.toml").read_text("utf-8"))["project"]

    assert re.sub(r"\d+\.\d+", "N", told) == re.sub(r"\d+\.\d+", "N", project["dependencies"][0])
