"""The way to PostgreSQL: the pool, one transaction per write, and which failures mean "out of reach"."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeAlias

import asyncpg

from houselist.errors import Upstream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from asyncpg.pool import PoolConnectionProxy

    Pool: TypeAlias = asyncpg.Pool[asyncpg.Record]
    Connection: TypeAlias = PoolConnectionProxy[asyncpg.Record] | asyncpg.Connection[asyncpg.Record]

# Seconds. Together they stay under the 3 s in which a 502 is promised.
CONNECT_TIMEOUT = 2.0
COMMAND_TIMEOUT = 2.5

OUT_OF_REACH: tuple[type[Exception], ...] = (
    OSError,  # covers refused connections and TimeoutError
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # shutting down, starting up, query cancelled
    asyncpg.InsufficientResourcesError,  # too many connections, disk full
    asyncpg.InterfaceError,  # the pooled connection was found closed
    asyncpg.InternalClientError,  # the protocol was cut in the middle
)


def is_out_of_reach(error: BaseException) -> bool:
    """Whether the database, not the request or our code, is at fault."""
    # asyncpg's DataError is an InterfaceError for an argument of the wrong type: our fault.
    return isinstance(error, OUT_OF_REACH) and not isinstance(error, ValueError | TypeError)


async def _keep_session(_connection: object) -> None:
    """Nothing to undo: requests change no session state, so a release costs no round trip."""


def make_pool(
    dsn: str, *, size: int = 10, command_timeout: float | None = COMMAND_TIMEOUT
) -> Pool:
    """A pool that connects when it is first needed, so that a process starts while PostgreSQL is down.

    Enter it (`async with`) to use it.
    """
    return asyncpg.create_pool(
        dsn,
        min_size=0,
        max_size=size,
        max_queries=1_000_000,
        timeout=CONNECT_TIMEOUT,
        command_timeout=command_timeout,
        reset=_keep_session,
        server_settings={"application_name": "houselist", "jit": "off"},
    )


@asynccontextmanager
async def acquire(pool: Pool) -> AsyncIterator[Connection]:
    """A connection of the pool. Raises Upstream when PostgreSQL is out of reach."""
    try:
        async with pool.acquire(timeout=COMMAND_TIMEOUT) as connection:
            yield connection
    except Exception as error:
        if is_out_of_reach(error):
            raise Upstream(details="The database did not answer.") from error
        raise


@asynccontextmanager
async def transaction(pool: Pool) -> AsyncIterator[Connection]:
    """A connection with a transaction around: all of it is written, or nothing.

    A cancelled request (deadline, client gone) rolls back as well.
    """
    async with acquire(pool) as connection, connection.transaction():
        yield connection


# What a listener hears beside payloads: from now on nothing is missed; something may have been.
LINE_OPEN = "\0open"
LINE_CUT = "\0cut"


async def listen_forever(dsn: str, channel: str, heard: asyncio.Queue[str]) -> None:
    """Puts every NOTIFY payload on `channel` into `heard`, LINE_OPEN and LINE_CUT in between.

    Reconnects by itself, until cancelled.
    """
    while True:
        try:
            connection = await asyncpg.connect(dsn, timeout=CONNECT_TIMEOUT, command_timeout=COMMAND_TIMEOUT)
            try:
                await connection.add_listener(
                    channel, lambda _c, _p, _ch, payload: heard.put_nowait(str(payload))
                )
                heard.put_nowait(LINE_OPEN)
                while not connection.is_closed():
                    await asyncio.sleep(0.5)
                    # Finds a server that hangs or a line that was cut without a word.
                    await connection.execute("SELECT 1")
            finally:
                heard.put_nowait(LINE_CUT)
                connection.terminate()
        except Exception as error:
            if not is_out_of_reach(error):
                raise
        await asyncio.sleep(0.2)
