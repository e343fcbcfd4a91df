"""What becomes of a connection of the pool when something goes wrong on it."""

from __future__ import annotations

import asyncpg
import pytest

from houselist.errors import Upstream
from houselist.postgres import db

PID = "SELECT pg_backend_pid()"


@pytest.mark.parametrize("error", [asyncpg.InternalClientError, asyncpg.InterfaceError])
async def test_a_connection_that_the_driver_lost_track_of_is_not_used_again(
    dsn: str, error: type[Exception]
) -> None:
    pids: list[int] = []

    async def fail(pool: db.Pool) -> None:
        async with db.acquire(pool) as connection:
            pids.append(await connection.fetchval(PID))
            raise error("cannot switch to state 15; another operation (2) is in progress")

    async with db.make_pool(dsn, size=1) as pool:
        with pytest.raises(Upstream):
            await fail(pool)
        async with db.acquire(pool) as connection:
            assert await connection.fetchval(PID) not in pids


async def test_a_connection_that_was_lost_in_a_transaction_reports_why(dsn: str) -> None:
    """And not that it could not be cut, as it was closed already."""

    async def be_lost(pool: db.Pool, other: db.Pool) -> None:
        async with db.transaction(pool) as connection:
            pid = await connection.fetchval(PID)
            await other.execute("SELECT pg_terminate_backend($1)", pid)
            await connection.fetchval("SELECT pg_sleep(1)")

    async with db.make_pool(dsn, size=1) as pool, db.make_pool(dsn, size=1) as other:
        with pytest.raises(Upstream) as caught:
            await be_lost(pool, other)
        assert "terminate()" not in repr(caught.value.__cause__)
        async with db.acquire(pool) as connection:
            assert await connection.fetchval("SELECT 1") == 1
