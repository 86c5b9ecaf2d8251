"""Renders a plugin package from the templates next to this module and writes it whole or not at all.

``templates/package`` holds what every package has; the folder of a kind holds its parameters
(``params``), spec (``spec``), class (``target``) and tests (``test``).
"""

from __future__ import annotations

import ast
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from clusterforge import __version__
from clusterforge.errors import InputError, unwritable
from clusterforge.scaffold.request import KINDS, PREFIX, checked_request, reserved_name
from clusterforge.specs import VERSION

TEMPLATES = Path(__file__).parent / "templates"
WORDS: Mapping[str, tuple[str, str]] = {  # in a summary, and the folder of several kinds
    "dataset": ("a data set", "datasets"),
    "encoder": ("an encoder", "encoders"),
    "loss": ("a loss", "losses"),
    "clusterer": ("a clusterer", "clusterers"),
    "metric": ("a metric", "metrics"),
    "namer": ("a namer", "namers"),
    "tracker": ("a tracker", "trackers"),
}


@dataclass(frozen=True)
class Part:
    """One plugin of the package, as the templates see it.

    Parameters
    ----------
    template
        A key of ``KINDS``: the folder of its templates.
    kind
        The kind of plugin.
    file
        Its module below the package and its test below ``tests``, with ``{}`` before the file's name.
    module, cls, params
        Dotted module, class and parameter model.
    """

    template: str
    kind: str
    file: str
    module: str
    cls: str
    params: str


@dataclass(frozen=True)
class NewPackage:
    """A package that was written: its folder and the commands to type next."""

    folder: Path
    commands: tuple[str, ...]


def new_package(name: str, kinds: Sequence[str], out: str | Path = ".") -> NewPackage:
    """Write a complete plugin package, ``clusterforge-NAME``, into a folder.

    Parameters
    ----------
    name
        Name of the plugin, also of one of each kind; ``clusterforge-`` before it is dropped.
    kinds
        Keys of ``KINDS``.
    out
        Where the package's folder goes; made where it is not there.

    Raises
    ------
    InputError
        Where the name or a kind will not do, or the folder is there already.
    """
    name, chosen = checked_request(name, kinds)
    out = Path(out)
    folder = out / f"{PREFIX}{name}"
    if out.exists() and not out.is_dir():
        raise InputError(f"{out} is not a folder", key="--out")
    if folder.exists() or folder.is_symlink():
        raise InputError(f"{folder} exists", remedy="choose another name, or --out DIR")
    files = _files(name, chosen)
    try:
        _write(files, folder)
    except OSError as error:
        raise unwritable(folder, error) from error
    where = str(folder) if folder.is_absolute() else f"./{folder}"
    return NewPackage(
        folder,
        (
            f"pip install -e {quote(where + '[test]')}",
            f"pytest {quote(str(folder))}",
            "clusterforge list-plugins",
            f"clusterforge run {quote(str(folder / f'{name}.toml'))}",
        ),
    )


def _parts(name: str, chosen: Sequence[str]) -> Iterator[Part]:
    """Yield the plugins; a folder for each kind where there are several."""
    stem = name.replace("-", "_")
    title = "".join(word.capitalize() for word in name.split("-"))
    for template in chosen:
        kind = KINDS[template]
        several = len(chosen) > 1
        folder = f"{WORDS[kind][1]}/" if several else ""
        file = f"{folder}{{}}{stem}.py"
        suffix = "Loss" if kind == "loss" else ""
        yield Part(
            template,
            kind,
            file,
            f"clusterforge_{stem}.{file.format('')[:-3].replace('/', '.')}",
            title + suffix,
            f"{title}{kind.capitalize() if several else ''}Params",
        )


def _files(name: str, chosen: Sequence[str]) -> dict[str, str]:
    """Return the package's files by path."""
    stem = name.replace("-", "_")
    package = f"clusterforge_{stem}"
    parts = list(_parts(name, chosen))
    major, minor = __version__.split(".")[:2]
    values = {
        "name": name,
        "distribution": f"{PREFIX}{name}",
        "package": package,
        "contracts": VERSION,
        "parts": parts,
        "kinds": chosen,
        "summary": f"{_listed([WORDS[part.kind][0] for part in parts])} for clusterforge.",
        "version": f"{major}.{minor}",
        "next_major": int(major) + 1,
    }
    sources = {
        "LICENSE": "LICENSE",
        "README.md": "README.md",
        "pyproject.toml": "pyproject.toml",
        ".gitignore": "gitignore",
        ".github/workflows/test.yml": "test.yml",
        f"{name}.toml": "recipe.toml",
        f"{package}/__init__.py": "__init__.py",
        f"{package}/plugin.py": "plugin.py",
    }
    import jinja2

    environment = jinja2.Environment(  # noqa: S701 writes Python, not HTML
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    files = {
        path: environment.get_template(f"package/{source}.j2").render(values)
        for path, source in sources.items()
    }
    for part in parts:
        own = {
            f"{package}/{part.file.format('')}": "target.py",
            f"tests/{part.file.format('test_')}": "test.py",
        }
        for path, source in own.items():
            template = environment.get_template(f"{part.template}/{source}.j2")
            files[path] = template.render(values, part=part)
        if "/" in part.file:
            folder = WORDS[part.kind][1]
            files[f"{package}/{folder}/__init__.py"] = f'"""The {folder} of {PREFIX}{name}."""\n'
    if any(_clashes(text) for path, text in files.items() if path.endswith(".py")):
        raise reserved_name(name)
    return files


def _listed(words: Sequence[str]) -> str:
    *before, last = words
    text = f"{', '.join(before)} and {last}" if before else last
    return text[0].upper() + text[1:]


def _clashes(source: str) -> bool:
    """Whether a module binds one name twice: the plugin's class and one that it imports, say."""
    bound: list[str] = []
    for node in ast.parse(source).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            bound += [alias.asname or alias.name for alias in node.names]
        elif isinstance(node, ast.ClassDef | ast.FunctionDef):
            bound.append(node.name)
    return any(count > 1 for count in Counter(bound).values())


def _write(files: Mapping[str, str], folder: Path) -> None:
    """Write files into a folder next to its final place, then rename it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as name:
        draft = Path(name) / folder.name
        for path, text in files.items():
            target = draft / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, "utf-8")
        draft.rename(folder)
