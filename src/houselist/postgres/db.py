"""Access to PostgreSQL: the pool, transactions, listening, and which errors mean it is down."""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, TypeAlias

import asyncpg

from houselist.errors import Upstream, forget_frames
from houselist.postgres.pool import Pool

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping
    from types import TracebackType

    from asyncpg.pool import PoolConnectionProxy
    from asyncpg.transaction import Transaction

    Connection: TypeAlias = PoolConnectionProxy[asyncpg.Record] | asyncpg.Connection[asyncpg.Record]

# Seconds. DATABASE_TIMEOUT covers all that a request does with the database: waiting for a
# connection, its statements, releasing the connection. It stays under the 3 s in which a 502 is
# promised, even when PostgreSQL hangs.
CONNECT_TIMEOUT = 2.0
COMMAND_TIMEOUT = 2.2
DATABASE_TIMEOUT = 2.4
# How long cancelling an abandoned statement may take before its connection is cut.
_RELEASE_TIMEOUT = 0.2

OUT_OF_REACH: tuple[type[Exception], ...] = (
    OSError,  # covers refused connections and TimeoutError
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # shutting down, starting up, query cancelled
    asyncpg.InsufficientResourcesError,  # too many connections, disk full
    asyncpg.InvalidAuthorizationSpecificationError,  # our role or password is refused
    asyncpg.InvalidCatalogNameError,  # the database does not exist, or not yet
    asyncpg.InterfaceError,  # the pooled connection turned out to be closed
    asyncpg.InternalClientError,  # the connection broke in the middle of a message
    asyncpg.IdleInTransactionSessionTimeoutError,  # this process hung, and PostgreSQL gave up on it
    asyncpg.ReadOnlySQLTransactionError,  # a replica, which may be about to become the primary
)


def violates(error: asyncpg.IntegrityConstraintViolationError, constraint: str) -> bool:
    """Whether it is this constraint of the schema that a statement violates."""
    # asyncpg sets what PostgreSQL sent, and declares none of it.
    name: str | None = error.constraint_name
    if name is not None:
        return name == constraint
    # Citus tells it in the message alone, with the number of the shard behind it.
    return re.search(rf"\b{constraint}_\d+\b", str(error)) is not None


def is_out_of_reach(error: BaseException) -> bool:
    """Whether the database, not the request or our code, is at fault."""
    # asyncpg's DataError is an InterfaceError for an argument of the wrong type: our fault.
    return isinstance(error, OUT_OF_REACH) and not isinstance(error, ValueError | TypeError)


async def _keep_session(_connection: object) -> None:
    """Does nothing: requests change no session state, so releasing needs no round trip."""


def make_pool(
    dsn: str,
    *,
    size: int = 10,
    command_timeout: float | None = COMMAND_TIMEOUT,
    session: Mapping[str, str] | None = None,
) -> Pool:
    """A pool that connects only when needed, so a process can start while PostgreSQL is down.

    Enter it (`async with`) to use it. `session` holds PostgreSQL settings for each connection.
    """
    return Pool(
        dsn,
        min_size=0,
        max_size=size,
        max_queries=1_000_000,
        max_inactive_connection_lifetime=300.0,
        loop=None,
        connection_class=asyncpg.Connection,
        record_class=asyncpg.Record,
        timeout=CONNECT_TIMEOUT,
        command_timeout=command_timeout,
        reset=_keep_session,
        server_settings={"application_name": "houselist", "jit": "off", **(session or {})},
    )


def rows_of(status: str) -> int:
    """How many rows a statement wrote or removed, by the status that PostgreSQL gave it."""
    return int(status.rpartition(" ")[2])


