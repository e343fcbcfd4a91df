"""Keeping what people are found by up to date, beside the jobs of a worker."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from houselist.postgres import db
from houselist.search import store
from houselist.search.indexing import Indexer
from houselist.worker.rounds import one_round

if TYPE_CHECKING:
    from collections.abc import Collection

# Seconds between two looks for people who are pending, and for account groups that are not written.
_PAUSE = 0.5
_LONG_PAUSE = 30.0
# While this worker imports a file, nothing is written for so many seconds, and then a tenth of the
# time: an import needs two cores for itself.
_PATIENCE = 60.0
_REST = 9


class SearchIndex:
    """Writes what people are found by: some people of each account group, one group after another.

    `importing`: what this worker imports at the moment.
    """

    def __init__(self, pool: db.Pool, importing: Collection[object]) -> None:
        self._pool = pool
        self._importing = importing
        self._indexer = Indexer(pool)
        self._now = asyncio.get_running_loop().time
        self._looks_at = self._now()
        self._quiet_at = self._now()

    async def keep(self) -> None:
        """Until cancelled."""
        while True:
            done = 0
            with one_round("prepare people for search", "preparing people for search"):
                done = await self._round()
            if not done:
                await asyncio.sleep(_PAUSE)

    async def _round(self) -> int:
        """One step for each account group that has work. How many people were written."""
        done = 0
        for group in await self._groups():
            if self._is_busy():
                break
            started = self._now()
            done += await self._indexer.run(group)
            if self._importing:
                await asyncio.sleep(_REST * (self._now() - started))
        return done

    async def _groups(self) -> list[bytes]:
        async with db.acquire(self._pool) as connection:
            groups = await store.get_groups_with_pending(connection)
            if self._now() < self._looks_at:
                return groups
            unwritten = await store.get_unwritten_groups(connection)
        # Until there are none, they are looked for each time.
        self._looks_at = self._now() + (0 if unwritten else _LONG_PAUSE)
        return list(dict.fromkeys([*groups, *unwritten]))

    def _is_busy(self) -> bool:
        """Whether an import began a short while ago."""
        if not self._importing:
            self._quiet_at = self._now()
        return self._now() - self._quiet_at < _PATIENCE and bool(self._importing)
