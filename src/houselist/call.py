"""What one request carries through the service, and what all requests of a process share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

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
    key: Key | None = None
    headers: list[tuple[bytes, bytes]] = field(default_factory=list[tuple[bytes, bytes]])
    request_headers: list[tuple[bytes, bytes]] = field(default_factory=list[tuple[bytes, bytes]])
    status: int = 0
    deadline: asyncio.Timeout | None = None

    def header(self, name: bytes) -> bytes | None:
        """The first request header of this name (in lower case), or None."""
        for found, value in self.request_headers:
            if found == name:
                return value
        return None
