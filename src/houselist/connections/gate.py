"""Slots at a provider's account, across all processes: locks that end with their holder."""

from __future__ import annotations

import asyncio
import math
import random
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeVar

import asyncpg

from houselist.connections import locks_store as locks
from houselist.errors import Upstream
from houselist.logs import log
from houselist.postgres import db

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Coroutine

    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record]

T = TypeVar("T")

_FIRST_LOOK = 0.005
_LONGEST_LOOK = 0.1
# An event loop may be busy for a while, however short the takeover time is.
_SHORTEST_SILENCE = 4.0


class NoFreeSlot(Exception):
    """All slots at the account are taken."""


class _Lock(NamedTuple):
    """A lock that this process holds, for as long as the connection lives."""

    key: str
    connection: Connection


class Gate:
    """The locks of one process, all on one connection of its own.

    PostgreSQL frees them when the process dies. When the connection is lost, so are the locks, and
    every holder here is stopped with Upstream: another process may have the lock by then.
    """

    def __init__(self, dsn: str, silence: float) -> None:
        """`silence`: seconds after which PostgreSQL frees the locks of a process that hangs."""
        self._dsn = dsn
        self._silence = max(silence, _SHORTEST_SILENCE)
        self._beating: asyncio.Task[None] | None = None
        self._connection: Connection | None = None
        # PostgreSQL lets one connection take a lock twice, so locks held here are noted here until
        # they are given back.
        self._held: dict[str, asyncio.Timeout | None] = {}
        self._statement = asyncio.Lock()
        self._under_way: set[asyncio.Task[object]] = set()

    @asynccontextmanager
    async def hold(self, name: str, slots: int, *, within: float = 0.0) -> AsyncGenerator[None]:
        """One of `slots` slots under this name, for as long as the block runs.

        Raises NoFreeSlot when none is free `within` so many seconds, or Upstream. Who waits is
        served before those who come later.
        """
        lock = await self._take(name, slots, within)
        scope = asyncio.timeout(None)
        try:
            async with scope:
                if lock.connection.is_closed():
                    raise Upstream(details=_LOST)
                self._held[lock.key] = scope
                yield
        except TimeoutError as error:
            if scope.expired():
                raise Upstream(details=_LOST) from error
            raise
        finally:
            self._held[lock.key] = None
            await self._give(lock)

    async def _take(self, name: str, slots: int, within: float) -> _Lock:
        keys, door = [f"{name}/{slot}" for slot in range(slots)], f"{name}/door"
        loop = asyncio.get_running_loop()
        deadline, pause = loop.time() + within, _FIRST_LOOK
        # Who finds no free slot waits at the door, and nobody who comes later passes. Otherwise one
        # that asks again and again would never leave a gap for the others.
        at_door: _Lock | None = None
        try:
            while True:
                for key in keys:
                    if lock := await self._try(key, None if at_door else door):
                        return lock
                if loop.time() >= deadline:
                    raise NoFreeSlot
                if not at_door and (at_door := await self._try(door, None)):
                    pause = _FIRST_LOOK
                await asyncio.sleep(pause * random.uniform(0.5, 1.0))
                pause = min(2 * pause, _LONGEST_LOOK)
        finally:
            if at_door:
                self._start(self._unlock(at_door))

    async def _try(self, key: str, door: str | None) -> _Lock | None:
        """The lock, if it is free and nobody waits at the door. Raises Upstream."""
        trying = self._start(self._lock(key, door))
        try:
            return await asyncio.shield(trying)
        except asyncio.CancelledError:
            # A statement that was interrupted may have taken the lock all the same.
            self._start(self._undo(trying))
            raise

    async def _lock(self, key: str, door: str | None) -> _Lock | None:
        async with self._statement:
            if key in self._held or door in self._held:
                return None
            try:
                connection = await self._connected()
                taken = await self._sure(connection, locks.try_lock(connection, key, door))
            except Exception as error:
                if db.is_out_of_reach(error):
                    raise Upstream(details="The database did not answer.") from error
                raise
            if not taken:
                return None
            self._held[key] = None
            return _Lock(key, connection)

    async def _undo(self, trying: asyncio.Task[_Lock | None]) -> None:
        with suppress(Exception):
            if lock := await trying:
                await self._give(lock)

    async def _give(self, lock: _Lock) -> None:
        """Frees a lock, even when the task that held it is cancelled meanwhile."""
        await asyncio.shield(self._start(self._unlock(lock)))

    async def _unlock(self, lock: _Lock) -> None:
        async with self._statement:
            try:
                if not lock.connection.is_closed():
                    await self._sure(lock.connection, locks.unlock(lock.connection, lock.key))
            except Exception as error:
                if not db.is_out_of_reach(error):
                    raise
            finally:
                del self._held[lock.key]

    async def _sure(self, connection: Connection, statement: Coroutine[None, None, T]) -> T:
        """Runs a statement. After one that fails, nobody knows which locks are held."""
        try:
            return await statement
        except BaseException:
            # Better to lose all locks than to keep one that nobody uses.
            connection.terminate()
            raise

    def _start(self, work: Coroutine[None, None, T]) -> asyncio.Task[T]:
        """Starts work that runs to its end, even when the task that wants it is cancelled."""
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return task

    async def _connected(self) -> Connection:
        if self._connection is None or self._connection.is_closed():
            self._connection = await asyncpg.connect(
                self._dsn,
                timeout=db.CONNECT_TIMEOUT,
                command_timeout=db.COMMAND_TIMEOUT,
                # A process that hangs, or whose host is down, must not hold its locks for ever.
                server_settings={
                    "application_name": "houselist gate",
                    "idle_session_timeout": f"{math.ceil(self._silence)}s",
                },
            )
            self._connection.add_termination_listener(self._lost)
            if self._beating is None:
                self._beating = asyncio.create_task(self._beat())
        return self._connection

    async def _beat(self) -> None:
        """Shows PostgreSQL that this process does not hang, and notices when PostgreSQL is down."""
        while True:
            await asyncio.sleep(self._silence / 4)
            async with self._statement:
                if self._connection is None or self._connection.is_closed():
                    continue
                try:
                    await self._sure(self._connection, locks.beat(self._connection))
                except Exception as error:  # noqa: BLE001 - whatever it is, the locks are in doubt
                    log.warning("the connection that holds the locks broke", reason=str(error))

    def _lost(self, _connection: object) -> None:
        now = asyncio.get_running_loop().time()
        for key, scope in self._held.items():
            if scope is not None:
                scope.reschedule(now)
                self._held[key] = None

    async def close(self) -> None:
        """Gives up all locks."""
        if self._beating is not None:
            self._beating.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        if self._connection is not None:
            # One that does not close in time is cut; PostgreSQL frees the locks all the same.
            with suppress(Exception):
                await self._connection.close(timeout=db.COMMAND_TIMEOUT)


_LOST = "The lock on the provider's account was lost."
