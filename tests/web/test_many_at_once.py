"""Many requests at once on the real HTTP server: each gets its own answer, nobody another's."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING

import httpx

from support.clock import PATIENCE
from support.http import serving
from support.service import make_tenant

if TYPE_CHECKING:
    from houselist.postgres.db import Pool


async def test_answers_are_never_mixed_up(dsn: str, pool: Pool) -> None:
    tenants = [await make_tenant(pool) for _ in range(8)]

    # No more than there are connections: httpx looks through all who wait for one, again and again.
    turns = asyncio.Semaphore(40)

    async def ask(client: httpx.AsyncClient, number: int) -> None:
        tenant, trace_id = tenants[number % len(tenants)], secrets.token_hex(16)
        headers = {
            "authorization": f"Bearer {tenant.token}",
            "traceparent": f"00-{trace_id}-00f067aa0ba902b7-01",
        }
        async with turns:
            answer = await client.get("/v1/accounts", headers=headers)
        assert answer.headers["x-trace-id"] == answer.json()["traceId"] == trace_id
        (group,) = answer.json()["data"]["items"]
        assert group["id"] == tenant.account_group_id

    async with serving(dsn) as server:
        limits = httpx.Limits(max_connections=40)
        async with httpx.AsyncClient(
            base_url=server.url, limits=limits, timeout=PATIENCE
        ) as client:
            await asyncio.gather(*(ask(client, number) for number in range(600)))
