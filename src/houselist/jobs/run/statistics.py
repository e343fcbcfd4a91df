"""Keeping PostgreSQL's statistics up to date while an import grows the tables."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from houselist.errors import Upstream
from houselist.logs import log
from houselist.people import store as people
from houselist.postgres import db

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

# After so many rows of a run PostgreSQL analyzes the tables, and again each time the import has
# grown by this factor. Autovacuum looks once a minute, which is many batches late: an account group
# that looks small in the statistics is read whole for every batch.
_FIRST_REFRESH = 1000
_GROWTH = 4


class Statistics:
    """For one run of a job, which begins after row `position`. Close it at the end."""

    def __init__(
        self,
        pool: db.Pool,
        position: int,
        refresh: Callable[[db.Connection], Awaitable[None]] = people.refresh_statistics,
    ) -> None:
        """`refresh` analyzes the tables that the job's batches read."""
        self._pool = pool
        self._refresh_tables = refresh
        self._next = max(position, _FIRST_REFRESH)
        self._refreshing: asyncio.Task[None] | None = None

    def note(self, position: int) -> None:
        """Analyzes the tables, beside the import, when it has grown enough."""
        if position >= self._next and (self._refreshing is None or self._refreshing.done()):
            self._next = _GROWTH * position
            self._refreshing = asyncio.create_task(self._refresh())

    async def _refresh(self) -> None:
        try:
            async with db.acquire(self._pool) as connection:
                await self._refresh_tables(connection)
        except Upstream as error:
            log.warning("could not refresh the statistics", reason=str(error))

    async def close(self) -> None:
        if self._refreshing is not None:
            self._refreshing.cancel()
            await asyncio.gather(self._refreshing, return_exceptions=True)
