"""A response on its way out: status, headers and bytes, written straight to the server."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from houselist import envelope

if TYPE_CHECKING:
    from houselist.errors import Refusal
    from houselist.web.request import Request

_JSON = (b"content-type", b"application/json")
_NOT_MODIFIED = 304  # has no body, and so no length either
# Bytes: responses up to the first are sent whole, larger ones in pieces.
_AT_ONCE, _PIECE = 262_144, 16_384
_NO_STORE = (b"cache-control", b"no-store")


class Response:
    """A whole response. `headers` names are in lower case."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
        self.status = status
        self.body = body
        self.headers = headers

    async def send(self, request: Request) -> None:
        """Answers the request."""
        headers = self.headers
        if self.status != _NOT_MODIFIED:
            headers = [(b"content-length", b"%d" % len(self.body)), *headers]
        await request.begin(self.status, headers)
        if len(self.body) > _AT_ONCE:
            await _send_slowly(self.body, request)
            return
        await request.send({"type": "http.response.body", "body": self.body, "more_body": False})


async def _send_slowly(body: bytes, request: Request) -> None:
    """Piece by piece, each once the client has taken those before it.

    A body that is sent whole stays in memory until the client has taken it: a few hundred clients
    that do not read would fill it. A client that takes nothing for a while is disconnected.
    """
    request.outlast_deadline()
    seconds = request.services.settings.idle_timeout
    with suppress(TimeoutError):
        for start in range(0, len(body), _PIECE):
            more = start + _PIECE < len(body)
            async with asyncio.timeout(seconds):
                await request.send(
                    {
                        "type": "http.response.body",
                        "body": body[start : start + _PIECE],
                        "more_body": more,
                    }
                )


def json_response(status: int, body: bytes, headers: dict[str, str] | None = None) -> Response:
    """A JSON response that no cache stores, unless it carries an ETag."""
    extra = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    if headers and "etag" in headers:
        return Response(status, body, [_JSON, *extra])
    return Response(status, body, [_JSON, _NO_STORE, *extra])


def error_response(refusal: Refusal, trace_id: str) -> Response:
    return json_response(refusal.status, envelope.failure(refusal, trace_id), refusal.headers)
