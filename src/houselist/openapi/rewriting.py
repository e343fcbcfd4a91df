"""Turns the schemas that msgspec makes into the words of OpenAPI 3.1. Knows none of our shapes.

Generators of clients are strict readers, so: what has a title becomes a component of that name, one
value is a `const`, and a field of a component has no default, which some take for "always there".
"""

from __future__ import annotations

import re
from typing import Any

Json = dict[str, Any]

REF = "#/components/schemas/"
_PAGE = re.compile(r"Page_(\w+)_")
_PRIMITIVES = ("string", "integer", "number", "boolean")
# What a reference may say beside the component: how it is used here.
_BESIDE = ("description", "examples")


def renamed(name: str) -> str:
    """`Page_Audience_`, as msgspec names a page of audiences, is an `AudiencePage`."""
    return _PAGE.sub(r"\1Page", name)


def reference(name: str) -> Json:
    return {"$ref": REF + name}


def component(schema: Json, named: dict[str, Json]) -> Json:
    """The schema of a struct, in which every field is described. See `plain` for `named`."""
    found = plain(_but(schema, "title"), named)
    for field in found["properties"].values():
        field.pop("default", None)
        if "const" in field:
            field.setdefault("description", f"Always `{field['const']}`.")
    return found


def plain(schema: Json, named: dict[str, Json]) -> Json:
    """With references to what has a title, which goes to `named`, and null as a second type."""
    if "title" in schema:
        return _named(schema, named)
    found = dict(schema)
    if "properties" in found:
        found["properties"] = {
            name: plain(field, named) for name, field in found["properties"].items()
        }
    if "anyOf" in found:
        # A Raw field is JSON that was made elsewhere; its other half says what is in it.
        found["anyOf"] = [plain(part, named) for part in found["anyOf"] if part]
    for key in ("items", "additionalProperties"):
        if found.get(key):
            found[key] = plain(found[key], named)
    if "$ref" in found:
        found["$ref"] = renamed(found["$ref"])
    if not found.get("required", True):
        del found["required"]
    if "pattern" in found:
        # The end of a text is \Z in Python and $ in JSON Schema.
        found["pattern"] = found["pattern"].replace(r"\Z", "$")
    return _merged(_typed(found)) if "anyOf" in found else _typed(found)


def _named(schema: Json, named: dict[str, Json]) -> Json:
    """A reference to a schema with a title, which becomes a component."""
    name = schema["title"]
    whole = plain(_but(schema, "title", "default"), named)
    if "oneOf" not in whole:
        whole = _but(whole, *_BESIDE)
    if named.setdefault(name, whole) != whole:
        raise ValueError(f"two schemas are titled {name}")
    beside = {key: schema[key] for key in (*_BESIDE, "default") if key in schema}
    return {**reference(name), **beside}


def _typed(schema: Json) -> Json:
    """With a type beside the values, and one value as a constant."""
    values = schema.get("enum", [])
    if len(values) == 1:
        kind = "boolean" if isinstance(values[0], bool) else "string"
        return {"type": kind, "const": values[0], **_but(schema, "enum")}
    if values and all(isinstance(value, str) for value in values):
        return {"type": "string", **schema}
    return schema


def _merged(schema: Json) -> Json:
    """`anyOf` of a primitive and null as one schema of two types; of tagged shapes as `oneOf`."""
    parts: list[Json] = schema["anyOf"]
    rest = _but(schema, "anyOf")
    if "discriminator" in schema:
        return {"oneOf": parts, **rest}
    if len(parts) == 1:
        return {**parts[0], **rest}
    first, *others = parts
    if others == [{"type": "null"}] and first.get("type") in _PRIMITIVES:
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


def _but(schema: Json, *keys: str) -> Json:
    return {name: value for name, value in schema.items() if name not in keys}
