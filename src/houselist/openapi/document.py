"""The OpenAPI 3.1 document, put together from what the routes say of themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import houselist
from houselist.openapi import keyless, words
from houselist.openapi.examples import example_of
from houselist.openapi.responses import JSON, binary, responses_of
from houselist.openapi.rewriting import reference
from houselist.openapi.schemas import components_of, fields_of, name_of, success
from houselist.permissions import MEANINGS

if TYPE_CHECKING:
    from collections.abc import Iterable

    import msgspec

    from houselist.openapi.rewriting import Json
    from houselist.web.operation import Endpoint, Operation


def build(operations: Iterable[Operation]) -> Json:
    """The whole document."""
    operations = list(operations)
    components = _components([operation.endpoint for operation in operations])
    paths: dict[str, Json] = {}
    for operation in operations:
        item = paths.setdefault(operation.path, {})
        item[operation.method.lower()] = _operation(operation, components)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": words.TITLE,
            "version": houselist.__version__,
            "description": words.DESCRIPTION,
            "license": {"name": "AGPL-3.0-or-later", "identifier": "AGPL-3.0-or-later"},
        },
        "servers": [{"url": "/"}],
        "tags": _tags(operations),
        "security": [{"apiKey": []}],
        "paths": paths | keyless.paths(),
        "components": {
            "schemas": dict(sorted(components.items())),
            "headers": words.HEADERS,
            "securitySchemes": words.SECURITY,
        },
    }


def _components(endpoints: list[Endpoint]) -> dict[str, Json]:
    bodies = [each.body for each in endpoints if each.body is not None]
    answers = [each.response for each in endpoints if _answers_json(each)]
    answers += keyless.SHAPES
    told = [each.response for each in endpoints if each.sends_events]
    found = components_of(bodies, [*answers, *told])
    shapes = {name_of(shape) for shape in answers}
    return found | {f"{shape}SuccessResponse": success(shape) for shape in shapes}


def _answers_json(endpoint: Endpoint) -> bool:
    return endpoint.media_type == JSON and not endpoint.download_types


def _operation(operation: Operation, components: dict[str, Json]) -> Json:
    found: Json = {
        "operationId": operation.name,
        "tags": [operation.endpoint.tag],
        "summary": operation.endpoint.summary,
        "description": f"{operation.endpoint.description}\n\n{_permission(operation)}".strip(),
        "security": [{"apiKey": []}],
        "parameters": _parameters(operation),
    }
    if body := _body(operation, components):
        found["requestBody"] = body
    return {**found, "responses": responses_of(operation, components)}


def _permission(operation: Operation) -> str:
    if operation.permission is None:
        return "Permission: none; any valid key will do."
    return f"Permission: `{operation.permission}` ({MEANINGS[operation.permission]})."


def _parameters(operation: Operation) -> list[Json]:
    found = [
        *_in("path", operation.endpoint.at),
        *_in("query", operation.endpoint.query),
        words.TRACE_PARAMETER,
    ]
    if operation.endpoint.etag:
        found.append(words.ETAG_PARAMETER)
    if operation.endpoint.sends_events:
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


def _body(operation: Operation, components: dict[str, Json]) -> Json | None:
    if operation.endpoint.upload_types:
        return {
            "required": True,
            "content": {
                media_type: _file(example)
                for media_type, example in operation.endpoint.upload_types.items()
            },
        }
    if operation.endpoint.body is None:
        return None
    shape = name_of(operation.endpoint.body)
    schema = components[shape]
    if "discriminator" in schema:
        tag = schema["discriminator"]["propertyName"]
        examples = {example[tag]: {"value": example} for example in schema["examples"]}
        content: Json = {"schema": reference(shape), "examples": examples}
    else:
        example = example_of(schema, components, shape)
        for _, other in getattr(operation.endpoint.body, "exactly_one", ()):
            del example[other]
        content = {"schema": reference(shape), "example": example}
    required = any(word in schema for word in ("required", "minProperties", "discriminator"))
    return {"required": required, "content": {JSON: content}}


def _file(example: str | None) -> Json:
    return {"schema": binary(), **({"example": example} if example else {})}


def _tags(operations: list[Operation]) -> list[Json]:
    used = {operation.endpoint.tag for operation in operations} | {"Service"}
    known = [tag for tag in words.TAGS if tag in used]
    return [
        {"name": tag, "description": words.TAGS.get(tag, tag)}
        for tag in known + sorted(used - set(known))
    ]
