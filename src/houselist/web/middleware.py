"""The outermost layer: trace id, deadline, headers of every response, and errors as responses."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from houselist import logs
from houselist.errors import NO_PATH, Internal, NotFound, Refusal, Upstream, forget_frames
from houselist.logs import log
from houselist.web import paths, trace
from houselist.web.deadline import Deadline
from houselist.web.lifespan import live
from houselist.web.request import Request
from houselist.web.response import error_response

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from houselist.services import Services
    from houselist.web.asgi import Receive, Scope, Send
    from houselist.web.response import Response
    from houselist.web.routing import Routes

_SERVER_ERROR = 500


class Middleware:
    """The application. `services` returns what a process shares, within its `lifespan`.

    `error_page`: what a refusal is told as to a browser that asks for a page; else it is JSON.
    """

    def __init__(
        self,
        routes: Routes,
        lifespan: Callable[[], AbstractAsyncContextManager[None]],
        services: Callable[[], Services],
        error_page: Callable[[Request, Refusal], Response | None],
    ) -> None:
        self._routes = routes
        self.lifespan = lifespan
        self._services = services
        self._error_page = error_page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await live(self.lifespan(), receive, send)
            return
        trace_id = trace.trace_id_of(scope["headers"])
        request = Request(self._services(), trace_id, scope, receive, send)
        logs.trace_id.set(trace_id)
        try:
            failure = await self._run(request)
            if failure is not None and not request.status:
                await failure.send(request)
            request.count()
        finally:
            request.end()

    async def _run(self, request: Request) -> Response | None:
        """Answers under the deadline; the response to send when none was sent."""
        scope = request.scope
        if not paths.is_canonical(scope["raw_path"]):
            return self._refuse(request, NotFound(NO_PATH))
        seconds = request.services.settings.request_timeout
        deadline = request.deadline = Deadline(seconds)
        try:
            respond = self._routes.find(request)
            response = await respond(request)
            await response.send(request)
        except asyncio.CancelledError as error:
            if not deadline.ended_it():
                raise
            forget_frames(error)
            log.error("request given up at its deadline", path=scope["path"], seconds=seconds)
            gave_up = Upstream(details=f"No response within {seconds:g} seconds.")
            return self._tell(request, gave_up)
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets a response
            return self._refuse(request, error)
        finally:
            deadline.close()
        return None

    def _refuse(self, request: Request, error: Exception) -> Response:
        """The one place where an error becomes a response."""
        refusal, path = error if isinstance(error, Refusal) else Internal(), request.scope["path"]
        if isinstance(refusal, Upstream):
            # In an outage every request comes here, so one line each is enough.
            log.warning("a service is out of reach", path=path, reason=repr(error.__cause__))
        elif refusal.status >= _SERVER_ERROR:  # our fault, so the log gets the whole story
            log.error("responded with a server error", path=path, exc_info=error)
        forget_frames(error)
        return self._tell(request, refusal)

    def _tell(self, request: Request, refusal: Refusal) -> Response:
        page = self._error_page(request, refusal)
        return page or error_response(refusal, request.trace_id)
