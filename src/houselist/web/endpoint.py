"""How an endpoint runs: key, rate limit, permission, shapes, tenant, then its function.

The order of these checks, and the idempotency of writes, are written here and nowhere else.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, get_type_hints

import asyncpg
import msgspec

from houselist import envelope
from houselist.errors import Invalid, NotFound, Problem, Refusal, Unauthorized
from houselist.postgres import db
from houselist.web import idempotency, inputs
from houselist.web import idempotency_store as store
from houselist.web.authentication import Guard, check_permission
from houselist.web.bodies import read_json_body
from houselist.web.operation import Endpoint, Function, Operation
from houselist.web.response import Response, json_response

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from houselist.keys.shapes import Key
    from houselist.web.request import Request

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode
_ATTEMPTS = 3


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """For operations without a query, and writes without a body: an empty one, or `{}`."""


@dataclass(slots=True)
class Reply:
    """A response with more than data: another status, or headers. `data` bytes are JSON already.

    `kept`: what a repeated request gets in its place, where that is not all of it.
    """

    data: object
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict[str, str])
    kept: object = None


def endpoint(
    *,
    response: object,
    summary: str,
    tag: str,
    status: int = 200,
    refuses: tuple[type[Refusal] | Refusal, ...] = (),
    example: Mapping[str, object] = MappingProxyType({}),
    upload_types: Mapping[str, str | None] = MappingProxyType({}),
    download_types: Mapping[str, str | None] = MappingProxyType({}),
    media_type: str = "application/json",
    etag: bool = False,
) -> Callable[[Function], Endpoint]:
    """Makes a function an endpoint.

    It is called with what its parameters name: `connection` (reads: any; writes: in a
    transaction), `at`, `query` and `body` (shapes, by their annotations), and `request`. It returns
    data, or a Reply. With `upload_types` it reads the body itself and returns an Upload.
    """

    def wrap(function: Function) -> Endpoint:
        outside = {"Request": object, "Connection": object}
        hints = get_type_hints(function, localns=outside, include_extras=True)
        return Endpoint(
            function=function,
            wanted=frozenset(inspect.signature(function).parameters),
            status=status,
            response=response,
            summary=summary,
            tag=tag,
            description=inspect.cleandoc(function.__doc__ or ""),
            refuses=refuses,
            example=example,
            upload_types=upload_types,
            download_types=download_types,
            media_type=media_type,
            etag=etag,
            at=hints.get("at"),
            query=hints.get("query"),
            body=hints.get("body"),
        )

    return wrap


def handler(operation: Operation) -> Callable[[Request], Awaitable[Response]]:
    """What handles an operation's requests."""
    endpoint = operation.endpoint
    respond = _write if operation.writes else _read
    reads_body = operation.writes and not endpoint.upload_types

    async def handle(request: Request) -> Response:
        key = await request.services.get(Guard).admit(request, operation.permission)
        problems: list[Problem] = []
        shapes, body = _shapes(operation, request, problems), b""
        if reads_body:
            body = await read_json_body(request)
            shapes["body"] = inputs.read_json(endpoint.body or Nothing, body, problems)
        arguments = _arguments(operation, request, key, shapes, problems)
        return await respond(operation, request, arguments, shapes.get("at"), body)

    return handle


async def perform(
    operation: Operation,
    request: Request,
    *,
    path: Mapping[str, str],
    query: Mapping[str, str],
    body: Mapping[str, object],
) -> Any:
    """The `data` of what respond_within() makes. Not for files and events."""
    response = await respond_within(operation, request, path=path, query=query, body=body)
    return _decode(response.body)["data"]


async def respond_within(
    operation: Operation,
    request: Request,
    *,
    path: Mapping[str, str],
    query: Mapping[str, str],
    body: Mapping[str, object],
) -> Response:
    """The operation's response, within another request with a key.

    Checks what the operation's own requests are checked for, but for the rate limit, and raises
    what would refuse them. Not for uploads.
    """
    endpoint = operation.endpoint
    key = request.key
    if key is None:
        raise Unauthorized
    check_permission(key, operation.permission)
    problems: list[Problem] = []
    shapes: dict[str, Any] = {}
    if endpoint.at:
        shapes["at"] = inputs.read(endpoint.at, path, problems)
    if endpoint.query or query:
        shapes["query"] = inputs.read(endpoint.query or Nothing, query, problems, strict=False)
    if operation.writes:
        shapes["body"] = inputs.read(endpoint.body or Nothing, body, problems)
    arguments = _arguments(operation, request, key, shapes, problems)
    respond = _write if operation.writes else _read
    return await respond(operation, request, arguments, shapes.get("at"), _encode(body))


