"""How an endpoint runs: key, rate limit, permission, shapes, tenant, then its function.

The decorator here is the only place where this order, and the idempotency of writes, are written.
"""

from __future__ import annotations

import hashlib
import inspect
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, get_type_hints

import asyncpg
import msgspec
from litestar.handlers import HTTPRouteHandler

from houselist import db, envelope, inputs
from houselist.answers import Answer, json_answer
from houselist.auth import admit
from houselist.bodies import read_json_body
from houselist.call import Call, current
from houselist.errors import Invalid, NotFound, Problem, Refusal, UnsupportedMediaType
from houselist.idempotency import store as idempotency
from houselist.idempotency.shapes import Claim, Remembered
from houselist.operation import Operation

if TYPE_CHECKING:
    from litestar.types import Scope

    from houselist.permissions import Permission

Function = Callable[..., Awaitable[Any]]

_encode = msgspec.json.Encoder().encode
_MOST_KEY_LENGTH = 255
_EVENT_ID = re.compile(rb"[0-9]{1,19}")
_ATTEMPTS = 3
_ACCEPTED = 202


class NoBody(msgspec.Struct, forbid_unknown_fields=True):
    """For writes that take no body: an empty one or `{}`."""


@dataclass(slots=True)
class Reply:
    """An answer with more than data: another status, or headers. `data` bytes are JSON already."""

    data: object
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict[str, str])


def endpoint(
    method: str,
    path: str,
    *,
    permission: Permission | None,
    answer: object,
    summary: str,
    tag: str,
    status: int = 200,
    refuses: tuple[type[Refusal], ...] = (),
    streams: tuple[str, ...] = (),
    media_type: str = "application/json",
    etag: bool = False,
) -> Callable[[Function], HTTPRouteHandler]:
    """Makes a function an endpoint.

    It is called with what its parameters name: `connection` (reads: any; writes: in a
    transaction), `at`, `query` and `body` (shapes, by their annotations), `call`, and with
    `streams` also `receive` (it then does its own transactions). It returns data, or a Reply.
    """

    def wrap(function: Function) -> HTTPRouteHandler:
        hints = get_type_hints(
            function, localns={"Call": object, "Connection": object, "Receive": object}
        )
        operation = Operation(
            method=method, path=path, permission=permission, status=status, answer=answer,
            summary=summary, description=inspect.cleandoc(function.__doc__ or ""), tag=tag,
            refuses=refuses, streams=streams, media_type=media_type, etag=etag,
            at=hints.get("at"), query=hints.get("query"),
            body=hints.get("body") or (NoBody if method != "GET" and not streams else None),
        )  # fmt: skip
        wanted = frozenset(inspect.signature(function).parameters)

        async def run() -> Answer:
            return await _answer(operation, function, wanted, current.get())

        handler = HTTPRouteHandler(
            path.replace("}", ":str}"),
            http_method=method,  # pyright: ignore[reportArgumentType] - a literal of Litestar's
            status_code=status,
            name=function.__name__,
            opt={"operation": operation},
        )
        return handler(run)

    return wrap


async def _answer(
    operation: Operation, function: Function, wanted: frozenset[str], call: Call
) -> Answer:
    key = await admit(call, operation.permission)
    shapes, body = await _read(operation, call)
    at = shapes.get("at")
    if at is not None and at.account_group_id not in key.account_group_ids:
        raise NotFound
    arguments = {name: value for name, value in shapes.items() if name in wanted}
    if "call" in wanted:
        arguments["call"] = call
    if "receive" in wanted:
        arguments["receive"] = call.receive
    if operation.streams:
        return _wrap(operation, call, await function(**arguments))
    if not operation.writes:
        if "connection" not in wanted:
            return _wrap(operation, call, await function(**arguments))
        async with db.acquire(call.services.pool, db.REQUEST_TURN) as connection:
            result = await function(connection=connection, **arguments)
        return _wrap(operation, call, result)
    claim = claim_of(operation, call, at, fingerprint(call.scope, body))
    return await _write(operation, function, arguments, call, claim)


async def _write(
    operation: Operation,
    function: Function,
    arguments: dict[str, Any],
    call: Call,
    claim: Claim | None,
) -> Answer:
    """Runs a write in one transaction, and again when PostgreSQL ends it to untie a deadlock."""
    for attempt in range(_ATTEMPTS):
        try:
            async with db.transaction(call.services.pool, db.REQUEST_TURN) as connection:
                if claim and (kept := await idempotency.claim(connection, claim)):
                    return replay(call, kept)
                reply = _reply(await function(connection=connection, **arguments))
                status, data = reply.status or operation.status, _json(reply.data)
                if claim:
                    kept = Remembered(status, reply.headers, data)
                    await idempotency.remember(connection, claim, kept)
            return json_answer(status, envelope.success_json(data, call.trace_id), reply.headers)
        except asyncpg.DeadlockDetectedError:
            if attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError("the loop returns or raises")


