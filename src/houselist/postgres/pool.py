"""asyncpg's pool, whose connections go from one request to the next without a task and a timer."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Proxy: TypeAlias = PoolConnectionProxy[asyncpg.Record]

    class AsyncpgPool(asyncpg.Pool[asyncpg.Record]):
        """What its stubs leave out."""

        _queue: asyncio.Queue[object]

        async def _acquire(self, timeout: float | None) -> Proxy: ...

else:
    AsyncpgPool = asyncpg.Pool

# Seconds for which connections lie at hand at most. Then asyncpg has them, and closes those that
# nobody wants for five minutes or that have run very many statements.
_AT_HAND_SECONDS = 60.0


class Pool(AsyncpgPool):
    """What asyncpg has given out once stays at hand for take(), whoever asks asyncpg goes first.

    asyncpg's own release makes a task, a future and two timers, which was a tenth of a small read.
    Connections come here only as they were given out; whatever happened to one, asyncpg sees to it.
    """

    __slots__ = ("_at_hand", "_ending", "_line", "_releasing", "_sweep", "_wanted")

    def __init__(self, *arguments: str, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._at_hand: list[Proxy] = []
        self._line: deque[asyncio.Future[Proxy | None]] = deque()
        self._wanted = 0
        self._ending = False
        self._releasing: set[asyncio.Task[None]] = set()
        self._sweep: asyncio.TimerHandle | None = None

    def take(self) -> Proxy | None:
        """A connection that is at hand, or None."""
        while self._at_hand:
            connection = self._at_hand.pop()
            if _is_open(connection):
                return connection
        return None

    async def wait_for_one(self) -> Proxy:
        """A connection that another request is done with, or a new one."""
        while self._queue.empty() and not self._ending:
            waiting = asyncio.get_running_loop().create_future()
            self._line.append(waiting)
            try:
                connection = await waiting
            except asyncio.CancelledError:
                if waiting.done() and not waiting.cancelled():
                    await self._pass_on(waiting.result())
                raise
            if connection is None:
                break
            if _is_open(connection):
                return connection
        return await self.acquire()

    def keep(self, connection: Proxy) -> bool:
        """Whether a connection went to the next in line or lies at hand; else it is to be released.

        Only for one on which nothing failed and nothing was cancelled.
        """
        if self._wanted or self._ending or not _is_as_it_was(connection):
            return False
        waiting = self._next_waiting()
        if waiting is not None:
            waiting.set_result(connection)
            return True
        self._at_hand.append(connection)
        if self._sweep is None:
            loop = asyncio.get_running_loop()
            self._sweep = loop.call_later(_AT_HAND_SECONDS, self._give_back)
        return True

    async def _pass_on(self, missed: Proxy | None) -> None:
        """Gives to the next in line what came to one who has just given up."""
        if missed is None:
            self._call_next()
        elif not self.keep(missed):
            await self.release(missed)

    async def release(self, connection: Proxy, *, timeout: float | None = None) -> None:
        """asyncpg's, and it calls the next in line, unless somebody else waits for asyncpg."""
        if not self._wanted:
            self._call_next()
        await super().release(connection, timeout=timeout)

    async def close(self) -> None:
        self._end()
        while self._at_hand:
            await super().release(self._at_hand.pop())
        await super().close()

    def terminate(self) -> None:
        self._end()
        super().terminate()

    def _end(self) -> None:
        self._ending = True
        if self._sweep is not None:
            self._sweep.cancel()
        while self._call_next():
            pass

    def _call_next(self) -> bool:
        """Has the next in line ask asyncpg; False when the line is empty."""
        waiting = self._next_waiting()
        if waiting is None:
            return False
        waiting.set_result(None)
        return True

    def _next_waiting(self) -> asyncio.Future[Proxy | None] | None:
        while self._line:
            waiting = self._line.popleft()
            if not waiting.done():
                return waiting
        return None

    def _give_back(self) -> None:
        """Leaves to asyncpg what is at hand."""
        self._sweep = None
        while self._at_hand:
            task = asyncio.create_task(self.release(self._at_hand.pop()))
            self._releasing.add(task)
            task.add_done_callback(self._releasing.discard)

    async def _acquire(self, timeout: float | None) -> Proxy:
        # All ways to a connection of asyncpg's end here. It does not know what is at hand.
        self._wanted += 1
        try:
            self._give_back()
            return await super()._acquire(timeout)
        except BaseException:
            self._call_next()  # who would have had the connection that there is not
            raise
        finally:
            self._wanted -= 1


def _is_open(connection: Proxy) -> bool:
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:  # it was lost, and asyncpg has taken it back
        return False


def _is_as_it_was(connection: Proxy) -> bool:
    try:
        return not connection.is_in_transaction()
    except asyncpg.InterfaceError:
        return False
