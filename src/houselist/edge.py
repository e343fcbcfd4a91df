"""The outermost layer: trace id, deadline, headers of every answer, the last word on failures."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

from houselist import paths, trace
from houselist.answers import Answer, refusal_answer
from houselist.call import Call, Services, current
from houselist.errors import NO_PATH, Internal, NotFound, Upstream, forget_frames
from houselist.logs import log

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from litestar import Litestar
    from litestar.types import Message, Receive, Scope, Send


# No browser takes an answer for something other than its content-type says.
_NO_SNIFFING = (b"x-content-type-options", b"nosniff")


class Edge:
    """Wraps the application. `services` gives what the process shares, once it has started."""

    def __init__(self, app: Litestar, services: Callable[[], Services]) -> None:
        self._app = app
        self._services = services

    def lifespan(self) -> AbstractAsyncContextManager[None]:
        """Starts and stops what the process shares, where no server does it."""
        return self._app.lifespan()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = cast("list[tuple[bytes, bytes]]", scope["headers"])
        call = Call(self._services(), trace.trace_id_of(headers), scope, receive)
        token = current.set(call)
        trace.current.set(call.trace_id)

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                call.status = message["status"]
                message["headers"] = [
                    *message["headers"],
                    (b"x-trace-id", call.trace_id.encode()),
                    _NO_SNIFFING,
                    *call.headers,
                ]
            await send(message)

        try:
            failure = await self._run(call, scope, receive, send_on)
            if failure is not None and not call.status:
                await failure(scope, receive, send_on)
            call.count()
        finally:
            # Whatever the request started may live on with a copy of its context, so both.
            current.reset(token)
            call.end()

    async def _run(self, call: Call, scope: Scope, receive: Receive, send: Send) -> Answer | None:
        """Runs the application under the deadline; the answer to give where it gave none."""
        if not paths.is_canonical(scope["raw_path"]):
            return refusal_answer(NotFound(NO_PATH), call.trace_id)
        seconds = call.services.settings.request_timeout
        try:
            async with asyncio.timeout(seconds) as call.deadline:
                await self._app(scope, receive, send)
        except TimeoutError as error:
            forget_frames(error)
            log.error("request given up at its deadline", path=scope["path"], seconds=seconds)
            gave_up = Upstream(details=f"No answer within {seconds:g} seconds.")
            return refusal_answer(gave_up, call.trace_id)
        except Exception as error:  # noqa: BLE001 - the last word: whatever it is, the client gets an answer
            log.exception("request failed", path=scope["path"])
            forget_frames(error)
            return refusal_answer(Internal(), call.trace_id)
        return None
