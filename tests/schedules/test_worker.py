"""Scheduled runs with real workers: they look by themselves, and a dead one leaves no half a run."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from houselist.schedules.running import start_due
from houselist.worker import queues, session
from support.jobs import until, working
from support.locks import until_locks_are_waited_for
from support.schedules import (
    fill_directory,
    get,
    give_credits,
    jobs_of,
    make_due,
    make_watched,
    put,
    start_search,
)
from support.service import data
from support.worker_processes import workers

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from houselist.postgres.db import Pool
    from support.jobs import Place
    from support.service import Api

MINUTE = timedelta(minutes=1)


async def test_a_worker_starts_what_was_missed_when_it_comes(idle: Api, place: Place) -> None:
    audience = await make_watched(place.pool, idle)
    data(await put(idle, audience, every="day"))
    await make_due(place.pool, idle, audience, timedelta(days=3))

    async def started() -> Any:
        return (await get(idle, audience))["lastJobId"]

    async with working(place.dsn):
        await idle.finished(await until(started))
    assert len(await jobs_of(idle, audience)) == 2


async def test_workers_look_every_minute(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0

    async def counted(pool: Pool, stop: asyncio.Event) -> None:
        nonlocal looks
        looks += 1
        await start_due(pool, stop)

    async def clock() -> Any:
        return await place.pool.fetchrow(
            "SELECT *, next_run <= now() AS due FROM pgqueuer_schedules WHERE entrypoint = 'start_due'"
        )

    async with working(place.dsn):
        row = await until(clock)
    assert row["expression"] == "* * * * *"
    await place.pool.execute("UPDATE pgqueuer_schedules SET next_run = now() - interval '1 s'")
    monkeypatch.setattr(session, "start_due", counted)
    monkeypatch.setattr(queues, "start_due", counted)

    async def looked_twice() -> bool:
        return looks == 2 and not (await clock())["due"]

    async with working(place.dsn):
        # Once because it came, and once because a minute was over.
        await until(looked_twice)


async def test_a_worker_killed_in_the_middle_of_a_start_leaves_nothing(
    idle: Api, place: Place, tmp_path: Path
) -> None:
    audience = await make_watched(place.pool, idle)
    data(await put(idle, audience, every="day"))
    group = bytes.fromhex(idle.tenant.account_group_id)
    await give_credits(place.pool, idle, 9000)
    await make_due(place.pool, idle, audience, MINUTE)
    due = await get(idle, audience)

    with workers(place.dsn, tmp_path, batch=50, takeover=1) as start:
        async with place.pool.acquire() as connection, connection.transaction():
            # The job's row is written by then, and its credits are next.
            await connection.execute(
                "SELECT FROM account_plans WHERE account_group_id = $1 FOR UPDATE", group
            )
            killed = start()
            await until_locks_are_waited_for(place.pool)
            killed.kill()
        assert len(await jobs_of(idle, audience)) == 1
        assert await get(idle, audience) == due
        start()

        async def started() -> Any:
            return (await get(idle, audience))["lastJobId"]

        await idle.finished(await until(started))
    assert len(await jobs_of(idle, audience)) == 2


async def test_a_deleted_audiences_schedule_is_removed_with_its_members(
    idle: Api, place: Place
) -> None:
    audience = await make_watched(place.pool, idle)
    data(await put(idle, audience, every="day"))
    data(await idle.delete(f"audiences/{audience['id']}"))

    async def is_gone() -> bool:
        left: int = await place.pool.fetchval(
            "SELECT count(*) FROM audience_schedules WHERE audience_id = $1",
            bytes.fromhex(audience["id"]),
        )
        return left == 0

    async with working(place.dsn):
        await until(is_gone)


async def seen(api: Api, job: Any) -> dict[str, Any]:
    """Who is in the rows of a job, and when each was last seen."""
    rows = await api.all_items(f"prospecting/{job['jobId']}/rows")
    return {row["input"]["publicIdentifier"]: row["lastSeenAt"] for row in rows}


async def test_a_run_adds_newcomers_and_keeps_who_has_left(idle: Api, place: Place) -> None:
    audience = await idle.make_audience("Engineers", "monitoring")
    async with working(place.dsn):
        await fill_directory(place.pool, idle, "ann", "bob", "cem")
        first = await start_search(idle, audience["id"])
        await idle.finished(first["jobId"])
        at_first = await seen(idle, first)
        data(await put(idle, audience, every="week"))
        await fill_directory(place.pool, idle, "ann", "dee", "cem", "eva")
        await make_due(place.pool, idle, audience, MINUTE)
        await start_due(place.pool, asyncio.Event())
        run = await idle.finished((await get(idle, audience))["lastJobId"])
    assert run["status"] == "completed"
    assert run["counts"] == {
        "rows": 4,
        "added": 2,
        "alreadyMember": 2,
        "duplicate": 0,
        "invalid": 0,
        "overLimit": 0,
    }
    assert data(await idle.get(f"audiences/{audience['id']}"))["prospectCount"] == 5
    people = await idle.all_items(f"audiences/{audience['id']}/prospects")
    assert [person["publicIdentifier"] for person in people] == ["ann", "bob", "cem", "dee", "eva"]
    later = await seen(idle, first)
    assert later["bob"] == at_first["bob"]
    assert min(later["ann"], later["cem"]) > max(at_first.values())
    newest = await seen(idle, run)
    assert newest.keys() == {"ann", "dee", "cem", "eva"}
    assert min(newest.values()) > max(at_first.values())
