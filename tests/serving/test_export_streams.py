"""Exports over real connections: what they take is given back, whatever their clients do."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import httpx
import pytest

from houselist.keys import store as keys
from houselist.postgres import db
from support.clock import measures_time
from support.exporting import LAST_CHUNK, MANY, copies, downloading, fill, none_is_open
from support.http import serving
from support.jobs import Place, until
from support.service import Api, data, error, make_tenant

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from support.http import Server
    from support.service import Tenant

Filled = tuple["Tenant", str]


@pytest.fixture(scope="module")
async def place(server_dsn: str) -> AsyncIterator[Place]:
    async with Place.made(server_dsn, "exports") as place:
        yield place


@pytest.fixture(scope="module")
async def filled(place: Place) -> Filled:
    tenant = await make_tenant(place.pool)
    return tenant, await fill(place.pool, tenant)


@pytest.fixture(scope="module")
async def server(place: Place) -> AsyncIterator[Server]:
    async with serving(place.dsn, IDLE_TIMEOUT="5") as server:
        yield server


def client(server: Server, tenant: Tenant) -> Api:
    api = Api(tenant, httpx.AsyncHTTPTransport())
    api.base_url = f"{server.url}/v1/accounts/{tenant.account_group_id}/"
    return api


async def test_a_client_that_reads_gets_all_and_the_connection_stays_whole(
    server: Server, filled: Filled
) -> None:
    tenant, audience = filled
    async with client(server, tenant) as api:
        for format_ in ("ndjson", "csv"):
            response = await api.get(f"audiences/{audience}/export?format={format_}")
            assert response.content.count(b"\n") == MANY + (format_ == "csv")
            assert response.headers["x-row-count"] == str(MANY)
            assert response.headers["transfer-encoding"] == "chunked"
        data(await api.get(f"audiences/{audience}"))


@measures_time
@pytest.mark.parametrize("format_", ["ndjson", "parquet"])
async def test_a_client_that_goes_away_ends_the_query(
    server: Server, filled: Filled, place: Place, format_: str
) -> None:
    for _ in range(3):  # more at once than a key may have
        async with downloading(server, *filled, f"format={format_}") as download:
            assert download.status == 200
            assert format_ == "parquet" or await copies(place.pool) == 1
        await until(none_is_open(place.pool), 2)


@measures_time
async def test_too_many_at_once_are_refused_and_other_requests_go_on(
    server: Server, filled: Filled, place: Place
) -> None:
    tenant, audience = filled
    group = [tenant.account_group_id]
    others = [await make_tenant(place.pool, groups=group) for _ in range(2)]
    path = f"audiences/{audience}/export"
    async with AsyncExitStack() as stack:
        for key in (tenant, tenant):
            await stack.enter_async_context(downloading(server, key, audience))
        async with client(server, tenant) as api:
            refused = await api.get(path)
            assert (
                "This key already has 2 exports" in error(refused, 429, "RATE_LIMITED")["details"]
            )
            assert int(refused.headers["retry-after"]) >= 1
        for _ in range(2):
            await stack.enter_async_context(downloading(server, others[0], audience))
        async with client(server, others[1]) as api:
            refused = await api.get(path)
            assert "This server already has 4" in error(refused, 429, "RATE_LIMITED")["details"]
            assert await copies(place.pool) == 4
            asked = [api.get(f"audiences/{audience}/prospects") for _ in range(20)]
            for response in await asyncio.gather(*asked):
                data(response)
    await until(none_is_open(place.pool), 2)
    async with client(server, others[1]) as api:
        assert (await api.get(path)).status_code == 200


@measures_time
async def test_a_client_that_takes_nothing_is_given_up(filled: Filled, place: Place) -> None:
    async with (
        serving(place.dsn, IDLE_TIMEOUT="0.5") as server,
        downloading(server, *filled) as download,
    ):
        assert await copies(place.pool) == 1
        await until(none_is_open(place.pool), 5)
        assert not (await download.rest()).endswith(LAST_CHUNK)


@measures_time
async def test_an_export_has_a_limit_of_time(filled: Filled, place: Place) -> None:
    async with (
        serving(place.dsn, EXPORT_TIMEOUT="0.5") as server,
        downloading(server, *filled) as download,
    ):
        await until(none_is_open(place.pool), 5)
        assert not (await download.rest()).endswith(LAST_CHUNK)


@measures_time
async def test_a_revoked_key_ends_its_exports(server: Server, filled: Filled, place: Place) -> None:
    tenant = await make_tenant(place.pool, groups=[filled[0].account_group_id])
    async with downloading(server, tenant, filled[1]) as download:
        async with db.transaction(place.pool) as connection:
            await keys.revoke(connection, tenant.key_id)
        await until(lambda: is_refused(server, tenant), 2)
        assert not (await download.rest()).endswith(LAST_CHUNK)
    await until(none_is_open(place.pool), 2)


async def is_refused(server: Server, tenant: Tenant) -> bool:
    async with client(server, tenant) as api:
        return (await api.get("audiences")).status_code == 401


@measures_time
async def test_a_stop_does_not_wait_for_exports_and_their_clients_see_it(
    filled: Filled, place: Place
) -> None:
    async with serving(place.dsn) as server, downloading(server, *filled) as download:
        started = time.monotonic()
        server.process.terminate()
        assert not (await download.rest()).endswith(LAST_CHUNK)
        assert await asyncio.to_thread(server.process.wait) == 0
        assert time.monotonic() - started < 3
    await until(none_is_open(place.pool), 2)