def fingerprint(scope: Scope, body: bytes) -> bytes:
    """What makes two requests on one route the same: path, query and body."""
    where = f"{scope['path']}?".encode() + scope["query_string"] + b"\0"
    return hashlib.sha256(where + body).digest()


def operation_of(handler: HTTPRouteHandler) -> Operation:
    """What an endpoint says of itself."""
    operation: Operation = handler.opt["operation"]
    return operation


def claim_of(operation: Operation, call: Call, at: Any, print_: bytes) -> Claim | None:
    """The claim of a request that carries an Idempotency-Key; its form was checked before."""
    text = call.header(b"idempotency-key")
    if text is None or call.key is None or not operation.takes_idempotency_key:
        return None
    return Claim(at.account_group_id, call.key.id, operation.route, text.decode(), print_)


def replay(call: Call, kept: Remembered) -> Answer:
    """The first answer again. 202 promised work that is under way by now, so it becomes 200."""
    status = 200 if kept.status == _ACCEPTED else kept.status
    headers = {**kept.headers, "idempotent-replayed": "true"}
    return json_answer(status, envelope.success_json(kept.data, call.trace_id), headers)


async def _read(operation: Operation, call: Call) -> tuple[dict[str, Any], bytes]:
    """The shapes that the operation takes, and the raw body. Raises Invalid with every problem."""
    problems: list[Problem] = []
    shapes: dict[str, Any] = {}
    body = b""
    if operation.at:
        shapes["at"] = inputs.read_path(operation.at, call.scope["path_params"], problems)
    query = operation.query or NoBody
    if operation.query or call.scope["query_string"]:
        shapes["query"] = inputs.read_query(query, call.scope["query_string"], problems)
    if operation.takes_idempotency_key:
        _check_idempotency_key(call, problems)
    if operation.sends_events:
        _check_last_event_id(call, problems)
    if operation.body:
        declared = call.header(b"content-length")
        body = await read_json_body(
            call.receive, declared, call.services.settings.request_timeout / 2
        )
        inputs.check_json_type(call.header(b"content-type"), body)
        shapes["body"] = inputs.read_json(operation.body, body, problems)
    elif operation.streams:
        _check_stream_type(operation, call)
    if problems:
        raise Invalid(*problems)
    return shapes, body


def _check_idempotency_key(call: Call, problems: list[Problem]) -> None:
    given = [value for name, value in call.scope["headers"] if name == b"idempotency-key"]
    if not given:
        return
    if len(given) > 1:
        problems.append(Problem("Idempotency-Key", "is given more than once"))
    text = given[0]
    visible = all(0x21 <= byte <= 0x7E for byte in text)  # noqa: PLR2004 - visible ASCII
    if not 1 <= len(text) <= _MOST_KEY_LENGTH or not visible:
        problems.append(Problem("Idempotency-Key", "must be 1 to 255 visible ASCII characters"))


def _check_last_event_id(call: Call, problems: list[Problem]) -> None:
    given = [value for name, value in call.scope["headers"] if name == b"last-event-id"]
    if len(given) > 1:
        problems.append(Problem("Last-Event-ID", "is given more than once"))
    elif given and not _EVENT_ID.fullmatch(given[0]):
        problems.append(Problem("Last-Event-ID", "must be the id of an event: 1 to 19 digits"))


def _check_stream_type(operation: Operation, call: Call) -> None:
    essence = (
        (call.header(b"content-type") or b"").partition(b";")[0].strip().lower().decode("latin-1")
    )
    if essence not in operation.streams:
        raise UnsupportedMediaType(details=f"Send one of {', '.join(operation.streams)}.")


def _reply(result: object) -> Reply:
    return result if isinstance(result, Reply) else Reply(result)


def _json(data: object) -> bytes:
    return data if isinstance(data, bytes) else _encode(data)


def _wrap(operation: Operation, call: Call, result: object) -> Answer:
    if isinstance(result, Answer):
        return result
    reply = _reply(result)
    body = envelope.success_json(_json(reply.data), call.trace_id)
    return json_answer(reply.status or operation.status, body, reply.headers)