class acquire:  # noqa: N801 - used like the functions around it
    """`async with` yields a connection from the pool. Raises Upstream if PostgreSQL is unreachable.

    `within` limits the whole block, in seconds. Without it, each statement has its own timeout.
    """

    # Every request passes here, so this is a class, not a generator, and sets no timer when a
    # connection is free: the statement timeout ends a statement that hangs, well before `within`.
    __slots__ = ("_connection", "_pool", "_timer", "_within")

    def __init__(self, pool: Pool, within: float | None = None) -> None:
        self._pool = pool
        self._within = within
        self._timer: asyncio.Timeout | None = None
        self._connection: PoolConnectionProxy[asyncpg.Record] | None = None

    async def __aenter__(self) -> Connection:
        self._connection = self._pool.take()
        if self._connection is not None:
            return self._connection
        try:
            if self._within is None:
                async with asyncio.timeout(COMMAND_TIMEOUT):
                    self._connection = await self._pool.wait_for_one()
            else:
                self._timer = await asyncio.timeout(self._within).__aenter__()
                self._connection = await self._pool.wait_for_one()
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
        connection = self._connection
        if error is None and self._timer is None and connection and self._pool.keep(connection):
            return
        await self._leave(kind, error)

    async def _leave(self, kind: type[BaseException] | None, error: BaseException | None) -> None:
        """Releases the connection. Raises Upstream if PostgreSQL is to blame for `error`."""
        try:
            if self._timer is not None:
                await self._timer.__aexit__(kind, error, None)
        except TimeoutError as late:
            error = late
        if self._connection is not None:
            if isinstance(error, asyncpg.InterfaceError | asyncpg.InternalClientError):
                # asyncpg may think for ever that something is under way on it, and the pool, whose
                # release costs no round trip, would give it out again and again.
                _cut(self._connection)
            if error is not None or not self._pool.keep(self._connection):
                await _release(self._pool, self._connection)
        if error is not None and is_out_of_reach(error):
            raise Upstream(details="The database did not answer.") from error


async def _release(pool: Pool, connection: PoolConnectionProxy[asyncpg.Record]) -> None:
    # asyncpg cuts a connection that it can't release. That must not hide how the work itself ended.
    with suppress(Exception):
        await pool.release(connection, timeout=_RELEASE_TIMEOUT)


@asynccontextmanager
async def transaction(pool: Pool, within: float | None = None) -> AsyncGenerator[Connection]:
    """A connection inside a transaction: everything is written, or nothing.

    Cancellation (deadline, client gone) rolls back too. `within` is as in acquire().
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
    """Rolls back. If that takes too long, cuts the connection, and PostgreSQL rolls back."""
    try:
        async with asyncio.timeout(_RELEASE_TIMEOUT):
            await running.rollback()
    except Exception:  # noqa: BLE001 - the error that led here is the one to report
        _cut(connection)


def _cut(connection: Connection) -> None:
    with suppress(asyncpg.InterfaceError):  # it is closed, and the pool has it back
        connection.terminate()


# What a listener gets besides payloads. After LISTENING it misses nothing; at CONNECTION_LOST it
# may have missed something.
LISTENING = "\0open"
CONNECTION_LOST = "\0cut"
# Seconds between two checks that the connection still delivers.
_PING_SECONDS = 0.2


async def listen_forever(
    dsn: str,
    channel: str,
    messages: asyncio.Queue[str],
    caught_up: Callable[[float], None] | None = None,
) -> None:
    """Puts every NOTIFY payload on `channel` into `messages`, and LISTENING or CONNECTION_LOST.

    Reconnects by itself, until cancelled. Calls `caught_up` several times a second with a moment
    (time.monotonic()): `messages` holds all that was committed before it. While the calls come, the
    connection is merely quiet; when they stop, it hangs.
    """
    while True:
        try:
            connection = await asyncpg.connect(
                dsn,
                timeout=CONNECT_TIMEOUT,
                command_timeout=COMMAND_TIMEOUT,
                server_settings={"application_name": "houselist listener"},
            )
            try:
                await connection.add_listener(
                    channel, lambda _c, _p, _ch, payload: messages.put_nowait(str(payload))
                )
                messages.put_nowait(LISTENING)
                while not connection.is_closed():
                    pinged = time.monotonic()
                    # Detects a server that hangs and a connection that broke silently. PostgreSQL
                    # sends pending notifications before the result.
                    await connection.execute("SELECT 1")
                    if caught_up:
                        caught_up(pinged)
                    await asyncio.sleep(_PING_SECONDS)
            finally:
                messages.put_nowait(CONNECTION_LOST)
                connection.terminate()
        except Exception as error:
            if not is_out_of_reach(error):
                raise
            forget_frames(error)
        await asyncio.sleep(0.2)