def _arguments(
    operation: Operation,
    request: Request,
    key: Key,
    shapes: dict[str, Any],
    problems: list[Problem],
) -> dict[str, Any]:
    """What the function is called with. Raises Invalid with `problems`, or NotFound.

    An account group that the key does not open is one that there is not.
    """
    if problems:
        raise Invalid(*problems)
    at = shapes.get("at")
    if at is not None and at.account_group_id not in key.account_group_ids:
        raise NotFound
    wanted = operation.endpoint.wanted
    arguments = {name: value for name, value in shapes.items() if name in wanted}
    if "request" in wanted:
        arguments["request"] = request
    return arguments


class ReceivedUpload(NamedTuple):
    """A body that an endpoint has read itself; nobody sees it before `complete`.

    `fingerprint`: the same for equal bodies. `discard`: for when it is not completed.
    """

    fingerprint: bytes
    complete: Callable[[db.Connection], Awaitable[object]]
    discard: Callable[[], Awaitable[None]]


async def _read(
    operation: Operation, request: Request, arguments: dict[str, Any], _at: Any, _body: bytes
) -> Response:
    endpoint = operation.endpoint
    if "connection" in endpoint.wanted:
        async with db.acquire(request.services.pool, db.DATABASE_TIMEOUT) as connection:
            result = await endpoint.function(connection=connection, **arguments)
    else:
        result = await endpoint.function(**arguments)
    if isinstance(result, Response):
        return result
    reply = _reply(result)
    body = envelope.success_json(_json(reply.data), request.trace_id)
    return json_response(reply.status or endpoint.status, body, reply.headers)


async def _write(
    operation: Operation, request: Request, arguments: dict[str, Any], at: Any, body: bytes
) -> Response:
    function = operation.endpoint.function
    if not operation.endpoint.upload_types:
        claim = idempotency.claim_of(operation, request, at, idempotency.fingerprint(request, body))
        response, _ = await _commit(
            operation,
            request,
            claim,
            lambda connection: function(connection=connection, **arguments),
        )
        return response
    upload: ReceivedUpload = await function(**arguments)
    try:
        claim = idempotency.claim_of(operation, request, at, upload.fingerprint)
        # A body that took an hour to arrive must not fail because no connection is free in time.
        response, is_first = await _commit(operation, request, claim, upload.complete, within=None)
    except BaseException:
        await upload.discard()
        raise
    if not is_first:
        await upload.discard()
    return response


async def _commit(
    operation: Operation,
    request: Request,
    claim: idempotency.Claim | None,
    write: Callable[[db.Connection], Awaitable[object]],
    *,
    within: float | None = db.DATABASE_TIMEOUT,
) -> tuple[Response, bool]:
    """Runs a write in one transaction, and again when PostgreSQL ends it to untie a deadlock.

    The response, and whether this was the first request under its Idempotency-Key.
    """
    for attempt in range(_ATTEMPTS):
        try:
            async with db.transaction(request.services.pool, within) as connection:
                if claim and (kept := await store.claim(connection, claim)):
                    return idempotency.replay(request, kept), False
                reply = _reply(await write(connection))
                status, data = reply.status or operation.endpoint.status, _json(reply.data)
                if claim:
                    lasting = data if reply.kept is None else _json(reply.kept)
                    kept = idempotency.Remembered(status, reply.headers, lasting)
                    await store.remember(connection, claim, kept)
            body = envelope.success_json(data, request.trace_id)
            return json_response(status, body, reply.headers), True
        except asyncpg.DeadlockDetectedError:
            if attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError("the loop returns or raises")


def _shapes(operation: Operation, request: Request, problems: list[Problem]) -> dict[str, Any]:
    """The shapes that the operation takes, but for its body. Adds what is wrong to `problems`."""
    endpoint = operation.endpoint
    shapes: dict[str, Any] = {}
    if endpoint.at:
        shapes["at"] = inputs.read_path(endpoint.at, request.scope["path_params"], problems)
    if endpoint.query or request.scope["query_string"]:
        query = endpoint.query or Nothing
        shapes["query"] = inputs.read_query(query, request.scope["query_string"], problems)
    if operation.takes_idempotency_key:
        inputs.check_idempotency_key(request, problems)
    if endpoint.sends_events:
        inputs.check_last_event_id(request, problems)
    if endpoint.upload_types:
        inputs.check_upload_type(request, endpoint.upload_types)
    return shapes


def _reply(result: object) -> Reply:
    return result if isinstance(result, Reply) else Reply(result)


def _json(data: object) -> bytes:
    return data if isinstance(data, bytes) else _encode(data)
