"""The outermost layer: trace id, deadline, headers of every response, and errors as responses."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from houselist import logs
from houselist.errors import NO_PATH, Internal, NotFound, Refusal, Upstream, forget_frames
from houselist.logs import log
from houselist.web import paths, trace
from houselist.web.request import Request, current
from houselist.web.response import Response, error_response

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from starlette.routing import Router
    from starlette.types import Message, Receive, Scope, Send

    from houselist.services import Services

_SERVER_ERROR = 500
# No browser takes a response for anything but what its content-type says.
_NO_SNIFFING = (b"x-content-type-options", b"nosniff")


class Middleware:
    """Wraps the application. `services` returns what the process shares, once it has started."""

    def __init__(self, app: Router, services: Callable[[], Services]) -> None:
        self._app = app
        self._services = services

    def lifespan(self) -> AbstractAsyncContextManager[object]:
        """Starts and stops what the process shares, where no server does it."""
        return self._app.lifespan_context(self)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(self._services(), trace.trace_id_of(scope["headers"]), scope, receive)
        token = current.set(request)
        logs.trace_id.set(request.trace_id)

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                request.status = message["status"]
                message["headers"] = [
                    *message["headers"],
                    (b"x-trace-id", request.trace_id.encode()),
                    _NO_SNIFFING,
                    *request.headers,
                ]
            await send(message)

        try:
            failure = await self._run(request, scope, receive, send_on)
            if failure is not None and not request.status:
                await failure(scope, receive, send_on)
            request.count()
        finally:
            # Tasks that the request started may live on with a copy of its context, so do both.
            current.reset(token)
            request.end()

    async def _run(
        self, request: Request, scope: Scope, receive: Receive, send: Send
    ) -> Response | None:
        """Runs the application under the deadline; the response to send when it sent none."""
        if not paths.is_canonical(scope["raw_path"]):
            return error_response(NotFound(NO_PATH), request.trace_id)
        seconds = request.services.settings.request_timeout
        try:
            async with asyncio.timeout(seconds) as request.deadline:
                await self._app(scope, receive, send)
        except TimeoutError as error:
            forget_frames(error)
            log.error("request given up at its deadline", path=scope["path"], seconds=seconds)
            gave_up = Upstream(details=f"No response within {seconds:g} seconds.")
            return error_response(gave_up, request.trace_id)
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets a response
            return _refuse(request, scope["path"], error)
        return None


def _refuse(request: Request, path: str, error: Exception) -> Response:
    """The one place where an error becomes a response."""
    refusal = error if isinstance(error, Refusal) else Internal()
    if isinstance(refusal, Upstream):
        # In an outage every request comes here, so one line each is enough.
        log.warning("a service is out of reach", path=path, reason=repr(error.__cause__))
    elif refusal.status >= _SERVER_ERROR:  # our fault, so the log gets the whole story
        log.error("responded with a server error", path=path, exc_info=error)
    forget_frames(error)
    return error_response(refusal, request.trace_id)
