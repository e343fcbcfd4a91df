"""The job worker over time: stopping, taking over, finding what was forgotten, tidying up."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import asyncpg
from pgqueuer.db import AsyncpgPoolDriver

from houselist.worker import session as worker
from support.clock import measures_time
from support.jobs import kept, members, outcomes, slugs, until, working
from support.service import data

if TYPE_CHECKING:
    import pytest

    from support.jobs import Place
    from support.service import Api


async def started(api: Api, rows: int, name: str = "Buyers") -> Any:
    upload = await api.upload(slugs(rows))
    return await api.start(type="file_upload", uploadId=upload["uploadId"], audienceName=name)


async def rows_done(api: Api, job: Any) -> int:
    done: int = data(await api.get(f"prospecting/{job['jobId']}"))["counts"]["rows"]
    return done


async def queued(place: Place, api: Api, id_: str) -> Any:
    payload = f"{api.tenant.account_group_id}/{id_}".encode()
    return await place.pool.fetchrow(
        "SELECT *, execute_after <= now() AS due FROM pgqueuer WHERE payload = $1", payload
    )


async def assert_whole(place: Place, api: Api, job: Any, rows: int) -> None:
    """Completed, with every row of the source once."""
    told = await api.finished(job["jobId"])
    assert (told["status"], told["counts"]["added"]) == ("completed", rows)
    assert await outcomes(api, job) == ["added"] * rows
    people = await members(api, job)
    assert [person["publicIdentifier"] for person in people] == [
        f"person-{number}" for number in range(rows)
    ]
    assert (await kept(place.pool, api))["prospects"] == rows


@measures_time
async def test_a_worker_that_stops_hands_its_job_on_at_once(idle: Api, place: Place) -> None:
    job = await started(idle, 3000)
    async with working(place.dsn, batch=20, takeover=60):
        await until(lambda: rows_done(idle, job))
        before = time.monotonic()
    assert time.monotonic() - before < 2
    assert 0 < await rows_done(idle, job) < 3000
    waiting = await queued(place, idle, job["jobId"])
    assert (waiting["status"], waiting["due"]) == ("queued", True)
    async with working(place.dsn, batch=500, takeover=60):
        await assert_whole(place, idle, job, 3000)


async def test_a_job_that_the_queue_forgot_is_found_again(idle: Api, place: Place) -> None:
    job = await started(idle, 30)
    await place.pool.execute("DELETE FROM pgqueuer")
    async with working(place.dsn, takeover=60):
        await assert_whole(place, idle, job, 30)


@measures_time
async def test_a_job_that_is_forgotten_while_workers_run_is_found_again(
    idle: Api, place: Place
) -> None:
    job = await started(idle, 0)
    async with working(place.dsn, takeover=0.4):
        await idle.finished(job["jobId"])
        await place.pool.execute(
            "UPDATE prospecting_jobs SET status = 'queued' WHERE id = $1",
            bytes.fromhex(job["jobId"]),
        )
        assert (await idle.finished(job["jobId"], 5))["status"] == "completed"


async def test_a_job_is_taken_over_from_a_worker_that_fell_silent(idle: Api, place: Place) -> None:
    """The first is not even dead: both go on, and still nothing is written twice."""
    job = await started(idle, 1000)

    async def falls_silent() -> Any:
        await place.pool.execute("UPDATE pgqueuer SET heartbeat = now() - interval '1 hour'")
        waiting = await queued(place, idle, job["jobId"])
        assert waiting is not None, "the job was over before anybody could take it over"
        return waiting["queue_manager_id"] not in (None, first)

    async with working(place.dsn, batch=2, takeover=1):
        await until(lambda: rows_done(idle, job))
        first = (await queued(place, idle, job["jobId"]))["queue_manager_id"]
        async with working(place.dsn, batch=100, takeover=1):
            await until(falls_silent)
            await assert_whole(place, idle, job, 1000)


@measures_time
async def test_a_worker_outlives_its_connections(idle: Api, place: Place) -> None:
    job = await started(idle, 3000)
    async with working(place.dsn, batch=20, takeover=1):
        done = 0
        for _ in range(3):
            done = await until(partial(rows_beyond, idle, job, done))
            await place.pool.fetch(
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()
                  AND application_name IN ('houselist', 'houselist worker')
                """
            )
        await until(partial(rows_beyond, idle, job, 0))
        await assert_whole(place, idle, job, 3000)


async def rows_beyond(api: Api, job: Any, done: int) -> int:
    """How many rows are done if more than `done`, else 0."""
    # The service's own connections were cut as well; it answers 502 until it has new ones.
    response = await api.get(f"prospecting/{job['jobId']}")
    rows: int = response.json()["data"]["counts"]["rows"] if response.status_code == 200 else 0
    return rows if rows > done else 0


async def test_many_jobs_at_once_all_end(idle: Api, place: Place) -> None:
    upload = await idle.upload(slugs(60))
    jobs = [
        await idle.start(type="file_upload", uploadId=upload["uploadId"], audienceName=f"A {n}")
        for n in range(12)
    ]
    async with working(place.dsn, batch=20):
        done = await asyncio.gather(*(idle.finished(job["jobId"]) for job in jobs))
    assert [job["counts"]["added"] for job in done] == [60] * 12
    assert (await kept(place.pool, idle))["prospects"] == 60


