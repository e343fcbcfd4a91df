"""The OpenAPI 3.1 document, put together from what the routes say of themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import houselist
from houselist.endpoint import NoBody
from houselist.openapi import keyless, words
from houselist.openapi.examples import BODIES, TEXTS, example_of
from houselist.openapi.responses import JSON, responses_of
from houselist.openapi.schemas import components_of, fields_of, name_of, reference, success
from houselist.permissions import MEANINGS

if TYPE_CHECKING:
    from collections.abc import Iterable

    import msgspec
    from litestar.handlers import BaseRouteHandler

    from houselist.openapi.fields import Json
    from houselist.operation import Operation


class Described(NamedTuple):
    """An operation under its operationId."""

    name: str
    operation: Operation


def operations(handlers: Iterable[BaseRouteHandler]) -> list[Described]:
    """The operations that handlers carry. Handlers without one, which need no key, are left out."""
    return [
        Described(_camel(handler.name or ""), handler.opt["operation"])
        for handler in handlers
        if "operation" in handler.opt
    ]


def build(handlers: Iterable[BaseRouteHandler]) -> Json:
    """The whole document."""
    described = operations(handlers)
    components = _components(described)
    paths: dict[str, Json] = {}
    for name, operation in described:
        item = paths.setdefault(operation.path, {})
        item[operation.method.lower()] = _operation(name, operation, components)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": words.TITLE,
            "version": houselist.__version__,
            "description": words.DESCRIPTION,
            "license": {"name": "AGPL-3.0-or-later", "identifier": "AGPL-3.0-or-later"},
        },
        "servers": [{"url": "/"}],
        "tags": _tags(described),
        "security": [{"apiKey": []}],
        "paths": paths | keyless.paths(),
        "components": {
            "schemas": dict(sorted(components.items())),
            "headers": words.HEADERS,
            "securitySchemes": words.SECURITY,
        },
    }


def _components(described: list[Described]) -> dict[str, Json]:
    bodies = [o.body for _, o in described if o.body is not None and o.body is not NoBody]
    answers = [o.answer for _, o in described if o.media_type == JSON] + list(keyless.SHAPES)
    told = [o.answer for _, o in described if o.sends_events]
    found = components_of(bodies, [*answers, *told])
    shapes = {name_of(shape) for shape in answers}
    return found | {f"{shape}SuccessResponse": success(shape) for shape in shapes}


def _operation(name: str, operation: Operation, components: dict[str, Json]) -> Json:
    found: Json = {
        "operationId": name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": f"{operation.description}\n\n{_permission(operation)}".strip(),
        "security": [{"apiKey": []}],
        "parameters": _parameters(operation),
    }
    if body := _body(name, operation, components):
        found["requestBody"] = body
    return {**found, "responses": responses_of(name, operation, components)}


def _permission(operation: Operation) -> str:
    if operation.permission is None:
        return "Permission: none; any valid key will do."
    return f"Permission: `{operation.permission}` ({MEANINGS[operation.permission]})."


def _parameters(operation: Operation) -> list[Json]:
    found = [*_in("path", operation.at), *_in("query", operation.query), words.TRACE_PARAMETER]
    if operation.etag:
        found.append(words.ETAG_PARAMETER)
    if operation.sends_events:
        found.append(words.EVENT_ID_PARAMETER)
    if operation.takes_idempotency_key:
        found.append(words.IDEMPOTENCY_PARAMETER)
    return found


def _in(place: str, shape: type[msgspec.Struct] | None) -> list[Json]:
    """A parameter for every field of a path's or a query's shape."""
    found: list[Json] = []
    for name, (schema, required) in (fields_of(shape) if shape else {}).items():
        plain = {
            key: value for key, value in schema.items() if key not in ("description", "examples")
        }
        found.append(
            words.parameter(
                name,
                place,
                schema.get("description", ""),
                plain,
                example_of(schema, {}, name),
                required=required,
            )
        )
    return found


def _body(name: str, operation: Operation, components: dict[str, Json]) -> Json | None:
    if operation.streams:
        return {"required": True, "content": {kind: _file(kind) for kind in operation.streams}}
    if operation.body is None or operation.body is NoBody:
        return None
    shape = name_of(operation.body)
    schema = components[shape]
    if name in BODIES:
        examples = {kind: {"value": body} for kind, body in BODIES[name].items()}
        content: Json = {"schema": reference(shape), "examples": examples}
    else:
        example = example_of(schema, components, shape)
        content = {"schema": reference(shape), "example": example}
    required = bool(schema.get("required") or schema.get("minProperties"))
    return {"required": required, "content": {JSON: content}}


def _file(media_type: str) -> Json:
    schema: Json = {"type": "string", "format": "binary"}
    example = {"example": TEXTS[media_type]} if media_type in TEXTS else {}
    return {"schema": schema, **example}


def _tags(described: list[Described]) -> list[Json]:
    used = {operation.tag for _, operation in described} | {"Service"}
    known = [tag for tag in words.TAGS if tag in used]
    return [
        {"name": tag, "description": words.TAGS.get(tag, tag)}
        for tag in known + sorted(used - set(known))
    ]


def _camel(name: str) -> str:
    """`get_audience` as an operationId."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
