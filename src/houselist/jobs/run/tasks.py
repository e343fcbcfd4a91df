"""One job that a worker runs, and the ways in which it leaves the worker before its end."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from houselist.jobs.run import shares_store as shares
from houselist.jobs.run import store
from houselist.postgres import db, queue

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from houselist.connections.opening import ProviderClients
    from houselist.postgres.db import Connection

# Seconds that a job may go on while others wait for its slot; looking people up can wait.
IMPORT_SLICE, LOOK_UP_SLICE = 5.0, 1.0
# The same for files, which need no provider; a job that goes on first reads its rows again.
FILE_SLICE = 0.5


class Stopped(Exception):
    """The worker was asked to stop; the job goes on elsewhere, from its last batch."""


class SliceOver(Exception):
    """Other jobs wait for the slot; this one goes on after them."""


class SourceLost(RuntimeError):
    """Rows of the upload are no longer there."""


@dataclass(slots=True)
class Task:
    """One job that this worker runs."""

    pool: db.Pool
    clients: ProviderClients
    account_group_id: bytes
    job_id: bytes
    batch_rows: int
    stop: asyncio.Event
    # Held while rows are read, by one of the worker's jobs at a time: reading keeps a core busy.
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)
    # How many of the account group's jobs run at once; 0: all.
    slots: int = 0
    # Whether no other job waited for this one's slot when its last time slice was over.
    is_alone: bool = False
    _slice: float = IMPORT_SLICE
    _slice_ends: float = 0.0

    def begin_slice(self, seconds: float) -> None:
        self._slice = seconds
        self._slice_ends = asyncio.get_running_loop().time() + seconds

    async def is_slice_over(self) -> bool:
        """Whether the job's time slice is over and others wait; else it gets another one."""
        return await self._is_over(
            lambda connection: store.is_anybody_waiting(
                connection, self.account_group_id, self.job_id, self.slots
            )
        )

    async def is_file_slice_over(self) -> bool:
        """The same for a job that needs no provider and has one of its worker's slots."""
        return await self._is_over(
            lambda connection: shares.is_anybody_waiting(
                connection, self.account_group_id, queue.PROSPECTING, self.job_id
            )
        )

    async def _is_over(self, is_anybody_waiting: Callable[[Connection], Awaitable[bool]]) -> bool:
        if asyncio.get_running_loop().time() < self._slice_ends:
            return False
        async with db.acquire(self.pool) as connection:
            if await is_anybody_waiting(connection):
                return True
        self.is_alone = True
        self.begin_slice(self._slice)
        return False
