"""What one request carries through the service."""

from __future__ import annotations

import time
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from houselist.web.metrics import Metrics

if TYPE_CHECKING:
    import asyncio

    from starlette.types import Message, Receive, Scope

    from houselist.keys.shapes import Key
    from houselist.services import Services

_UNKNOWN_ROUTE = "unknown"


async def _nothing_to_receive() -> Message:
    return {"type": "http.disconnect"}


@dataclass(slots=True)
class Request:
    """One request: its trace id, its key once it is known, and headers its response must carry.

    `route`: the template of its path, once that is known.
    """

    services: Services
    trace_id: str
    scope: Scope
    receive: Receive
    key: Key | None = None
    route: str = _UNKNOWN_ROUTE
    headers: list[tuple[bytes, bytes]] = field(default_factory=list[tuple[bytes, bytes]])
    status: int = 0
    deadline: asyncio.Timeout | None = None
    started: float = field(default_factory=time.perf_counter)
    counted: bool = False

    def header(self, name: bytes) -> bytes | None:
        """The first request header of this name (in lower case), or None."""
        for found, value in self.scope["headers"]:
            if found == name:
                return value
        return None

    def outlast_deadline(self) -> None:
        """From now on the response may take as long as it needs."""
        if self.deadline:
            self.deadline.reschedule(None)

    def count(self) -> None:
        """Counts the response in the metrics, once: at its end, or when a stream begins."""
        if self.counted:
            return
        self.counted = True
        seconds = time.perf_counter() - self.started
        metrics = self.services.get(Metrics)
        metrics.observe(self.scope["method"], self.route, self.status, seconds)

    def end(self) -> None:
        """Drops every reference that leads back to the task that handled the request.

        The server's `receive` refers to that task, the task to its context, and the context to this
        request. Such a circle waits for Python's garbage collector, with 20 other objects for each
        request, and the collector stops every request while it frees tens of thousands of them.
        """
        self.scope, self.receive, self.deadline = {}, _nothing_to_receive, None


# The request that the running task handles.
current: ContextVar[Request] = ContextVar("request")
