"""One job as a stream of Server-Sent Events: `progress` at each change, `end` when it is over."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from houselist.errors import NotFound
from houselist.jobs.follow.streams import Streams
from houselist.web.response import Response
from houselist.web.stream_slot import end_when_gone

if TYPE_CHECKING:
    from houselist.jobs.follow.watching import Follower, JobState
    from houselist.web.asgi import Send
    from houselist.web.request import Request

_HEADERS = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    # nginx and its like would hold events back until a buffer is full.
    (b"x-accel-buffering", b"no"),
]
# Milliseconds after which a client connects again when its stream breaks.
_RETRY = b"retry: 2000\n\n"
_HEARTBEAT = b": nothing new\n\n"
# Seconds that the last byte of a stream may take when nobody reads it.
_FAREWELL = 0.2


class EventStream(Response):
    """A response that lasts until the job is over. `seen`: the version that the client has."""

    __slots__ = ("_account_group_id", "_job_id", "_seen")

    def __init__(self, account_group_id: bytes, job_id: bytes, seen: int | None) -> None:
        super().__init__(200, b"", _HEADERS)
        self._account_group_id = account_group_id
        self._job_id = job_id
        self._seen = seen

    async def send(self, request: Request) -> None:
        send = request.send
        streams = request.services.get(Streams)
        with streams.slot(request) as slot:
            async with streams.jobs.follow(self._account_group_id, self._job_id) as follower:
                await self._begin(request)
                leaving = asyncio.create_task(end_when_gone(request.receive, slot))
                try:
                    async with slot.until_ended():
                        await self._send_states(follower, send, streams.heartbeat)
                finally:
                    leaving.cancel()
                with suppress(TimeoutError):
                    async with asyncio.timeout(_FAREWELL):
                        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _begin(self, request: Request) -> None:
        request.outlast_deadline()
        await request.begin(self.status, self.headers)
        request.count()

    async def _send_states(self, follower: Follower, send: Send, heartbeat: float) -> None:
        seen = self._seen
        await _send(send, _RETRY)
        with suppress(NotFound):  # the job was deleted, so the stream ends
            while True:
                state = await _next(follower, seen, heartbeat)
                if state is None:
                    await _send(send, _HEARTBEAT)
                    continue
                await _send(send, _event(b"end" if state.over else b"progress", state))
                if state.over:
                    return
                seen = state.version


async def _next(follower: Follower, seen: int | None, heartbeat: float) -> JobState | None:
    """The next state; None when nothing changed for `heartbeat` seconds."""
    try:
        async with asyncio.timeout(heartbeat):
            return await follower.next(seen)
    except TimeoutError:
        return None


def _event(name: bytes, state: JobState) -> bytes:
    return b"event: %b\nid: %d\ndata: %b\n\n" % (name, state.version, state.json)


async def _send(send: Send, piece: bytes) -> None:
    await send({"type": "http.response.body", "body": piece, "more_body": True})
