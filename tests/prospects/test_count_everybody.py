"""GET /v1/accounts/{accountGroupId}/prospects/count: how many people there are, kept or found."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from houselist import migrations
from houselist.migrations.run import statements
from houselist.people import counts_store
from houselist.postgres import db
from houselist.worker import maintenance
from support.databases import empty_database
from support.jobs import slugs, until
from support.prospects import make_many
from support.service import data, error, make_tenant, problems

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from houselist.postgres.db import Pool
    from support.service import Api, Service


async def count(api: Api, query: str = "") -> Any:
    return data(await api.get(f"prospects/count{query}"))


async def check(api: Api, number: int) -> None:
    """The number is exact, and that of the list."""
    assert await count(api) == {"count": number, "isExact": True}
    assert len(await api.all_items("prospects", limit=250)) == number


@asynccontextmanager
async def counting(pool: Pool) -> AsyncIterator[None]:
    """A worker that counts who is not counted."""
    task = asyncio.create_task(maintenance.count_people(pool, 60))
    yield
    task.cancel()


async def is_counted(pool: Pool, group: bytes) -> bool:
    async with db.acquire(pool) as connection:
        return await counts_store.get(connection, group) is not None


async def add(api: Api, audience: str, *people: dict[str, Any]) -> Any:
    return data(await api.post(f"audiences/{audience}/prospects", json={"prospects": people}))


@pytest.mark.usefixtures("worker")
async def test_it_is_the_number_of_people_after_every_change(api: Api) -> None:
    await check(api, 0)
    job = await api.import_file(slugs(120), "Imported")
    await check(api, 120)
    # The same people again are nobody new.
    await api.import_file(slugs(130), "Again")
    await check(api, 130)
    audience = (await api.make_audience("Asked for"))["id"]
    await add(api, audience, {"email": "a@northwind.example"}, {"email": "b@northwind.example"})
    await add(api, audience, {"email": "b@northwind.example"}, {"email": "c@northwind.example"})
    await check(api, 133)
    kept, *others = [person["id"] for person in await api.all_items("prospects")][-3:]
    data(await api.post(f"prospects/{kept}/merge", json={"prospectIds": others}))
    await check(api, 131)
    # Two known people whom a row proves to be one.
    url = "https://www.linkedin.com/in/ACoAABx2Yk4BqT7mVn0pQrStUvWxYz012345678"
    await add(api, audience, {"linkedinUrl": url}, {"publicIdentifier": "avery-stone"})
    await check(api, 133)
    await add(api, audience, {"linkedinUrl": url, "publicIdentifier": "avery-stone"})
    await check(api, 132)
    data(await api.post(f"audiences/{audience}/empty"))
    await check(api, 132)
    undo = data(await api.post(f"prospecting/{job['jobId']}/undo"), 202)
    await api.finished(undo["jobId"])
    await check(api, 132)


@pytest.mark.usefixtures("worker")
async def test_people_whom_an_undo_removes_count_no_more(api: Api) -> None:
    job = await api.import_file(slugs(60), "Imported")
    await check(api, 60)
    undo = data(await api.post(f"prospecting/{job['jobId']}/undo"), 202)
    await api.finished(undo["jobId"])
    await check(api, 0)


async def test_filters_count_who_fits(api: Api, stranger: Api) -> None:
    audience = (await api.make_audience())["id"]
    people = [
        {"email": f"p{n}@northwind.example", "title": ("CTO", "Engineer")[n % 2]} for n in range(7)
    ]
    await add(api, audience, *people)
    assert await count(api, "?title=cto") == {"count": 4, "isExact": True}
    assert await count(api, "?q=p3&hasEmail=true") == {"count": 1, "isExact": True}
    assert await count(api, "?addedBefore=2026-01-01T00:00:00Z") == {"count": 0, "isExact": True}
    await check(stranger, 0)
    assert await count(stranger, "?title=cto") == {"count": 0, "isExact": True}


async def test_who_was_made_by_an_older_version_is_counted_by_a_worker(
    api: Api, pool: Pool
) -> None:
    audience = (await api.make_audience())["id"]
    await add(api, audience, {"email": "a@northwind.example"})
    await make_many(pool, api, 10_001)
    group = bytes.fromhex(api.tenant.account_group_id)
    await pool.execute(
        "UPDATE people_versions SET version = version + 1 WHERE account_group_id = $1", group
    )
    assert await count(api) == {"count": 10_000, "isExact": False}
    # Who is added meanwhile does not make the number look right.
    await add(api, audience, {"email": "b@northwind.example"})
    assert await count(api) == {"count": 10_000, "isExact": False}
    async with counting(pool):
        await until(lambda: is_counted(pool, group))
    assert await count(api) == {"count": 10_003, "isExact": True}
    await add(api, audience, {"email": "c@northwind.example"})
    assert await count(api) == {"count": 10_004, "isExact": True}


async def test_people_from_before_an_upgrade_are_counted_by_a_worker(server_dsn: str) -> None:
    group, versions = bytes(12), migrations.FOLDER / "versions"
    async with empty_database(server_dsn) as dsn, db.make_pool(dsn) as pool:
        for file in sorted(versions.glob("*.sql")):
            if file.name.startswith("0008"):
                await pool.execute("INSERT INTO account_groups VALUES ($1, 'Acme', now())", group)
                await pool.execute(
                    "INSERT INTO prospects (account_group_id, id, created_at)"
                    " SELECT $1, int8send(n) || '\\x00000000', now() FROM generate_series(1, 9) n",
                    group,
                )
            for statement in statements(file.read_text()):
                await pool.execute(statement)
        assert not await is_counted(pool, group)
        async with counting(pool):
            await until(lambda: is_counted(pool, group))
        async with db.acquire(pool) as connection:
            assert await counts_store.get(connection, group) == 9


async def test_what_is_malformed_is_refused(api: Api) -> None:
    assert set(problems(await api.get("prospects/count?q=&asOf=x&limit=1"))) == {
        "q",
        "asOf",
        "limit",
    }


async def test_it_needs_prospects_read(service: Service, pool: Pool) -> None:
    weak = await make_tenant(pool, permissions=["audiences:read", "prospects:write"])
    async with service.client(weak) as api:
        refused = await api.get("prospects/count")
    assert "prospects:read" in error(refused, 403, "FORBIDDEN")["details"]
