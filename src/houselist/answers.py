"""An answer on its way out: status, headers and bytes, written straight to the server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from houselist import envelope

if TYPE_CHECKING:
    from litestar.types import Receive, Scope, Send

    from houselist.errors import Refusal

_JSON = (b"content-type", b"application/json")
_NOT_MODIFIED = 304  # has no body, and so no length either
_NO_STORE = (b"cache-control", b"no-store")


class Answer:
    """A whole answer, as an ASGI application. `headers` names are in lower case."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
        self.status = status
        self.body = body
        self.headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI
        headers = self.headers
        if self.status != _NOT_MODIFIED:
            headers = [(b"content-length", b"%d" % len(self.body)), *headers]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": False})

    def to_asgi_response(self, **_: Any) -> Answer:
        """What Litestar asks of a response that an exception handler returns."""
        return self


def json_answer(status: int, body: bytes, headers: dict[str, str] | None = None) -> Answer:
    """A JSON answer that no cache keeps, unless it carries an ETag."""
    extra = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    if headers and "etag" in headers:
        return Answer(status, body, [_JSON, *extra])
    return Answer(status, body, [_JSON, _NO_STORE, *extra])


def refusal_answer(refusal: Refusal, trace_id: str) -> Answer:
    return json_answer(refusal.status, envelope.failure(refusal, trace_id), refusal.headers)
