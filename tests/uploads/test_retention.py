"""How long uploads are kept: 30 days after their jobs, 7 where there are none, and never too short."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from houselist.accounts import quota_store as quotas
from houselist.postgres import db
from houselist.uploads import retention_store as retention
from houselist.worker.maintenance import expire_old
from support.jobs import kept, outcomes, slugs, until
from support.locks import waiting_for_locks
from support.service import data

if TYPE_CHECKING:
    from support.service import Api

DAYS = 30


async def grow_older(pool: db.Pool, api: Api, days: int) -> None:
    """All that the account group has becomes so many days older."""
    group = bytes.fromhex(api.tenant.account_group_id)
    for table, columns in (
        ("uploads", ["created_at", "completed_at"]),
        ("prospecting_jobs", ["created_at", "updated_at"]),
    ):
        # Two statements, because a cluster reckons with no column in an UPDATE's moments.
        older = ", ".join(f"{name} - make_interval(days => $2)" for name in columns)
        rows = await pool.fetch(
            f"SELECT id, {older} FROM {table} WHERE account_group_id = $1", group, days
        )
        they = ", ".join(f"{name} = ${n}" for n, name in enumerate(columns, 3))
        await pool.executemany(
            f"UPDATE {table} SET {they} WHERE account_group_id = $1 AND id = $2",
            [(group, *row) for row in rows],
        )


async def chunks(pool: db.Pool, api: Api) -> int:
    return (await kept(pool, api, ["upload_chunks"]))["upload_chunks"]


async def counted(pool: db.Pool, api: Api) -> int:
    async with db.acquire(pool) as connection:
        group = bytes.fromhex(api.tenant.account_group_id)
        return (await quotas.get_usage(connection, group)).upload_bytes


async def start(api: Api, upload: Any, name: str) -> Any:
    return await api.post(
        "prospecting",
        json={"type": "file_upload", "uploadId": upload["uploadId"], "audienceName": name},
    )


@pytest.mark.usefixtures("worker")
async def test_a_finished_jobs_upload_is_let_go_and_its_ledger_stays(
    api: Api, pool: db.Pool
) -> None:
    job = await api.import_file(slugs(1_200), "Kept")
    await grow_older(pool, api, DAYS - 1)
    await expire_old(pool, DAYS)
    assert await chunks(pool, api) == 3
    await grow_older(pool, api, 2)
    await expire_old(pool, DAYS)
    assert (await chunks(pool, api), await counted(pool, api)) == (0, 0)
    page = data(await api.get(f"prospecting/{job['jobId']}/rows", params={"limit": 2}))
    assert [(row["row"], row["input"], row["outcome"]) for row in page["items"]] == [
        (1, None, "added"),
        (2, None, "added"),
    ]
    assert page["hasMore"]
    assert await outcomes(api, job) == ["added"] * 1_200
    assert data(await api.get(f"prospecting/{job['jobId']}"))["counts"]["added"] == 1_200


async def test_an_upload_that_nobody_used_is_let_go_after_a_week(api: Api, pool: db.Pool) -> None:
    upload = await api.upload(slugs(3))
    await grow_older(pool, api, 6)
    await expire_old(pool, DAYS)
    assert await chunks(pool, api) == 1
    await grow_older(pool, api, 2)
    await expire_old(pool, DAYS)
    assert (await chunks(pool, api), await counted(pool, api)) == (0, 0)
    response = await start(api, upload, "Late")
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (404, "NOT_FOUND")
    assert "upload the file again" in error["details"]
    assert (await kept(pool, api, ["audiences"])) == {"audiences": 0}


async def test_a_job_that_is_not_over_keeps_its_upload_whatever_its_age(
    api: Api, pool: db.Pool
) -> None:
    upload = await api.upload(slugs(3))
    assert (await start(api, upload, "Slow")).status_code == 202
    await grow_older(pool, api, 400)
    await expire_old(pool, DAYS)
    assert await chunks(pool, api) == 1


async def test_a_second_job_keeps_an_upload_for_its_time_too(api: Api, pool: db.Pool) -> None:
    upload = await api.upload(slugs(3))
    first = data(await start(api, upload, "One"), 202)
    await api.post(f"prospecting/{first['jobId']}/cancel")
    await grow_older(pool, api, DAYS - 5)
    second = data(await start(api, upload, "Two"), 202)
    await api.post(f"prospecting/{second['jobId']}/cancel")
    await grow_older(pool, api, 10)
    await expire_old(pool, DAYS)
    assert await chunks(pool, api) == 1


async def test_fewer_days_let_go_sooner(api: Api, pool: db.Pool) -> None:
    await api.upload(slugs(3))
    await grow_older(pool, api, 3)
    await expire_old(pool, 2)
    assert await chunks(pool, api) == 0


async def test_whoever_starts_a_job_at_that_moment_keeps_the_upload(
    api: Api, pool: db.Pool
) -> None:
    upload = await api.upload(slugs(3))
    await grow_older(pool, api, 8)
    group, upload_id = bytes.fromhex(api.tenant.account_group_id), bytes.fromhex(upload["uploadId"])
    async with pool.acquire() as connection:
        starting = connection.transaction()
        await starting.start()
        # What starting a job does first, and then for a while nothing.
        await connection.execute(
            "SELECT FROM uploads WHERE account_group_id = $1 AND id = $2 FOR SHARE",
            group,
            upload_id,
        )
        letting_go = asyncio.create_task(expire_old(pool, DAYS))

        async def waits() -> bool:
            return await waiting_for_locks(pool, "%FROM uploads%FOR UPDATE%") > 0

        await until(waits)
        assert (await start(api, upload, "Just in time")).status_code == 202
        await starting.rollback()
    await letting_go
    assert await chunks(pool, api) == 1


async def test_one_that_was_cut_off_half_way_is_finished_by_the_next_round(
    api: Api, pool: db.Pool
) -> None:
    await api.upload(slugs(1_200))
    await grow_older(pool, api, 8)
    group = bytes.fromhex(api.tenant.account_group_id)
    upload_id = await pool.fetchval("SELECT id FROM uploads WHERE account_group_id = $1", group)
    async with db.transaction(pool) as connection:
        assert await retention.let_go(connection, group, upload_id, DAYS)
        assert not await retention.purge(connection, group, upload_id, 1)
    assert await chunks(pool, api) == 2
    await expire_old(pool, DAYS)
    assert (await chunks(pool, api), await counted(pool, api)) == (0, 0)
