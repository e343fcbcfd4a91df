"""The words of the OpenAPI document that belong to no single operation; its headers and tags."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.jobs.shapes import JOB_ID
from houselist.permissions import MEANINGS

if TYPE_CHECKING:
    from houselist.openapi.rewriting import Json

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
_TRACEPARENT = f"00-{TRACE_ID}-00f067aa0ba902b7-01"
_ETAG = 'W/"6b1f0c2e9a7d4e58b3c1f2a0"'
TITLE = "Houselist"

_ABOUT = """\
The audience service for B2B prospecting: audiences of prospects, folders to keep them in, and
prospecting jobs that fill them in the background.

## Authentication
Send `Authorization: Bearer hl_live_…`. A key has the account groups and the permissions that it was
created with; write does not imply read. What belongs to another account group is a 404, as if it
did not exist.

| permission | lets a key |
|---|---|
{permissions}

## Envelope
Every JSON response is `{{"success", "data", "error", "traceId"}}`. `traceId` is the W3C trace id,
taken from a valid `traceparent` header or generated; it is also in `x-trace-id` and in the
service's log. `error.code` is for programs, `message` and `details` are for people.
VALIDATION_ERROR names every problem in `error.fields`. Unknown fields and unknown query
parameters are refused. Times are ISO 8601, UTC, with milliseconds. Errors are checked in this
order: 401, 429, 403, 400, 404, 409 or 422. A path that does not exist is a 404; a method that a
path does not have is a 405 with `Allow`.

## Readiness guard
While a job's import stage fills an audience, lists and navigation leave the audience out, and
requests for it by id get 409 AUDIENCE_NOT_READY with `Retry-After`, estimated from the import's
pace so far. The audience is ready when that stage is over, although the job may go on looking
people up for days.

## Paging
Lists take `limit` (1 to 250, default 50) and `cursor` (the `nextCursor` of the page before). When
items are added or removed between two pages, no other item appears twice or is missed.

## Rate limit
Requests are counted per key in a sliding window: 600 a minute unless set otherwise.
`RateLimit-Policy` and `RateLimit` state the quota and what remains of it; a 429 has `Retry-After`.

## Idempotency
Every POST, PATCH and DELETE takes an `Idempotency-Key`. For 24 hours the same request with the same
key gets the first response again, with `Idempotent-Replayed: true` (a replayed 202 becomes 200);
another request with that key is 409 IDEMPOTENCY_CONFLICT. Two at once have one effect. A PUT needs
none: sent again, it changes nothing.
"""
DESCRIPTION = _ABOUT.format(
    permissions="\n".join(f"| `{name}` | {meaning} |" for name, meaning in MEANINGS.items())
)

TAGS: dict[str, str] = {
    "Accounts": "Account groups: the tenants. Everything else belongs to exactly one.",
    "Audiences": "Lists of prospects, and the navigation that shows them in their folders.",
    "Folders": "Named groups of audiences of one type.",
    "Prospects": "People, each known once per account group, however many audiences hold them.",
    "Members": "Who is in an audience: added, moved, removed, and what changed since.",
    "Prospecting": "Uploads, and the jobs that fill an audience from one source.",
    "Schedules": "When `monitoring` audiences are refilled.",
    "Sales Navigator": "What a provider's account offers as a source.",
    "Service": "Whether the service works. No key is needed.",
}

SECURITY: Json = {
    "apiKey": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "hl_live_…",
        "description": "An API key, as `houselist keys create` prints it once.",
    }
}


def _header(words: str, example: str, *, required: bool = False, **schema: str) -> Json:
    return {
        "description": words,
        "required": required,
        "schema": {"type": "string", **schema},
        "example": example,
    }


HEADERS: dict[str, Json] = {
    "x-trace-id": _header(
        "The traceId of the response.", TRACE_ID, required=True, pattern="^[0-9a-f]{32}$"
    ),
    "RateLimit-Policy": _header(
        "The quota `q` and its window `w` in seconds.", '"default";q=600;w=60'
    ),
    "RateLimit": _header(
        "What remains (`r`), and in how many seconds more will be there (`t`).",
        '"default";r=594;t=52',
    ),
    "Content-Disposition": _header(
        "The name of the file, which is the audience's.",
        "attachment; filename=\"CTOs.csv\"; filename*=UTF-8''CTOs.csv",
        required=True,
    ),
    "X-Row-Count": _header(
        "How many people the file holds.", "1250", required=True, pattern="^[0-9]+$"
    ),
    "Retry-After": _header("Seconds to wait.", "12", required=True, pattern="^[0-9]+$"),
    "WWW-Authenticate": _header("How to authenticate.", "Bearer", required=True),
    "Location": _header(
        "Where to follow the job.",
        f"/v1/accounts/68b6a763d41f8b7c9e20a511/prospecting/{JOB_ID}",
        required=True,
    ),
    "ETag": _header("Names this state of the answer.", _ETAG, required=True),
    "Idempotent-Replayed": _header("`true` when this is the first answer again.", "true"),
}


def parameter(
    name: str, place: str, words: str, schema: Json, example: object, *, required: bool = False
) -> Json:
    """A parameter of an operation.

    Only a required one has its example beside the schema: pages fill that into their forms, where
    a made-up cursor or Idempotency-Key would be sent along.
    """
    found: Json = {"name": name, "in": place, "required": required, "description": words}
    if required:
        return {**found, "schema": schema, "example": example}
    return {**found, "schema": {**schema, "examples": [example]}}


TRACE_PARAMETER = parameter(
    "traceparent",
    "header",
    "W3C trace context; its trace id becomes the traceId. Ignored when invalid.",
    {"type": "string"},
    _TRACEPARENT,
)
IDEMPOTENCY_PARAMETER = parameter(
    "Idempotency-Key",
    "header",
    "1 to 255 visible ASCII characters; the same again gives the first answer.",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    "7d9f4c1e-import-2026-03-17",
)
EVENT_ID_PARAMETER = parameter(
    "Last-Event-ID",
    "header",
    "The id of the last event that you have: the first one comes when there is something newer.",
    {"type": "string", "pattern": "^[0-9]{1,19}$"},
    "17",
)
ETAG_PARAMETER = parameter(
    "If-None-Match",
    "header",
    "The ETag of an answer that you have; 304 when it still holds.",
    {"type": "string"},
    _ETAG,
)
