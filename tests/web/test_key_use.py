"""When a key was last used: known to the minute, at one write a minute."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from typing import TYPE_CHECKING

from houselist.web import authentication as auth
from support.apps import own_service
from support.jobs import until
from support.service import data, error, make_tenant

if TYPE_CHECKING:
    import pytest

    from houselist.postgres.db import Pool
    from support.service import Service, Tenant


async def noted(service: Service) -> None:
    """Returns once no use is still to be written, which happens beside the answer."""
    keys = service.app._services().get(auth.Guard)._keys
    await until(lambda: asyncio.sleep(0, not keys._touches))


async def last_used(pool: Pool, tenant: Tenant) -> datetime | None:
    return await pool.fetchval("SELECT last_used_at FROM api_keys WHERE id = $1", tenant.key_id)


async def test_it_is_noted_to_the_minute(dsn: str, pool: Pool) -> None:
    tenant = await make_tenant(pool)
    assert await last_used(pool, tenant) is None
    async with own_service(dsn) as service, service.client(tenant) as api:
        started = await pool.fetchval("SELECT date_trunc('minute', now())")
        error(await api.get("audiences/x"), 400, "VALIDATION_ERROR")
        await noted(service)
        used = await last_used(pool, tenant)
    assert isinstance(used, datetime)
    assert used >= started
    assert (used.second, used.microsecond) == (0, 0)


async def test_within_a_minute_it_is_written_once_and_in_the_next_again(
    dsn: str, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Clock:
        now = time.time() // 60 * 60 + 59
        monotonic = staticmethod(time.monotonic)

        @classmethod
        def time(cls) -> float:
            return cls.now

    written: list[bytes] = []

    async def touch(_: object, key_id: bytes) -> None:
        written.append(key_id)

    monkeypatch.setattr(auth, "time", Clock)
    monkeypatch.setattr(auth.store, "touch", touch)
    async with own_service(dsn) as service, service.client(await make_tenant(pool)) as api:
        for _ in range(3):
            data(await api.get("audiences"))
        await noted(service)
        assert len(written) == 1
        Clock.now += 2  # only two seconds later, but another minute of the clock
        for _ in range(3):
            data(await api.get("audiences"))
        await noted(service)
        assert len(written) == 2


async def test_a_refused_key_is_not_used(dsn: str, pool: Pool) -> None:
    tenant = await make_tenant(pool, expires_at=datetime.fromisoformat("2020-01-01T00:00:00+00:00"))
    async with own_service(dsn) as service, service.client(tenant) as api:
        error(await api.get("audiences"), 401, "UNAUTHORIZED")
        await noted(service)
    assert await last_used(pool, tenant) is None
