"""Turns the schemas that msgspec makes into the words of OpenAPI 3.1. Knows none of our shapes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from houselist.openapi.fields import Json

_PAGE = re.compile(r"Page_(\w+)_")
_PRIMITIVES = ("string", "integer", "number", "boolean")


def renamed(name: str) -> str:
    """`Page_Audience_`, as msgspec names a page of audiences, is an `AudiencePage`."""
    return _PAGE.sub(r"\1Page", name)


def plain(schema: Json) -> Json:
    """Without titles, with a type beside an enum, and null as a second type where that says all."""
    found = {key: value for key, value in schema.items() if key != "title"}
    if "properties" in found:
        found["properties"] = {name: plain(field) for name, field in found["properties"].items()}
    if "anyOf" in found:
        # A Raw field is JSON that was made elsewhere; its other half says what is in it.
        found["anyOf"] = [plain(part) for part in found["anyOf"] if part]
    for key in ("items", "additionalProperties"):
        if found.get(key):
            found[key] = plain(found[key])
    if "$ref" in found:
        found["$ref"] = renamed(found["$ref"])
    if not found.get("required", True):
        del found["required"]
    if "pattern" in found:
        # The end of a text is \Z in Python and $ in JSON Schema.
        found["pattern"] = found["pattern"].replace(r"\Z", "$")
    return _merged(_typed(found)) if "anyOf" in found else _typed(found)


def _typed(schema: Json) -> Json:
    values = schema.get("enum", [])
    if values == [True]:
        return {"type": "boolean", "const": True, **_but(schema, "enum")}
    if values and all(isinstance(value, str) for value in values):
        return {"type": "string", **schema}
    return schema


def _merged(schema: Json) -> Json:
    """`anyOf` of a primitive and null as one schema of two types."""
    parts: list[Json] = schema["anyOf"]
    rest = _but(schema, "anyOf")
    if len(parts) == 1:
        return {**parts[0], **rest}
    first, *others = parts
    if others == [{"type": "null"}] and first.get("type") in _PRIMITIVES and "enum" not in first:
        return {**first, "type": [first["type"], "null"], **rest}
    return schema


def without_null(schema: Json) -> Json:
    """A parameter can be left out, but it cannot be null."""
    kinds: list[Json] = [{"type": [kind, "null"]} for kind in _PRIMITIVES]
    found = schema
    if {"type": schema.get("type")} in kinds:
        found = {**schema, "type": schema["type"][0]}
    if "anyOf" in found:
        parts = [part for part in found["anyOf"] if part != {"type": "null"}]
        found = _merged({**found, "anyOf": parts})
    return _but(found, "default") if found.get("default", 0) is None else found


def _but(schema: Json, key: str) -> Json:
    return {name: value for name, value in schema.items() if name != key}
