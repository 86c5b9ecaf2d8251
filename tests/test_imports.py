"""No two modules, and no two rooms, import each other: imports in functions count, those for types do not."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import clusterforge

ROOT = Path(clusterforge.__file__).parent


def modules() -> dict[str, Path]:
    names = {}
    for path in ROOT.rglob("*.py"):
        parts = path.relative_to(ROOT.parent).with_suffix("").parts
        names[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return names


def imported(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield module and name of every import below a node that runs."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        if isinstance(child, ast.ImportFrom) and child.module:
            yield from ((child.module, alias.name) for alias in child.names)
        elif isinstance(child, ast.Import):
            yield from ((alias.name, "") for alias in child.names)
        yield from imported(child)


def graph() -> dict[str, set[str]]:
    known = modules()
    edges: dict[str, set[str]] = {}
    for name, path in known.items():
        found = imported(ast.parse(path.read_text("utf-8")))
        targets = {f"{m}.{n}" if f"{m}.{n}" in known else m for m, n in found}
        edges[name] = {target for target in targets if target in known} - {name}
    return edges


def circle(edges: dict[str, set[str]]) -> list[str]:
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_modules_import_each_other() -> None:
    assert len(graph()) > 300
    assert circle(graph()) == []


def test_no_rooms_import_each_other() -> None:
    def room(module: str) -> str:
        return ".".join(module.split(".")[:2])

    rooms: dict[str, set[str]] = {}
    for name, targets in graph().items():
        rooms.setdefault(room(name), set()).update(map(room, targets))
    pairs = {(a, b) for a, below in rooms.items() for b in below if a != b}
    assert {(a, b) for a, b in pairs if (b, a) in pairs} == set()


def test_a_circle_is_seen() -> None:
    assert set(circle({"a": {"b"}, "b": {"c"}, "c": {"a"}})) == {"a", "b", "c"}
