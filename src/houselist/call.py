"""What one request carries through the service, and what all requests of a process share."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

    from litestar.types import HTTPScope, Receive

    from houselist.auth import KeyRing
    from houselist.config import Settings
    from houselist.db import Pool
    from houselist.keys.shapes import Key
    from houselist.metrics import Metrics
    from houselist.ratelimit import RateLimit


@dataclass(slots=True)
class Services:
    """What the requests of one process share."""

    settings: Settings
    pool: Pool
    keys: KeyRing
    rate_limit: RateLimit
    metrics: Metrics


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

    def header(self, name: bytes) -> bytes | None:
        """The first request header of this name (in lower case), or None."""
        for found, value in self.scope["headers"]:
            if found == name:
                return value
        return None


# The call that the running task answers. Endpoints find it here: asking Litestar for the request
# costs its signature machinery at every call.
current: ContextVar[Call] = ContextVar("call")