async def test_a_deleted_audiences_members_are_removed_and_its_people_stay(
    idle: Api, place: Place
) -> None:
    job = await started(idle, 40)
    other = await started(idle, 40, "Others")

    async def memberships() -> int:
        count: int = await place.pool.fetchval(
            "SELECT count(*) FROM memberships WHERE audience_id = $1",
            bytes.fromhex(job["audienceId"]),
        )
        return count

    async def are_gone() -> bool:
        return await memberships() == 0

    async with working(place.dsn):
        await idle.finished(job["jobId"])
        await idle.finished(other["jobId"])
        assert await memberships() == 40
        data(await idle.delete(f"audiences/{job['audienceId']}"))
        await until(are_gone)
    assert (await kept(place.pool, idle))["prospects"] == 40
    assert len(await members(idle, other)) == 40
    purged_at = "SELECT purged_at FROM audiences WHERE id = $1"
    assert await place.pool.fetchval(purged_at, bytes.fromhex(job["audienceId"]))
    assert await outcomes(idle, job) == ["added"] * 40


async def test_a_forgotten_purge_is_found_again(idle: Api, place: Place) -> None:
    audience = await idle.make_audience()
    data(await idle.delete(f"audiences/{audience['id']}"))
    await place.pool.execute("DELETE FROM pgqueuer")

    async def is_purged() -> Any:
        return await place.pool.fetchval(
            "SELECT purged_at FROM audiences WHERE id = $1", bytes.fromhex(audience["id"])
        )

    async with working(place.dsn):
        await until(is_purged)


async def test_a_cancelled_jobs_place_in_the_queue_vanishes(idle: Api, place: Place) -> None:
    waiting = await started(idle, 10)
    busy = await started(idle, 3000, "Running")
    data(await idle.post(f"prospecting/{waiting['jobId']}/cancel"))

    async def both_are_gone() -> bool:
        places = [await queued(place, idle, job["jobId"]) for job in (waiting, busy)]
        return places == [None, None]

    async with working(place.dsn, batch=20, takeover=1):
        await until(lambda: rows_done(idle, busy))
        data(await idle.post(f"prospecting/{busy['jobId']}/cancel"))
        await until(both_are_gone)
    assert data(await idle.get(f"prospecting/{busy['jobId']}"))["status"] == "cancelled"


@measures_time
async def test_a_worker_without_work_stops_at_once(place: Place) -> None:
    async def it_listens() -> bool:
        return await place.pool.fetchval(
            "SELECT count(*) > 0 FROM pg_stat_activity"
            " WHERE datname = current_database() AND query = 'LISTEN \"ch_pgqueuer\"'"
        )

    async with working(place.dsn):
        await until(it_listens)
        before = time.monotonic()
    assert time.monotonic() - before < 1


@measures_time
async def test_a_worker_waits_for_a_database_that_is_not_there_and_still_stops(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real, tries = worker._session, 0

    async def session(*arguments: Any) -> None:
        nonlocal tries
        tries += 1
        await real(*arguments)

    monkeypatch.setattr(worker, "_session", session)
    async with working("postgresql://nobody@127.0.0.1:1/nothing"):
        await until(lambda: asyncio.sleep(0, tries >= 2))
        before = time.monotonic()
    assert time.monotonic() - before < 4


async def test_a_session_that_hangs_for_ever_is_left_behind(
    idle: Api, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As after a PostgreSQL that was killed at a bad moment: the driver never comes back.
    real, sessions = worker._session, 0

    async def session(*arguments: Any) -> None:
        nonlocal sessions
        sessions += 1
        if sessions == 1:
            await asyncio.shield(asyncio.sleep(3))
        await real(*arguments)

    monkeypatch.setattr(worker, "_session", session)
    monkeypatch.setattr(worker, "_SHORTEST_PATIENCE", 0.5)
    job = await started(idle, 30)
    async with working(place.dsn, takeover=0.2):
        await assert_whole(place, idle, job, 30)
    assert sessions >= 2


async def test_a_queue_that_fails_takes_its_jobs_along_at_once(
    idle: Api, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its manager waits for them, and meanwhile takes up nothing."""
    real, fails = AsyncpgPoolDriver.fetch, False

    async def fetch(driver: AsyncpgPoolDriver, query: str, *args: object) -> Any:
        nonlocal fails
        if fails and "SKIP LOCKED" in query:
            fails = False
            raise asyncpg.ConnectionDoesNotExistError("cut")
        return await real(driver, query, *args)

    async def manager() -> Any:
        waiting = await queued(place, idle, job["jobId"])
        assert waiting is not None, "the job was over before its queue failed"
        return waiting["queue_manager_id"]

    async def is_anothers() -> bool:
        return await manager() not in (None, first)

    monkeypatch.setattr(AsyncpgPoolDriver, "fetch", fetch)
    job = await started(idle, 1500)
    async with working(place.dsn, batch=5, takeover=60):
        await until(lambda: rows_done(idle, job))
        first = await manager()
        fails = True
        await until(is_anothers)
        await assert_whole(place, idle, job, 1500)
