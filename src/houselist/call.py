"""What one request carries through the service, and what all requests of a process share."""

from __future__ import annotations

import time
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    import asyncio

    from litestar.types import HTTPDisconnectEvent, HTTPScope, Receive

    from houselist.addresslimit import AddressLimit
    from houselist.auth import KeyRing
    from houselist.config import Settings
    from houselist.connections.opening import Outside
    from houselist.db import Pool
    from houselist.files.reader import Readers
    from houselist.keys.shapes import Key
    from houselist.metrics import Metrics
    from houselist.prospecting.streams import Streams
    from houselist.ratelimit import RateLimit
    from houselist.sharedlimit import SharedRateLimit
    from houselist.uploads.places import Places

_UNKNOWN_ROUTE = "unknown"

# What a call has left once it has ended.
_NO_SCOPE = cast("HTTPScope", {})


async def _nothing_to_receive() -> HTTPDisconnectEvent:
    return {"type": "http.disconnect"}


@dataclass(slots=True)
class Services:
    """What the requests of one process share."""

    settings: Settings
    pool: Pool
    keys: KeyRing
    rate_limit: RateLimit | SharedRateLimit
    address_limit: AddressLimit
    metrics: Metrics
    outside: Outside
    streams: Streams
    readers: Readers
    upload_places: Places


@dataclass(slots=True)
class Call:
    """One request: its trace id, its key once it is known, and headers its answer must carry."""

    services: Services
    trace_id: str
    scope: HTTPScope
    receive: Receive
    key: Key | None = None
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
        """From now on the answer may take as long as it likes."""
        if self.deadline:
            self.deadline.reschedule(None)

    def count(self) -> None:
        """Counts the answer in the metrics, once: at its end, or where a stream has begun."""
        if self.counted:
            return
        self.counted = True
        scope = cast("dict[str, str]", self.scope)
        route = scope.get("path_template", _UNKNOWN_ROUTE)
        seconds = time.perf_counter() - self.started
        self.services.metrics.observe(scope["method"], route, self.status, seconds)

    def end(self) -> None:
        """Lets go of all that leads back to the task that answered.

        The server's `receive` holds that task, the task its context, and the context this call.
        Left in a circle, they would wait for Python's collector with 20 other things a request,
        and it stops every request while it clears them away by the ten thousand.
        """
        self.scope, self.receive, self.deadline = _NO_SCOPE, _nothing_to_receive, None


# The call that the running task answers. Endpoints find it here: asking Litestar for the request
# costs its signature machinery at every call.
current: ContextVar[Call] = ContextVar("call")
