"""What becomes of a connection of the pool when something goes wrong on it."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import asyncpg
import pytest

from houselist.errors import Upstream
from houselist.postgres import db
from houselist.postgres import pool as pools
from support.clock import measures_time
from support.jobs import until

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
            await other.execute("SELECT pg_terminate_backend($1::integer)", pid)
            await connection.fetchval("SELECT pg_sleep(1)")

    async with db.make_pool(dsn, size=1) as pool, db.make_pool(dsn, size=1) as other:
        with pytest.raises(Upstream) as caught:
            await be_lost(pool, other)
        assert "terminate()" not in repr(caught.value.__cause__)
        async with db.acquire(pool) as connection:
            assert await connection.fetchval("SELECT 1") == 1


async def pid_of(pool: db.Pool, within: float | None = 2.0) -> int:
    async with db.acquire(pool, within) as connection:
        return await connection.fetchval(PID)


async def test_the_next_request_gets_the_connection_of_the_last_without_asking_asyncpg(
    dsn: str,
) -> None:
    async with db.make_pool(dsn, size=2) as pool:
        pid = await pid_of(pool)
        assert pool.get_idle_size() == 0
        assert await pid_of(pool) == pid
        assert pool.get_size() == 1


async def test_who_waits_gets_the_connection_in_turn(dsn: str) -> None:
    order: list[int] = []

    async def use(pool: db.Pool, number: int) -> int:
        async with db.acquire(pool, 2.0) as connection:
            order.append(number)
            return await connection.fetchval(PID)

    async with db.make_pool(dsn, size=1) as pool:
        pids = await asyncio.gather(*(use(pool, number) for number in range(5)))
    assert order == [0, 1, 2, 3, 4]
    assert len(set(pids)) == 1


@pytest.mark.parametrize("in_use", [False, True])
async def test_who_asks_asyncpg_itself_is_not_kept_waiting(dsn: str, *, in_use: bool) -> None:
    """PgQueuer does. It must get what lies at hand, and what comes back while it waits."""

    async def use(pool: db.Pool) -> None:
        while in_use:
            await pid_of(pool)

    async with asyncio.timeout(5), db.make_pool(dsn, size=1) as pool:
        await pid_of(pool)
        users = [asyncio.create_task(use(pool)) for _ in range(3)]
        await asyncio.sleep(0)
        for _ in range(5):
            assert await pool.fetchval("SELECT 1") == 1
        in_use = False
        await asyncio.gather(*users)


async def test_who_gives_up_while_getting_a_connection_does_not_lose_it(dsn: str) -> None:
    async with asyncio.timeout(5), db.make_pool(dsn, size=1) as pool:
        async with db.acquire(pool) as connection:
            pid = await connection.fetchval(PID)
            waiting = asyncio.create_task(pid_of(pool))
            await asyncio.sleep(0.01)
        waiting.cancel()  # the connection is on its way
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert await pid_of(pool) == pid


async def test_who_waits_goes_on_when_the_connection_is_lost(dsn: str) -> None:
    async def be_lost(pool: db.Pool) -> None:
        async with db.acquire(pool) as connection:
            await connection.fetchval("SELECT pg_terminate_backend(pg_backend_pid())")

    async with asyncio.timeout(5), db.make_pool(dsn, size=1) as pool:
        losing = asyncio.create_task(be_lost(pool))
        await asyncio.sleep(0)
        await pid_of(pool)
        with pytest.raises(Upstream):
            await losing


async def test_a_connection_that_was_lost_while_at_hand_is_not_given_out(dsn: str) -> None:
    async with db.make_pool(dsn, size=2) as pool, db.make_pool(dsn, size=1) as other:
        pid = await pid_of(pool)
        await other.execute("SELECT pg_terminate_backend($1::integer, 2000)", pid)

        async def is_known() -> bool:
            return pool.get_size() == 0

        await until(is_known)
        assert await pid_of(pool) != pid


async def test_a_statement_that_was_given_up_is_not_left_to_the_next(dsn: str) -> None:
    async def sleep(pool: db.Pool) -> None:
        async with db.acquire(pool) as connection:
            await connection.execute("SELECT pg_sleep(60)")

    async with asyncio.timeout(5), db.make_pool(dsn, size=1) as pool:
        await pid_of(pool)
        for _ in range(3):
            sleeping = asyncio.create_task(sleep(pool))
            await asyncio.sleep(0.02)
            sleeping.cancel()
            with suppress(asyncio.CancelledError):
                await sleeping
            assert await pid_of(pool)


async def test_a_transaction_that_was_left_open_is_not_left_to_the_next(dsn: str) -> None:
    async with db.make_pool(dsn, size=1) as pool:
        async with db.acquire(pool) as connection:
            await connection.execute("BEGIN")
        async with db.acquire(pool) as connection:
            assert not connection.is_in_transaction()


async def test_what_nobody_wants_goes_back_to_asyncpg(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pools, "_AT_HAND_SECONDS", 0.05)
    async with db.make_pool(dsn, size=1) as pool:
        for _ in range(2):
            await pid_of(pool)

            async def is_back() -> bool:
                return pool.get_idle_size() == 1

            await until(is_back)


async def test_a_pool_that_closes_waits_for_requests_and_refuses_who_waits(dsn: str) -> None:
    async with asyncio.timeout(5):
        pool = await db.make_pool(dsn, size=1)
        async with db.acquire(pool) as connection:
            waiting = asyncio.create_task(pid_of(pool))
            await asyncio.sleep(0.01)
            closing = asyncio.create_task(pool.close())
            with pytest.raises(Upstream):
                await waiting
            assert await connection.fetchval("SELECT 1") == 1
            assert not closing.done()
        await closing


async def test_a_rush_at_the_start_leaves_nothing_slow_behind(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once everybody is in line for two connections, asyncpg has nothing to do any more."""
    released = 0
    release = asyncpg.Pool.release

    async def count(pool: db.Pool, *arguments: object, **options: object) -> None:
        nonlocal released
        released += 1
        await release(pool, *arguments, **options)

    async def use(pool: db.Pool) -> None:
        for _ in range(50):
            await pid_of(pool, 10.0)

    monkeypatch.setattr(asyncpg.Pool, "release", count)
    async with asyncio.timeout(10), db.make_pool(dsn, size=2) as pool:
        await asyncio.gather(*(use(pool) for _ in range(8)))
        assert released < 100  # of 400


@measures_time
async def test_all_in_line_hear_soon_that_there_is_no_database() -> None:
    async with db.make_pool("postgresql://127.0.0.1:1/x", size=2) as pool:
        async with asyncio.timeout(1.5):
            found = await asyncio.gather(
                *(pid_of(pool, 5.0) for _ in range(20)), return_exceptions=True
            )
        assert {type(each) for each in found} == {Upstream}
