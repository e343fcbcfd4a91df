"""What runs on a replica, because an address moved there too soon, works once it is the primary."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from houselist.postgres import db
from support.clock import measures_time
from support.jobs import until
from support.service import data, error, make_tenant

if TYPE_CHECKING:
    from support.operations import Installation, Standby


@measures_time
async def test_a_replica_counts_as_an_outage_until_it_is_promoted(
    original: Installation, standby: Standby
) -> None:
    async with db.make_pool(original.dsn) as pool:
        tenant = await make_tenant(pool)
    replica = type(original)(original.folder, standby.dsn)
    heard: asyncio.Queue[str] = asyncio.Queue()
    listening = asyncio.create_task(db.listen_forever(replica.dsn, "news", heard))
    async with replica.serving() as (pool, service), service.client(tenant) as api:

        async def arrived() -> bool:
            return (await api.get("audiences")).status_code == 200

        await until(arrived)
        refused = await api.post("audiences", json={"name": "CTOs", "type": "on_demand"})
        error(refused, 502, "UPSTREAM_ERROR")
        assert (
            "replica"
            in error(await api.get("http://houselist/readyz"), 502, "UPSTREAM_ERROR")["details"]
        )
        assert not listening.done()

        await asyncio.to_thread(standby.promote)
        await api.make_audience("CTOs")
        data(await api.get("http://houselist/readyz"))
        async with asyncio.timeout(10):
            while await heard.get() != db.LISTENING:
                pass
            await pool.execute("SELECT pg_notify('news', 'promoted')")
            assert await heard.get() == "promoted"
        assert len(data(await api.get("audiences"))["items"]) == 1
    listening.cancel()
