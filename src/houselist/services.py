"""What the requests of a process share: its settings, its pool, and services found by their type.

Rooms name the type that they need, so nothing here, or in what carries it, knows any of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    from houselist.config import Settings
    from houselist.postgres.db import Pool

Service = TypeVar("Service")


class Services:
    """`app.py` makes it once a process, and each request carries it."""

    __slots__ = ("_by_type", "pool", "settings")

    def __init__(self, settings: Settings, pool: Pool, *services: object) -> None:
        self.settings = settings
        self.pool = pool
        self._by_type = {type(service): service for service in services}

    def get(self, kind: type[Service]) -> Service:
        """The service of exactly this type. Raises KeyError where the process has none."""
        return cast("Service", self._by_type[kind])
