"""The way to PostgreSQL: the pool, one transaction per write, which failures are out of reach."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, TypeAlias

import asyncpg

from houselist.errors import Upstream, forget_frames

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping
    from types import TracebackType

    from asyncpg.pool import PoolConnectionProxy
    from asyncpg.transaction import Transaction

    Pool: TypeAlias = asyncpg.Pool[asyncpg.Record]
    Connection: TypeAlias = PoolConnectionProxy[asyncpg.Record] | asyncpg.Connection[asyncpg.Record]

# Seconds. A request's turn at the database (waiting for a connection, all statements, giving the
# connection back) stays under the 3 s in which a 502 is promised, even when PostgreSQL hangs.
CONNECT_TIMEOUT = 2.0
COMMAND_TIMEOUT = 2.2
REQUEST_TURN = 2.4
# What a statement that was given up may take to be cancelled, before its connection is cut.
_RELEASE_TIMEOUT = 0.2

OUT_OF_REACH: tuple[type[Exception], ...] = (
    OSError,  # covers refused connections and TimeoutError
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # shutting down, starting up, query cancelled
    asyncpg.InsufficientResourcesError,  # too many connections, disk full
    asyncpg.InvalidAuthorizationSpecificationError,  # our password or role is not taken
    asyncpg.InvalidCatalogNameError,  # the database is not there, or not yet
    asyncpg.InterfaceError,  # the pooled connection was found closed
    asyncpg.InternalClientError,  # the protocol was cut in the middle
    asyncpg.IdleInTransactionSessionTimeoutError,  # PostgreSQL gave up on us: we had hung
    asyncpg.ReadOnlySQLTransactionError,  # a replica, which may be about to become the primary
)


def is_out_of_reach(error: BaseException) -> bool:
    """Whether the database, not the request or our code, is at fault."""
    # asyncpg's DataError is an InterfaceError for an argument of the wrong type: our fault.
    return isinstance(error, OUT_OF_REACH) and not isinstance(error, ValueError | TypeError)


async def _keep_session(_connection: object) -> None:
    """Nothing to undo: requests change no session state, so a release costs no round trip."""


def make_pool(
    dsn: str,
    *,
    size: int = 10,
    command_timeout: float | None = COMMAND_TIMEOUT,
    session: Mapping[str, str] | None = None,
) -> Pool:
    """A pool that connects when first needed, so that a process starts while PostgreSQL is down.

    Enter it (`async with`) to use it. `session`: PostgreSQL settings for each connection.
    """
    return asyncpg.create_pool(
        dsn,
        min_size=0,
        max_size=size,
        max_queries=1_000_000,
        timeout=CONNECT_TIMEOUT,
        command_timeout=command_timeout,
        reset=_keep_session,
        server_settings={"application_name": "houselist", "jit": "off", **(session or {})},
    )


class acquire:  # noqa: N801 - used like the functions around it
    """`async with` gives a connection of the pool. Raises Upstream when PostgreSQL is out of reach.

    `within` bounds the whole turn, in seconds; without it every statement has its own timeout.
    """

    # A class and not a generator, and no timer where a connection is free, because every request
    # passes here: a statement that hangs is ended by its own timeout, well within any turn.
    __slots__ = ("_connection", "_pool", "_timer", "_within")

    def __init__(self, pool: Pool, within: float | None = None) -> None:
        self._pool = pool
        self._within = within
        self._timer: asyncio.Timeout | None = None
        self._connection: PoolConnectionProxy[asyncpg.Record] | None = None

    async def __aenter__(self) -> Connection:
        try:
            if self._within is None:
                self._connection = await self._pool.acquire(timeout=COMMAND_TIMEOUT)
            elif self._pool.get_idle_size():
                self._connection = await self._pool.acquire()
            else:
                self._timer = await asyncio.timeout(self._within).__aenter__()
                self._connection = await self._pool.acquire()
        except BaseException as error:
            await self._leave(type(error), error)
            raise
        return self._connection

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        _: TracebackType | None,
    ) -> None:
        await self._leave(kind, error)

    async def _leave(self, kind: type[BaseException] | None, error: BaseException | None) -> None:
        """Ends the turn. Raises Upstream where PostgreSQL was at fault for `error`."""
        try:
            if self._timer is not None:
                await self._timer.__aexit__(kind, error, None)
        except TimeoutError as late:
            error = late
        if self._connection is not None:
            await _give_back(self._pool, self._connection)
        if error is not None and is_out_of_reach(error):
            raise Upstream(details="The database did not answer.") from error


async def _give_back(pool: Pool, connection: PoolConnectionProxy[asyncpg.Record]) -> None:
    # What is released in vain asyncpg cuts; the work's own outcome must not be hidden by it.
    with suppress(Exception):
        await pool.release(connection, timeout=_RELEASE_TIMEOUT)


@asynccontextmanager
async def transaction(pool: Pool, within: float | None = None) -> AsyncGenerator[Connection]:
    """A connection with a transaction around: all of it is written, or nothing.

    A cancelled request (deadline, client gone) rolls back as well. `within` as in acquire().
    """
    async with acquire(pool, within) as connection:
        running = connection.transaction()
        await running.start()
        try:
            yield connection
        except BaseException:
            await _roll_back(connection, running)
            raise
        await running.commit()


async def _roll_back(connection: Connection, running: Transaction) -> None:
    """Rolls back; or cuts the connection when that takes long, and PostgreSQL rolls back."""
    try:
        async with asyncio.timeout(_RELEASE_TIMEOUT):
            await running.rollback()
    except Exception:  # noqa: BLE001 - whatever it is, the error that led here is the one to tell
        connection.terminate()


# What a listener hears beside payloads: from now on nothing is missed; something may have been.
LINE_OPEN = "\0open"
LINE_CUT = "\0cut"
# Seconds between two looks at whether the line still tells everything.
LINE_BEAT = 0.2


async def listen_forever(
    dsn: str,
    channel: str,
    heard: asyncio.Queue[str],
    all_told: Callable[[float], None] | None = None,
) -> None:
    """Puts every NOTIFY payload on `channel` into `heard`, LINE_OPEN and LINE_CUT in between.

    Reconnects by itself, until cancelled. `all_told` is called several times a second with a moment
    (time.monotonic()) up to which all that was committed is in `heard`; a line that hangs is told
    from one that is quiet by that.
    """
    while True:
        try:
            connection = await asyncpg.connect(
                dsn, timeout=CONNECT_TIMEOUT, command_timeout=COMMAND_TIMEOUT
            )
            try:
                await connection.add_listener(
                    channel, lambda _c, _p, _ch, payload: heard.put_nowait(str(payload))
                )
                heard.put_nowait(LINE_OPEN)
                while not connection.is_closed():
                    asked = time.monotonic()
                    # Finds a server that hangs or a line that was cut without a word. What was to
                    # be told when it was asked comes before the answer.
                    await connection.execute("SELECT 1")
                    if all_told:
                        all_told(asked)
                    await asyncio.sleep(LINE_BEAT)
            finally:
                heard.put_nowait(LINE_CUT)
                connection.terminate()
        except Exception as error:
            if not is_out_of_reach(error):
                raise
            forget_frames(error)
        await asyncio.sleep(0.2)
