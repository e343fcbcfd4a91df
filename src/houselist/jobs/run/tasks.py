"""One job in the hands of a worker, and the ways in which it leaves them before its end."""

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

# Seconds that a job may go on while others wait for its place; looking people up can wait.
IMPORT_TURN, LOOK_UP_TURN = 5.0, 1.0
# The same for what workers do by themselves; begun anew it first has to read its rows again.
OWN_TURN = 0.5


class Stopped(Exception):
    """The worker was asked to stop; the job goes on elsewhere, from its last batch."""


class TurnOver(Exception):
    """Others wait for the place; the job goes on after them."""


class SourceLost(RuntimeError):
    """Rows that the upload had are not there any more."""


@dataclass(slots=True)
class Task:
    """One job of this worker's."""

    pool: db.Pool
    clients: ProviderClients
    account_group_id: bytes
    job_id: bytes
    batch_rows: int
    stop: asyncio.Event
    # Held while rows are read, by one job of the worker's at a time: reading keeps a core busy.
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)
    # How many jobs of the account group go on at once; 0: all.
    places: int = 0
    _turn: float = IMPORT_TURN
    _turn_ends: float = 0.0

    def begin_turn(self, seconds: float) -> None:
        self._turn = seconds
        self._turn_ends = asyncio.get_running_loop().time() + seconds

    async def is_turn_over(self) -> bool:
        """Whether the job has had its time and others wait; else it gets as much again."""
        return await self._is_over(
            lambda connection: store.is_anybody_waiting(
                connection, self.account_group_id, self.job_id, self.places
            )
        )

    async def is_own_turn_over(self) -> bool:
        """The same for a job that asks nobody and has one of its worker's slots."""
        return await self._is_over(
            lambda connection: shares.is_anybody_waiting(
                connection, self.account_group_id, queue.PROSPECTING, self.job_id
            )
        )

    async def _is_over(self, is_anybody_waiting: Callable[[Connection], Awaitable[bool]]) -> bool:
        if asyncio.get_running_loop().time() < self._turn_ends:
            return False
        async with db.acquire(self.pool) as connection:
            if await is_anybody_waiting(connection):
                return True
        self.begin_turn(self._turn)
        return False
