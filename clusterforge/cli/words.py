"""Parameter models in words: each key's type, bounds, default, unit and help."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, JsonValue

from clusterforge.cli.outputs.base import Output

Schema = Mapping[str, Any]

_NAMES = {
    "integer": "integer",
    "number": "number",
    "string": "text",
    "boolean": "true or false",
    "object": "table",
}
_BOUNDS = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}


class Key(Output):
    """One key of a table, in words."""

    name: str
    """The key."""
    type: str
    """What it may be, bounds included: `integer ≥ 1 or "auto"`."""
    required: bool
    """Whether it has no default."""
    default: JsonValue
    """Its default; null where there is none."""
    unit: str | None
    """What a number counts."""
    help: str
    """What it means."""

    @property
    def about(self) -> tuple[str, str, str]:
        """What is said of it, but for its default."""
        return self.name, self.type, self.help

    @property
    def standing(self) -> str:
        """``required``, ``optional`` or the default."""
        if self.required:
            return "required"
        if self.default is None or self.default in ("", []):
            return "optional"
        return f"default {json.dumps(self.default, ensure_ascii=False)}"


class Nested(Output):
    """A table below a parameter."""

    name: str
    """Where it stands."""
    help: str
    """What it is."""
    keys: tuple[Key, ...]
    """Its keys."""


def keys(model: type[BaseModel]) -> tuple[Key, ...]:
    """Return the keys of a parameter model, what is required first."""
    held, accepted = _schemas(model)
    return tuple(sorted(_keys(held, accepted, held), key=lambda key: not key.required))


def nested(model: type[BaseModel]) -> tuple[Nested, ...]:
    """Return the tables below a parameter model, each once, at the place nearest to the top."""
    held, accepted = _schemas(model)
    tables: dict[str, Nested] = {}
    waiting = [("", held)]
    while waiting:
        place, table = waiting.pop(0)
        for name, field in table.get("properties", {}).items():
            at = f"{place}.{name}" if place else name
            for reference in _references(field):
                below = held["$defs"][reference]
                if reference in tables or below.get("type") != "object":
                    continue
                use = below.get("properties", {}).get("use", {})
                title = f'{at} = {{use = "{use["const"]}"}}' if "const" in use else at
                accepted_table = accepted.get("$defs", {}).get(reference, below)
                about = _prose(below.get("description"))
                tables[reference] = Nested(
                    name=title, help=about, keys=_keys(below, accepted_table, held)
                )
                waiting.append((at, below))
    return tuple(tables.values())


def _schemas(model: type[BaseModel]) -> tuple[Schema, Schema]:
    """Return what the model holds, and what it takes: a table may have a name as its short form."""
    return model.model_json_schema(mode="serialization"), model.model_json_schema()


def _references(field: Any) -> Iterator[str]:
    if isinstance(field, Mapping):
        if "$ref" in field:
            yield str(field["$ref"]).rpartition("/")[2]
        for name, value in field.items():
            if name not in ("default", "discriminator"):
                yield from _references(value)
    elif isinstance(field, list):
        for value in field:
            yield from _references(value)


def _keys(table: Schema, accepted: Schema, root: Schema) -> tuple[Key, ...]:
    required = table.get("required", ())
    return tuple(
        Key(
            name=name,
            type=_short(accepted["properties"].get(name, {})) + _type(field, root),
            required=name in required,
            default=field.get("default"),
            unit=field.get("unit"),
            help=_prose(field.get("description")),
        )
        for name, field in table.get("properties", {}).items()
    )


def _short(accepted: Schema) -> str:
    members = accepted.get("anyOf", ())
    tables = any("object" in json.dumps(member) for member in members)
    return "name or " if tables and {"type": "string"} in members else ""


def _type(field: Schema, root: Schema) -> str:
    members = field.get("anyOf") or field.get("oneOf") or [field]
    names = [_member(member, root) for member in members if member.get("type") != "null"]
    return " or ".join(dict.fromkeys(name for name in names if name)) or "anything"


def _member(field: Schema, root: Schema) -> str:
    if "$ref" in field:
        target = root["$defs"][field["$ref"].rpartition("/")[2]]
        return "table" if target.get("type") == "object" else _type(target, root)
    if "allOf" in field:
        return _member(field["allOf"][0], root)
    if "anyOf" in field or "oneOf" in field:
        return _type(field, root)
    if "const" in field:
        return json.dumps(field["const"])
    if "enum" in field:
        return " or ".join(json.dumps(value) for value in field["enum"])
    if field.get("type") == "array":
        return _list(field, root)
    name = _NAMES.get(str(field.get("type")), "")
    bounds = [f"{sign} {_number(field[key])}" for key, sign in _BOUNDS.items() if key in field]
    pattern = [f"matching {field['pattern']}"] if "pattern" in field else []
    return " ".join([name, " and ".join(bounds), *pattern]).strip().replace("  ", " ")


def _list(field: Schema, root: Schema) -> str:
    if "prefixItems" in field:
        return f"list of ({', '.join(_type(item, root) for item in field['prefixItems'])})"
    inner = _type(field.get("items", {}), root)
    if inner == "anything":
        return "list"
    return "list of tables" if inner == "table" else f"list of {inner}"


def _number(value: float) -> str:
    return f"{int(value):,}" if value == int(value) else f"{value:g}"


def _prose(text: str | None) -> str:
    return " ".join((text or "").split()).replace("``", "")
