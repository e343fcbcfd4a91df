"""Revoked keys where the connection that would tell of it hangs: shut out within a second all the same."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from houselist.keys import store
from houselist.postgres import db
from support.apps import own_service, visitor
from support.clock import measures_time
from support.events import listening, queued_job
from support.jobs import until
from support.service import Service, Tenant, data, error, make_tenant
from support.stalling import Stalling, stalling

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx
    import pytest

    from houselist.postgres.db import Pool

pytestmark = measures_time

URL = "/v1/accounts"


@dataclass
class Scene:
    """A service whose line can hang, and a key that it knows."""

    way: Stalling
    service: Service
    client: httpx.AsyncClient
    tenant: Tenant
    looked_up: list[bytes]

    async def ask(self, tenant: Tenant | None = None) -> httpx.Response:
        token = (tenant or self.tenant).token
        return await self.client.get(URL, headers={"authorization": f"Bearer {token}"})


@asynccontextmanager
async def scene(dsn: str, pool: Pool, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    looked_up: list[bytes] = []
    find = store.find

    async def counted(connection: Any, digest: bytes) -> Any:
        looked_up.append(digest)
        return await find(connection, digest)

    monkeypatch.setattr(store, "find", counted)
    tenant = await make_tenant(pool)
    async with stalling(dsn) as way, own_service(way.dsn) as service, visitor(service) as client:

        async def remembered() -> bool:
            before = len(looked_up)
            data(await found.ask())
            return way.listening == 1 and len(looked_up) == before

        found = Scene(way, service, client, tenant, looked_up)
        await until(remembered)
        yield found


async def revoke(pool: Pool, tenant: Tenant) -> None:
    async with db.transaction(pool) as connection:
        await store.revoke(connection, tenant.key_id)


async def test_a_key_that_is_revoked_while_the_line_hangs_is_shut_out_within_a_second(
    dsn: str, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene(dsn, pool, monkeypatch) as here:
        other = await make_tenant(pool)
        data(await here.ask(other))
        here.way.hang()
        await revoke(pool, here.tenant)
        revoked = time.monotonic()
        while (answer := await here.ask()).status_code == 200:
            assert time.monotonic() - revoked < 1
            await asyncio.sleep(0.02)
        error(answer, 401, "UNAUTHORIZED")
        assert time.monotonic() - revoked < 1
        data(await here.ask(other))
        # Not only until the line is given up and another one is opened.
        here.way.go_on()
        await until(lambda: _hears_again(here, other))
        error(await here.ask(), 401, "UNAUTHORIZED")


async def _hears_again(here: Scene, tenant: Tenant) -> bool:
    before = len(here.looked_up)
    data(await here.ask(tenant))
    return len(here.looked_up) == before


async def test_while_the_line_hangs_keys_are_looked_up_and_after_it_they_are_not(
    dsn: str, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene(dsn, pool, monkeypatch) as here:
        here.way.hang()

        async def asks_anew() -> bool:
            return not await _hears_again(here, here.tenant)

        await until(asks_anew, 2)
        for _ in range(3):
            assert not await _hears_again(here, here.tenant)
        here.way.go_on()
        await until(lambda: _hears_again(here, here.tenant))


async def test_a_stream_of_a_key_that_is_revoked_while_the_line_hangs_ends_within_a_second(
    dsn: str, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene(dsn, pool, monkeypatch) as here, here.service.client(here.tenant) as api:
        job_id = await queued_job(api)
        async with listening(here.service, api, job_id) as stream:
            await stream.event()
            here.way.hang()
            await revoke(pool, here.tenant)
            async with asyncio.timeout(1.2):
                await stream.over.wait()
