"""JSON Schemas of the shapes the API takes and gives, under the names that clients see."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from houselist.envelope import ErrorBody, ValidationErrorBody
from houselist.ids import ID_PATTERN, Id
from houselist.openapi.rewriting import REF, component, plain, reference, renamed, without_null
from houselist.openapi.words import TRACE_ID
from houselist.texts import DESCRIPTION_LENGTH, NAME_LENGTH, Description, Name
from houselist.web import tagged

if TYPE_CHECKING:
    from collections.abc import Iterable

    from houselist.openapi.rewriting import Json

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


def components_of(taken: list[object], given: Iterable[object]) -> dict[str, Json]:
    """The schemas of all shapes that operations take (bodies) or give (answers), by name."""
    named: dict[str, Json] = {}
    tops, bodies = _generate(taken)
    for top in tops:
        plain(top, named)
    found = {name: component(schema, named) for name, schema in bodies.items()}
    for body in taken:
        for kind in tagged.kinds_of(body):
            found[kind.__name__] |= _rules(kind)
    _, answers = _generate([*given, ErrorBody, ValidationErrorBody])
    for name, schema in answers.items():
        if name not in bodies:
            found[renamed(name)] = _all_there(component(schema, named), _left_out(schema))
    return found | named | _errors()


def fields_of(shape: type[msgspec.Struct]) -> dict[str, tuple[Json, bool]]:
    """The fields of a path's or a query's shape: name to schema, and whether it is required."""
    _, components = _generate([shape])
    schema = components[shape.__name__]
    required = schema.get("required", [])
    return {
        name: (without_null(plain(field, {})), name in required)
        for name, field in schema["properties"].items()
    }


def name_of(shape: object) -> str:
    """What the schema of a shape is called: `Audience`, `AudiencePage`, `JobStart`."""
    (top,), _ = _generate([shape])
    return renamed(plain(top, {})["$ref"].removeprefix(REF))


def success(answer: str) -> Json:
    """The envelope around an answer, given the name of its schema."""
    return _envelope(ok=True, data=reference(answer), error={"type": "null"})


def _generate(kinds: Iterable[object]) -> tuple[tuple[Json, ...], dict[str, Json]]:
    return msgspec.json.schema_components(
        kinds, schema_hook=of_our_type, ref_template=REF + "{name}"
    )


def _rules(kind: type[msgspec.Struct]) -> Json:
    """What no single field can say of a body."""
    fields = msgspec.structs.fields(kind)
    pairs: list[tuple[str, str]] = list(getattr(kind, "exactly_one", ()))
    rules: Json = {}
    if fields and all(field.default is msgspec.UNSET for field in fields):
        rules["minProperties"] = 1
    if pairs:
        rules |= _exactly_one(*pairs[0])
    if pairs[1:]:
        # A schema has one `if`, and generators take `allOf` for inheritance; a tag is always there.
        tag = str(kind.__struct_config__.tag_field)
        rules["dependentSchemas"] = {tag: _exactly_one(*pairs[1])}
    return rules


def _exactly_one(one: str, other: str) -> Json:
    """That one of two fields is there, where null counts as not there."""
    null: Json = {"type": "null"}

    def there(name: str) -> Json:
        return {"required": [name], "properties": {name: {"not": null}}}

    return {"if": there(one), "then": {"properties": {other: null}}, "else": there(other)}


def _errors() -> dict[str, Json]:
    """The two envelopes of refusals, as the first API reference named them."""
    shapes = {"ErrorResponse": ErrorBody, "ValidationErrorResponse": ValidationErrorBody}
    return {
        name: _envelope(ok=False, data={"type": "null"}, error=reference(shape.__name__))
        for name, shape in shapes.items()
    }


def _envelope(*, ok: bool, data: Json, error: Json) -> Json:
    trace: Json = {"type": "string", "pattern": "^[0-9a-f]{32}$", "examples": [TRACE_ID]}
    properties: Json = {
        "success": {
            "type": "boolean",
            "const": ok,
            "description": "Whether the request succeeded.",
        },
        "data": {**data, "description": "What the request is about; null when it failed."},
        "error": {**error, "description": "What went wrong; null when nothing did."},
        "traceId": {**trace, "description": "The W3C trace id."},
    }
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _left_out(schema: Json) -> set[str]:
    """The fields that an answer may lack: their default is msgspec.UNSET, which has no JSON."""
    required = schema.get("required", ())
    return {
        name
        for name, field in schema["properties"].items()
        if name not in required and "default" not in field
    }


def _all_there(schema: Json, left_out: set[str]) -> Json:
    """Requires every other field: a body may leave out one with a default, but an answer has it."""
    required = [name for name in schema["properties"] if name not in left_out]
    return {**schema, "required": required}
