"""Runs that are due: each starts one job, once, and what cannot start says why."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from structlog.testing import capture_logs

from houselist.postgres import db
from houselist.schedules.running import start_due
from support.jobs import kept
from support.prospects import make_ready
from support.schedules import (
    fill_directory,
    get,
    give_credits,
    jobs_of,
    make_due,
    make_watched,
    moment,
    now,
    put,
)
from support.service import data

if TYPE_CHECKING:
    from support.jobs import Place
    from support.service import Api

HOUR = timedelta(hours=1)


async def look(place: Place) -> None:
    await start_due(place.pool, asyncio.Event())


async def look_and_start_another(place: Place, api: Api) -> None:
    """A look that is proven to be one: it starts a run that is due beside those of the test."""
    another = await make_watched(place.pool, api, "Another")
    data(await put(api, another, every="day"))
    await make_due(place.pool, api, another, timedelta(minutes=1))
    await look(place)
    assert len(await jobs_of(api, another)) == 2


async def make_scheduled(place: Place, api: Api, every: str = "hour", **search: Any) -> Any:
    """A ready audience with a source and a schedule."""
    audience = await make_watched(place.pool, api, **search)
    data(await put(api, audience, every=every))
    return audience


async def test_a_run_that_is_due_starts_a_job_like_the_last(idle: Api, place: Place) -> None:
    audience = await make_scheduled(place, idle, searchEmails=True, maxResults=30)
    await make_due(place.pool, idle, audience, timedelta(seconds=1))
    before = now() - timedelta(milliseconds=1)
    await look(place)
    started, first = await jobs_of(idle, audience)
    told = await get(idle, audience)
    assert told["lastJobId"] == started["jobId"]
    assert before <= moment(told["lastRunAt"]) <= now()
    assert moment(told["nextRunAt"]) == moment(told["startsAt"]) + HOUR
    assert told["lastError"] is None
    rows = await place.pool.fetch(
        """
        SELECT question, search_emails, asked_results, made_audience FROM prospecting_jobs
        WHERE id = ANY($1::bytea[])
        """,
        [bytes.fromhex(job["jobId"]) for job in (started, first)],
    )
    assert rows[0] == rows[1]
    assert tuple(rows[0])[1:] == (True, 30, False)


async def test_a_run_that_is_not_due_does_not_start(idle: Api, place: Place) -> None:
    audience = await make_scheduled(place, idle)
    told = await get(idle, audience)
    await look_and_start_another(place, idle)
    assert len(await jobs_of(idle, audience)) == 1
    assert await get(idle, audience) == told


async def test_runs_that_were_missed_are_one_run_and_the_rhythm_stays(
    idle: Api, place: Place
) -> None:
    audience = await make_scheduled(place, idle)
    start = now() - timedelta(days=30, minutes=20)
    data(await put(idle, audience, every="hour", startsAt=start.isoformat()))
    await make_due(place.pool, idle, audience, timedelta(days=12, minutes=20))
    await look(place)
    assert len(await jobs_of(idle, audience)) == 2
    told = await get(idle, audience)
    due = moment(told["nextRunAt"])
    assert now() < due <= now() + HOUR
    assert (due - moment(told["startsAt"])) % HOUR == timedelta(0)
    await make_ready(place.pool, idle, audience["id"])
    await look_and_start_another(place, idle)
    assert len(await jobs_of(idle, audience)) == 2


async def test_while_a_job_fills_the_audience_the_run_waits_and_is_not_lost(
    idle: Api, place: Place
) -> None:
    audience = await make_scheduled(place, idle, ready=False)
    await make_due(place.pool, idle, audience, timedelta(minutes=3))
    due = await get(idle, audience)
    for _ in range(3):
        await look(place)
    assert await get(idle, audience) == due
    assert len(await jobs_of(idle, audience)) == 1
    # Its import is over; its enrichment may go on.
    await make_ready(place.pool, idle, audience["id"])
    for _ in range(3):
        await look(place)
    assert len(await jobs_of(idle, audience)) == 2
    assert moment((await get(idle, audience))["nextRunAt"]) > now()


async def test_of_many_that_look_at_once_one_starts_it(idle: Api, place: Place) -> None:
    audiences = [await make_watched(place.pool, idle, f"Engineers {number}") for number in range(5)]
    for audience in audiences:
        data(await put(idle, audience, every="day"))
        await make_due(place.pool, idle, audience, timedelta(minutes=1))
    await asyncio.gather(*(look(place) for _ in range(8)))
    assert [len(await jobs_of(idle, audience)) for audience in audiences] == [2] * 5
    told = [await get(idle, audience) for audience in audiences]
    assert [one["lastError"] for one in told] == [None] * 5, "one came second and noted it"


async def test_a_run_that_cannot_be_paid_for_says_so_and_leaves_nothing(
    idle: Api, place: Place
) -> None:
    audience = await make_scheduled(place, idle, maxResults=50)
    await give_credits(place.pool, idle, 20)
    await make_due(place.pool, idle, audience, timedelta(minutes=1))
    before = await kept(place.pool, idle)
    await look(place)
    told = await get(idle, audience)
    assert "50 credits" in told["lastError"]
    assert " 20 " in told["lastError"]
    assert (told["lastRunAt"], told["lastJobId"]) == (None, None)
    assert moment(told["nextRunAt"]) > now()
    assert await kept(place.pool, idle) == before
    data(await idle.get(f"audiences/{audience['id']}"))

    await give_credits(place.pool, idle, 100)
    await make_due(place.pool, idle, audience, timedelta(minutes=1))
    await look(place)
    told = await get(idle, audience)
    assert told["lastError"] is None
    assert told["lastJobId"] == (await jobs_of(idle, audience))[0]["jobId"]


async def test_a_run_without_a_provider_says_so(idle: Api, place: Place) -> None:
    audience = await make_scheduled(place, idle)
    await fill_directory(place.pool, idle)
    await make_due(place.pool, idle, audience, timedelta(minutes=1))
    await look(place)
    told = await get(idle, audience)
    assert "linkedin_search needs a provider" in told["lastError"]
    assert moment(told["nextRunAt"]) > now()
    assert len(await jobs_of(idle, audience)) == 1


async def test_a_run_that_fails_by_our_fault_keeps_no_other_from_starting(
    idle: Api, place: Place
) -> None:
    broken = await make_scheduled(place, idle)
    await place.pool.execute(
        "UPDATE prospecting_jobs SET question = '{}' WHERE audience_id = $1",
        bytes.fromhex(broken["id"]),
    )
    sound = await make_watched(place.pool, idle, "Sound")
    data(await put(idle, sound, every="day"))
    await make_due(place.pool, idle, broken, timedelta(minutes=2))
    await make_due(place.pool, idle, sound, timedelta(minutes=1))
    await look(place)
    assert len(await jobs_of(idle, sound)) == 2
    told = await get(idle, broken)
    assert told["lastError"] == "Something went wrong on our side; the log has the story."
    assert moment(told["nextRunAt"]) > now()


async def test_a_deleted_audience_has_no_runs(idle: Api, place: Place) -> None:
    audience = await make_scheduled(place, idle)
    await make_due(place.pool, idle, audience, timedelta(minutes=1))
    data(await idle.delete(f"audiences/{audience['id']}"))
    await look_and_start_another(place, idle)
    assert len(await jobs_of(idle, audience)) == 1


async def test_one_that_was_told_to_stop_starts_nothing(idle: Api, place: Place) -> None:
    audience = await make_scheduled(place, idle)
    await make_due(place.pool, idle, audience, timedelta(minutes=1))
    stop = asyncio.Event()
    stop.set()
    await start_due(place.pool, stop)
    assert len(await jobs_of(idle, audience)) == 1
    await look(place)
    assert len(await jobs_of(idle, audience)) == 2


async def test_a_database_out_of_reach_is_no_defect() -> None:
    with capture_logs() as told:
        async with db.make_pool("postgresql://nobody@127.0.0.1:1/nothing") as pool:
            await start_due(pool, asyncio.Event())
    (line,) = told
    assert line["log_level"] == "warning"
    assert line["event"] == "could not look for scheduled runs"
