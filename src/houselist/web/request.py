"""What one request carries through the service."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from houselist.web.metrics import Metrics

if TYPE_CHECKING:
    from houselist.keys.shapes import Key
    from houselist.services import Services
    from houselist.web.asgi import Message, Receive, Scope, Send
    from houselist.web.deadline import Deadline

_UNKNOWN_ROUTE = "unknown"
# No browser takes a response for anything but what its content-type says.
_NO_SNIFFING = (b"x-content-type-options", b"nosniff")


async def _nothing_to_receive() -> Message:
    return {"type": "http.disconnect"}


async def _nobody_to_send_to(_message: Message) -> None:
    pass


@dataclass(slots=True)
class Request:
    """One request: its trace id, its key once it is known, and headers its response must carry.

    `route`: the template of its path, once that is known.
    """

    services: Services
    trace_id: str
    scope: Scope
    receive: Receive
    send: Send
    key: Key | None = None
    route: str = _UNKNOWN_ROUTE
    headers: list[tuple[bytes, bytes]] = field(default_factory=list[tuple[bytes, bytes]])
    status: int = 0
    deadline: Deadline | None = None
    started: float = field(default_factory=time.perf_counter)
    counted: bool = False

    @property
    def key_id(self) -> bytes | None:
        """Whose request it is, once that is known."""
        return None if self.key is None else self.key.id

    def header(self, name: bytes) -> bytes | None:
        """The first request header of this name (in lower case), or None."""
        for found, value in self.scope["headers"]:
            if found == name:
                return value
        return None

    def outlast_deadline(self) -> None:
        """From now on the response may take as long as it needs."""
        if self.deadline:
            self.deadline.stop()

    async def begin(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        """Sends the status, these headers, and those that every response has."""
        self.status = status
        trace_id = (b"x-trace-id", self.trace_id.encode())
        headers = [*headers, trace_id, _NO_SNIFFING, *self.headers]
        await self.send({"type": "http.response.start", "status": status, "headers": headers})

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

        The server's `receive` and `send` refer to that task, and the task to this request. Such a
        circle waits for Python's garbage collector, with 20 other objects for each request, and the
        collector stops every request while it frees tens of thousands of them.
        """
        self.scope, self.deadline = {}, None
        self.receive, self.send = _nothing_to_receive, _nobody_to_send_to
