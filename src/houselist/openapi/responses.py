"""Every answer an operation can give: status, schema, headers, and an example from life."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from houselist import envelope
from houselist.errors import Invalid, Refusal
from houselist.openapi.examples import example_of
from houselist.openapi.refusals import MEANINGS, refusals_of
from houselist.openapi.rewriting import reference
from houselist.openapi.schemas import name_of
from houselist.openapi.words import HEADERS, TRACE_ID

if TYPE_CHECKING:
    from houselist.openapi.rewriting import Json
    from houselist.web.operation import Operation

JSON = "application/json"
_ACCEPTED = 202
_LIMITED = ("RateLimit-Policy", "RateLimit")
_SUCCESSES = {
    200: "Success.",
    201: "Created.",
    202: "Accepted: the work goes on in the background. `Location` tells where to follow it.",
}

# Of the refusals, those that carry a header: as it is written in the document.
_CARRIED = {"retry-after": "Retry-After", "www-authenticate": "WWW-Authenticate"}


def responses_of(operation: Operation, components: dict[str, Json]) -> Json:
    """All responses of an operation that needs a key, by status."""
    by_status: dict[int, list[Refusal]] = {}
    for refusal in refusals_of(operation):
        by_status.setdefault(refusal.status, []).append(refusal)
    found = _successes(operation, components)
    for status, refusals in by_status.items():
        found[str(status)] = refused(refusals, limited=status not in (401, 500))
    return dict(sorted(found.items()))


def answer(words: str, schema: Json, example: Any, *headers: str, media_type: str = JSON) -> Json:
    """One response. `headers` are names of header components."""
    content = {"schema": schema, "examples": {"success": {"summary": words, "value": example}}}
    return {"description": words, "headers": _headers(*headers), "content": {media_type: content}}


def in_envelope(data: Any) -> Any:
    """The example of a whole answer, around that of its data."""
    return msgspec.json.decode(envelope.success(data, TRACE_ID))


def refused(refusals: list[Refusal], words: str = "", *, limited: bool = False) -> Json:
    """One response for all refusals of one status, with an example for each code."""
    schema = "ValidationErrorResponse" if isinstance(refusals[0], Invalid) else "ErrorResponse"
    carried: dict[str, Json] = {}
    for name in sorted({name for refusal in refusals for name in refusal.headers}):
        always = all(name in refusal.headers for refusal in refusals)
        header = _CARRIED[name]
        carried[header] = {**HEADERS[header], "required": always}
    examples = {
        refusal.code: {
            "summary": refusal.message,
            "value": msgspec.json.decode(envelope.failure(refusal, TRACE_ID)),
        }
        for refusal in refusals
    }
    meanings = (MEANINGS.get(type(refusal), refusal.message.rstrip(".")) for refusal in refusals)
    return {
        "description": words or "; or: ".join(meanings) + ".",
        "headers": {**_headers(*(_LIMITED if limited else ())), **carried},
        "content": {JSON: {"schema": reference(schema), "examples": examples}},
    }


def _successes(operation: Operation, components: dict[str, Json]) -> Json:
    if operation.endpoint.download_types:
        return {"200": _file(operation)}
    shape = name_of(operation.endpoint.response)
    data = example_of(components[shape], components, shape)
    if operation.endpoint.sends_events:
        event, example = _event(shape, data)
        words = "A stream, described by one of its events."
        return {
            "200": answer(
                words, event, example, *_LIMITED, media_type=operation.endpoint.media_type
            )
        }
    example = in_envelope({**data, **operation.endpoint.example})
    schema = reference(f"{shape}SuccessResponse")
    words = _SUCCESSES[operation.endpoint.status]
    replayed = ("Idempotent-Replayed",) if operation.takes_idempotency_key else ()
    if operation.endpoint.status == _ACCEPTED:
        # A replayed 202 becomes 200, so the two differ in what they carry.
        again = "The same request again, under its Idempotency-Key: the first answer."
        return {
            "200": answer(again, schema, example, *_LIMITED, "Location", *replayed),
            "202": answer(words, schema, example, *_LIMITED, "Location"),
        }
    tag = ("ETag",) if operation.endpoint.etag else ()
    found = {
        str(operation.endpoint.status): answer(words, schema, example, *_LIMITED, *replayed, *tag)
    }
    if operation.endpoint.etag:
        words = "Nothing has changed since the answer whose ETag came in If-None-Match."
        found["304"] = {"description": words, "headers": _headers(*_LIMITED, *tag)}
    return found


def _file(operation: Operation) -> Json:
    """A file of one of several types, each with an example where that is text."""
    content: dict[str, Json] = {}
    for media_type, example in operation.endpoint.download_types.items():
        content[media_type] = {"schema": binary(), **({"example": example} if example else {})}
    headers = _headers(*_LIMITED, "Content-Disposition", "X-Row-Count")
    return {"description": "The file.", "headers": headers, "content": content}


def binary() -> Json:
    """The schema of a file."""
    return {"type": "string", "format": "binary"}


def _event(shape: str, data: Json) -> tuple[Json, Json]:
    """The schema of one event, which OpenAPI before 3.2 describes a stream by, and an example."""
    content = {"contentMediaType": JSON, "contentSchema": reference(shape)}
    fields: Json = {
        "event": {"type": "string", "enum": ["progress", "end"]},
        "id": {"type": "string", "pattern": "^[0-9]{1,19}$"},
        "data": {"type": "string", **content},
    }
    example = {"event": "end", "id": "31", "data": msgspec.json.encode(data).decode()}
    return {"type": "object", "properties": fields, "required": list(fields)}, example


def _headers(*names: str) -> Json:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in ("x-trace-id", *names)}
