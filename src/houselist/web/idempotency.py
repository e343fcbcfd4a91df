"""Safe retries of a write: the first response under an Idempotency-Key is stored and sent again."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import msgspec

from houselist import envelope
from houselist.web.response import Response, json_response

if TYPE_CHECKING:
    from houselist.web.operation import Operation
    from houselist.web.request import Request

_ACCEPTED = 202


class Claim(msgspec.Struct, frozen=True):
    """One request under an Idempotency-Key. `route` is method and path template."""

    account_group_id: bytes
    key_id: bytes
    route: str
    idempotency_key: str
    fingerprint: bytes


class Remembered(msgspec.Struct, frozen=True):
    """The first response: `data` is the JSON inside the envelope."""

    status: int
    headers: dict[str, str]
    data: bytes


def fingerprint(request: Request, body: bytes) -> bytes:
    """What makes two requests on one route the same: path, query and body."""
    scope = request.scope
    where = f"{scope['path']}?".encode() + scope["query_string"] + b"\0"
    return hashlib.sha256(where + body).digest()


def claim_of(operation: Operation, request: Request, at: Any, print_: bytes) -> Claim | None:
    """The claim of a request that carries an Idempotency-Key; its form was checked before."""
    text = request.header(b"idempotency-key")
    if text is None or request.key is None or not operation.takes_idempotency_key:
        return None
    return Claim(at.account_group_id, request.key.id, operation.route, text.decode(), print_)


def replay(request: Request, kept: Remembered) -> Response:
    """The first response again; 202 becomes 200, because the work has been accepted already."""
    status = 200 if kept.status == _ACCEPTED else kept.status
    headers = {**kept.headers, "idempotent-replayed": "true"}
    return json_response(status, envelope.success_json(kept.data, request.trace_id), headers)
