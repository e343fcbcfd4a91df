"""No answer ever hangs: what happens when the database, or the client, takes for ever."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from support.apps import own_service
from support.asgi import key_header, speak
from support.clock import measures_time
from support.locks import (
    lock_audience,
    until_locks_are_waited_for,
    until_no_lock_is_waited_for,
)
from support.service import data, error, make_tenant

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from houselist.postgres.db import Pool
    from support.service import Api, Service

SOON = 1.5


@asynccontextmanager
async def hurried(dsn: str, pool: Pool) -> AsyncIterator[tuple[Service, Api]]:
    """A service that gives up after half a second."""
    async with (
        own_service(dsn, REQUEST_TIMEOUT="0.5") as service,
        service.client(await make_tenant(pool)) as api,
    ):
        yield service, api


@asynccontextmanager
async def locked(pool: Pool, audience: Any) -> AsyncIterator[None]:
    """Somebody else holds the audience's row."""
    async with pool.acquire() as connection, connection.transaction():
        await lock_audience(connection, audience["id"])
        yield


@measures_time
async def test_a_write_that_waits_for_a_lock_is_given_up_in_time(dsn: str, pool: Pool) -> None:
    async with hurried(dsn, pool) as (_, api):
        made = await api.make_audience()
        async with locked(pool, made):
            started = time.monotonic()
            response = await api.patch(f"audiences/{made['id']}", json={"name": "Late"})
            assert 0.4 < time.monotonic() - started < SOON
        error(response, 502, "UPSTREAM_ERROR")
        assert int(response.headers["retry-after"]) >= 1
        await until_no_lock_is_waited_for(pool, 0.5)
        assert data(await api.get(f"audiences/{made['id']}")) == made


@measures_time
async def test_more_stuck_requests_than_connections_leave_no_one_stuck(
    dsn: str, pool: Pool
) -> None:
    async with hurried(dsn, pool) as (_, api):
        made = await api.make_audience()
        async with locked(pool, made):
            started = time.monotonic()
            url = f"audiences/{made['id']}"
            stuck = await asyncio.gather(*(api.delete(url) for _ in range(25)))
            assert time.monotonic() - started < SOON
            assert {answer.status_code for answer in stuck} == {502}
            # The lock is still held, but the pool is whole again.
            answers = await asyncio.gather(*(api.get(url) for _ in range(25)))
            assert {answer.status_code for answer in answers} == {200}
        assert data(await api.delete(url)) == {"deleted": True}


async def test_given_up_work_leaves_nothing_running_in_the_database(dsn: str, pool: Pool) -> None:
    async with hurried(dsn, pool) as (_, api):
        made = await api.make_audience()
        async with locked(pool, made):
            await api.delete(f"audiences/{made['id']}")
            await until_no_lock_is_waited_for(pool, 0.5)


@measures_time
async def test_a_body_that_never_ends_is_answered(dsn: str, pool: Pool) -> None:
    async with hurried(dsn, pool) as (service, api):
        path = f"/v1/accounts/{api.tenant.account_group_id}/audiences"
        for half in ([], [b'{"name":']):
            started = time.monotonic()
            response = await speak(
                service, "POST", path, headers=[key_header(api)], body=half, ends="never"
            )
            assert time.monotonic() - started < SOON
            assert response.status_code in (400, 502)
            assert response.json()["success"] is False
        assert data(await api.get("audiences"))["items"] == []


async def test_a_client_that_goes_away_leaves_nothing_behind(dsn: str, pool: Pool) -> None:
    async with own_service(dsn) as service, service.client(await make_tenant(pool)) as api:
        made = await api.make_audience()
        async with locked(pool, made):
            tries = [asyncio.create_task(api.delete(f"audiences/{made['id']}")) for _ in range(15)]
            await until_locks_are_waited_for(pool)
            for task in tries:
                task.cancel()
            await asyncio.gather(*tries, return_exceptions=True)
            data(await api.get(f"audiences/{made['id']}"))
        await until_no_lock_is_waited_for(pool, 0.5)
        assert data(await api.get(f"audiences/{made['id']}")) == made
