"""JSON Schemas of the shapes the API takes and gives, under the names that clients see."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from houselist.envelope import ErrorBody, ValidationErrorBody
from houselist.errors import Invalid, refusals
from houselist.ids import ID_PATTERN, Id
from houselist.openapi.fields import FIELDS, LIKE, RULES, Json
from houselist.openapi.rewriting import plain, renamed, without_null
from houselist.texts import DESCRIPTION_LENGTH, NAME_LENGTH, Description, Name

if TYPE_CHECKING:
    from collections.abc import Iterable

REF = "#/components/schemas/"
_CONTROL = r"\x00-\x1f\x7f-\x9f"
# Of what nobody sees, that which has no place in a name at all.
_UNSEEN = _CONTROL + r"\u00ad\u034f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
_TURNING = r"\u202a-\u202e\u2066-\u2069"


def of_our_type(kind: type) -> Json:
    """The schema of a type that msgspec does not know."""
    if kind is Id:
        return {"type": "string", "pattern": ID_PATTERN}
    if kind is Name:
        letter, space = f"[^{_UNSEEN}]*", rf"[^\s{_UNSEEN}]"
        pattern = f"^{letter}{space}{letter}$"
        return {"type": "string", "minLength": 1, "maxLength": NAME_LENGTH, "pattern": pattern}
    if kind is Description:
        pattern = rf"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f{_TURNING}]*$"
        return {"type": "string", "maxLength": DESCRIPTION_LENGTH, "pattern": pattern}
    if issubclass(kind, str):
        return {"type": "string"}
    raise NotImplementedError


def components_of(taken: Iterable[object], given: Iterable[object]) -> dict[str, Json]:
    """The schemas of all shapes that operations take (bodies) or give (answers), by name."""
    _, bodies = _generate(taken)
    _, answers = _generate([*given, ErrorBody, ValidationErrorBody])
    components = {renamed(name): _tidy(schema, name) for name, schema in bodies.items()}
    for name, schema in answers.items():
        if name not in bodies:
            components[renamed(name)] = _all_there(_tidy(schema, name))
    return components | _errors(components)


def fields_of(shape: type[msgspec.Struct]) -> dict[str, tuple[Json, bool]]:
    """The fields of a path's or a query's shape: name to schema, and whether it is required."""
    _, components = _generate([shape])
    schema = _tidy(components[shape.__name__], shape.__name__)
    required = schema.get("required", [])
    return {
        name: (without_null(field), name in required)
        for name, field in schema["properties"].items()
    }


def name_of(answer: object) -> str:
    """What the schema of an answer is called: `Audience`, `AudiencePage`."""
    (reference,), _ = _generate([answer])
    return renamed(reference["$ref"].removeprefix(REF))


def success(answer: str) -> Json:
    """The envelope around an answer, given the name of its schema."""
    return _envelope(ok=True, data={"$ref": REF + answer}, error={"type": "null"})


def reference(name: str) -> Json:
    return {"$ref": REF + name}


def _generate(kinds: Iterable[object]) -> tuple[tuple[Json, ...], dict[str, Json]]:
    return msgspec.json.schema_components(
        kinds, schema_hook=of_our_type, ref_template=REF + "{name}"
    )


def _errors(components: dict[str, Json]) -> dict[str, Json]:
    """The two envelopes of refusals, as the first API reference named them."""
    codes = [kind.code for kind in refusals() if not issubclass(kind, Invalid)]
    components["ErrorBody"]["properties"]["code"]["enum"] = codes
    code = components["ValidationErrorBody"]["properties"]["code"]
    code.update({"const": Invalid.code, "examples": [Invalid.code]})
    null: Json = {"type": "null"}
    return {
        "ErrorResponse": _envelope(ok=False, data=null, error=reference("ErrorBody")),
        "ValidationErrorResponse": _envelope(
            ok=False, data=null, error=reference("ValidationErrorBody")
        ),
    }


def _envelope(*, ok: bool, data: Json, error: Json) -> Json:
    trace: Json = {"type": "string", "description": "The W3C trace id.", **FIELDS["traceId"]}
    properties: Json = {
        "success": {"type": "boolean", "const": ok},
        "data": data,
        "error": error,
        "traceId": trace,
    }
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _tidy(schema: Json, shape: str) -> Json:
    """A shape's schema, in the words of OpenAPI 3.1, and with what FIELDS says of its fields."""
    tidied = plain(schema)
    owner = LIKE.get(shape, shape)
    for name, field in tidied.get("properties", {}).items():
        known = FIELDS.get(f"{shape}.{name}", FIELDS.get(f"{owner}.{name}", FIELDS.get(name, {})))
        for keyword, value in known.items():
            field.setdefault(keyword, value)
    return tidied | RULES.get(shape, {})


def _all_there(schema: Json) -> Json:
    """Asks for fields with a default too: a body may leave them out, but an answer has them."""
    fields: dict[str, Json] = schema.get("properties", {})
    required = schema.get("required", [])
    there = [name for name, field in fields.items() if name in required or "default" in field]
    for field in fields.values():
        field.pop("default", None)
    return {**schema, "required": there} if there else schema
