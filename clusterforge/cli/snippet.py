"""A TOML snippet for a plugin, ready to paste: what is required, and each default as a comment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import JsonValue, ValidationError

from clusterforge.inline_toml import inline_key, inline_toml
from clusterforge.specs import EncoderSpec, Spec

HEADERS = {
    "dataset": "[dataset]",
    "encoder": "[[encoder]]",
    "clusterer": "[[clusterer]]",
    "metric": "[[metric]]",
    "namer": "[namer]",
}
IN_PHASE = {"loss": "loss", "pairs": "pairs", "augmentation": "augment"}


def snippet(spec: Spec, use: str) -> str:
    """Return the table of a plugin as it may stand in a recipe.

    Parameters
    ----------
    spec
        The plugin's spec.
    use
        The name that a recipe has to use.
    """
    schema = spec.params.model_json_schema()
    if key := IN_PHASE.get(spec.kind):
        weight = {"weight": 1.0} if key == "loss" else {}
        return (
            f"[[encoder.phase]]\n{key} = {inline_toml({'use': use, **weight, **_required(schema)})}"
        )
    header = HEADERS[spec.kind]
    if isinstance(spec, EncoderSpec) and not spec.inductive:
        header = "[report.projection]"
    values = _valid(spec, schema)
    lines = [
        header,
        *(
            f"{inline_key(name)} = {inline_toml(value)}"
            for name, value in {"use": use, **values}.items()
        ),
    ]
    for name, field in schema.get("properties", {}).items():
        if name not in values and field.get("default") is not None:
            lines.append(f"# {inline_key(name)} = {inline_toml(field['default'])}")
    return "\n".join(lines)


def _valid(spec: Spec, schema: Mapping[str, Any]) -> dict[str, JsonValue]:
    """Return what is required; where that is not enough, with the first key that makes it so."""
    required = _required(schema)
    optional = {n: f for n, f in schema.get("properties", {}).items() if n not in required}
    tries = [required]
    tries += [{**required, name: _example(field, schema)} for name, field in optional.items()]
    for values in tries:
        try:
            spec.params.model_validate_json(json.dumps(values))
        except ValidationError:
            continue
        return values
    return required


def _required(schema: Mapping[str, Any]) -> dict[str, JsonValue]:
    fields = schema.get("properties", {})
    return {name: _example(fields[name], schema) for name in schema.get("required", ())}


def _example(field: Mapping[str, Any], root: Mapping[str, Any]) -> Any:
    """Return a value that a required key may have."""
    if field.get("examples"):
        return field["examples"][0]
    for one in ("anyOf", "oneOf", "allOf"):
        if one in field:
            return _example(field[one][0], root)
    if "$ref" in field:
        target = root["$defs"][field["$ref"].rpartition("/")[2]]
        if target.get("type") != "object":
            return _example(target, root)
        inner = target.get("properties", {})
        return {name: _example(inner[name], root) for name in target.get("required", ())}
    if "const" in field or "enum" in field:
        return field.get("const", field.get("enum", [None])[0])
    if field.get("type") == "array":
        return [_example(field.get("items", {}), root)] * max(1, field.get("minItems", 1))
    return _number(field) if field.get("type") in ("integer", "number") else _other(field)


def _number(field: Mapping[str, Any]) -> int | float:
    wanted: int | float = 10 if field["type"] == "integer" else 1.0
    wanted = max(wanted, field.get("minimum", wanted))
    if "exclusiveMinimum" in field and wanted <= field["exclusiveMinimum"]:
        wanted = field["exclusiveMinimum"] + 1
    wanted = min(wanted, field.get("maximum", wanted))
    if "exclusiveMaximum" in field and wanted >= field["exclusiveMaximum"]:
        wanted = (field["exclusiveMaximum"] + field.get("minimum", 0)) / 2
    return int(wanted) if field["type"] == "integer" else float(wanted)


def _other(field: Mapping[str, Any]) -> Any:
    return {"boolean": True, "object": {}}.get(str(field.get("type")), "…")
