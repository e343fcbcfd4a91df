"""Jobs at the end of a budget, at a pace, and around a provider that fails: nothing is wasted."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from houselist.connections.pace import MINUTES, Pace, Pauses, WorkingHours
from support.jobs import outcomes, until
from support.provided import SALES, connect, provided, search, told, used, wait_is_over, waits

if TYPE_CHECKING:
    from fakes.unipile.server import FakeUnipile
    from support.jobs import Place
    from support.service import Api


async def started(api: Api, last: int, **more: Any) -> Any:
    return await api.start(
        type="linkedin_search", searchUrl=search(0, last), audienceName="Found", **more
    )


async def api_job(api: Api, name: str, first: int, last: int, **more: Any) -> Any:
    return await api.start(
        type="linkedin_search", searchUrl=search(first, last), audienceName=name, **more
    )


async def a_day_passes(place: Place, fake: FakeUnipile, job: Any) -> None:
    """Moves the clocks of the budget, of the provider and of the job."""
    fake.control.day = f"{fake.control.today()}+"
    await place.pool.execute(
        "UPDATE provider_budgets SET day = day - $1::int"
        " WHERE day = (now() AT TIME ZONE 'utc')::date AND account_group_id ="
        " (SELECT account_group_id FROM prospecting_jobs WHERE id = $2)",
        fake.control.day.count("+"),
        bytes.fromhex(job["jobId"]),
    )
    await wait_is_over(place.pool, job)


def limits_asked(fake: FakeUnipile) -> list[int]:
    """How large the pages of searches were to be."""
    return [
        int(each.one("limit") or 0)
        for each in fake.stats.requests
        if each.path.endswith("/linkedin/search")
    ]


async def imported(api: Api, job: Any) -> Any:
    """The job once its import is over; looking people up takes longer than these tests need."""

    async def is_over() -> bool:
        now = await told(api, job)
        assert now["error"] is None, now
        return now["stages"]["import"]["status"] == "completed"

    await until(is_over)
    return await told(api, job)


async def assert_whole(api: Api, job: Any, count: int) -> None:
    await imported(api, job)
    assert await outcomes(api, job) == ["added"] * count


async def test_the_rest_of_each_days_budget_is_used_to_the_last_row(
    idle: Api, place: Place, fake: FakeUnipile
) -> None:
    account = await connect(place.pool, idle, fake, version="v2", limits={"searchRows": 70})
    async with provided(place.dsn):
        job = await started(idle, 160)
        for _ in range(2):
            now = await waits(place.pool, idle, job)
            assert "used up: 70 rows of searches" in now["stages"]["import"]["details"]
            assert (await used(place.pool, idle))["searchRows"] == 70
            await a_day_passes(place, fake, job)
        await assert_whole(idle, job, 160)
    # Small pages end a day and never go on into the next.
    assert limits_asked(fake) == [50, 20, 50, 20, 50]
    served = [each["searchRows"] for each in fake.stats.served[account].values()]
    assert [count for count in served if count] == [70, 70, 20]


async def test_a_walk_that_begins_with_little_left_uses_that_and_goes_on_with_whole_pages(
    idle: Api, place: Place, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake, version="v2", limits={"searchRows": 100})
    async with provided(place.dsn):
        first = await started(idle, 97)
        await assert_whole(idle, first, 97)
        job = await api_job(idle, "Second", 100, 200)
        await waits(place.pool, idle, job)
        await a_day_passes(place, fake, job)
        await assert_whole(idle, job, 100)
    assert limits_asked(fake) == [50, 50, 3, 50, 50]


async def test_pages_that_have_to_be_as_large_as_the_first_use_the_whole_budget_all_the_same(
    idle: Api, place: Place, fake: FakeUnipile
) -> None:
    """A cursor of version 1 holds the size of its page."""
    await connect(place.pool, idle, fake, limits={"searchRows": 70})
    async with provided(place.dsn):
        job = await started(idle, 150)
        for _ in range(2):
            await waits(place.pool, idle, job)
            assert (await used(place.pool, idle))["searchRows"] == 70
            await a_day_passes(place, fake, job)
        await assert_whole(idle, job, 150)
    assert limits_asked(fake) == [35] * 5


async def test_a_walk_does_not_begin_with_a_tiny_page_that_binds_all_others(
    idle: Api, place: Place, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake, limits={"searchRows": 100})
    async with provided(place.dsn):
        await assert_whole(idle, await started(idle, 50), 50)
        # All but three are gone, as after a page that brought fewer than it was asked for.
        await place.pool.execute("UPDATE provider_budgets SET used = 97 WHERE kind = 'searchRows'")
        job = await api_job(idle, "Second", 100, 200)
        now = await waits(place.pool, idle, job)
        assert "searches): 3, and the next request takes 50." in now["stages"]["import"]["details"]
        await a_day_passes(place, fake, job)
        await assert_whole(idle, job, 100)
    assert set(limits_asked(fake)) == {50}


@pytest.mark.parametrize(
    ("version", "asked"), [("v1", [40, 40, 40]), ("v2", [50, 50, 20])], ids=["v1", "v2"]
)
async def test_no_more_are_asked_for_than_are_wanted(
    idle: Api, place: Place, fake: FakeUnipile, version: str, asked: list[int]
) -> None:
    await connect(place.pool, idle, fake, version=version)
    async with provided(place.dsn):
        await assert_whole(idle, await started(idle, 240, maxResults=120), 120)
    assert limits_asked(fake) == asked
    assert (await used(place.pool, idle))["searchRows"] == 120


async def test_a_source_full_of_duplicates_does_not_end_in_pages_of_one(
    idle: Api, place: Place, fake: FakeUnipile
) -> None:
    """At its end a job asks for few; where they are not new, for more again."""
    fake.world.duplicates = 0.5
    await connect(place.pool, idle, fake, version="v2")
    async with provided(place.dsn):
        done = await imported(idle, await started(idle, 240, maxResults=60))
    assert done["counts"]["added"] == 60
    asked = limits_asked(fake)
    # Every second row is somebody who came before.
    assert asked == [50, 35, 17, 20]
    assert (await used(place.pool, idle))["searchRows"] == sum(asked)


async def test_what_a_short_page_left_is_there_for_the_next_one(
    idle: Api, place: Place, fake: FakeUnipile
) -> None:
    """Pages are requested before the one before is written and has given back what it left."""
    await connect(place.pool, idle, fake, limits={"salesRows": 100})
    fake.control.next("fine", "empty", kind="search")
    async with provided(place.dsn):
        job = await idle.start(
            type="linkedin_search", searchUrl=SALES.format("rows0-100"), audienceName="Sales"
        )
        done = await imported(idle, job)
    assert done["counts"]["added"] == 100, done


async def test_four_failed_pages_do_not_cost_a_day(
    idle: Api, place: Place, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake, version="v2", limits={"searchRows": 200})
    fake.control.next("500", "cut", "truncated", "500", kind="search")
    async with provided(place.dsn):
        job = await started(idle, 200)
        now = await waits(place.pool, idle, job)
        assert "The provider failed" in now["stages"]["import"]["details"]
        assert (await used(place.pool, idle))["searchRows"] == 0
        await wait_is_over(place.pool, job)
        await assert_whole(idle, job, 200)
    assert (await used(place.pool, idle))["searchRows"] == 200


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_whatever_fails_nobody_is_lost_and_no_day_is_overspent(
    idle: Api, place: Place, fake: FakeUnipile, version: str
) -> None:
    limit, people = 37, 120
    account = await connect(place.pool, idle, fake, version=version, limits={"searchRows": limit})
    fake.control.cause(0, 0.3)
    async with provided(place.dsn):
        job = await started(idle, people)
        while (await told(idle, job))["stages"]["import"]["status"] != "completed":
            row = await place.pool.fetchrow(
                "SELECT waiting_reason, status FROM prospecting_jobs WHERE id = $1",
                bytes.fromhex(job["jobId"]),
            )
            assert row["status"] in ("queued", "running"), await told(idle, job)
            if row["waiting_reason"] == "budget":
                await a_day_passes(place, fake, job)
            elif row["waiting_reason"]:
                await wait_is_over(place.pool, job)
            await asyncio.sleep(0.01)
    assert (await outcomes(idle, job)).count("added") == people
    days = await place.pool.fetch(
        "SELECT used, given_back FROM provider_budgets"
        " WHERE account_group_id = $1 AND kind = 'searchRows' ORDER BY day",
        bytes.fromhex(idle.tenant.account_group_id),
    )
    served = [each["searchRows"] for each in fake.stats.served[account].values()]
    assert len(days) >= 4
    assert all(day["used"] <= limit for day in days)
    # Of what was given back, some may have come and been cut off on its way.
    assert sum(served) <= sum(day["used"] + day["given_back"] for day in days)
    assert max(served) <= limit + max(day["given_back"] for day in days)


async def test_a_job_keeps_its_accounts_pace(idle: Api, place: Place, fake: FakeUnipile) -> None:
    account = await connect(
        place.pool, idle, fake, version="v2", pace=Pace(Pauses(0.2, 0.3)), concurrency=2
    )
    async with provided(place.dsn):
        jobs = [await api_job(idle, f"Found {first}", first, first + 2) for first in (0, 2)]
        for job in jobs:
            await idle.finished(job["jobId"])
    # Two pages and four profiles, of two jobs that may run at once.
    began = fake.stats.began[account]
    assert len(began) == 6
    assert all(then - now >= 0.19 for now, then in pairwise(began)), began


async def test_a_job_says_that_it_pauses_and_goes_on(
    idle: Api, place: Place, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake, version="v2", pace=Pace(Pauses(25, 30)))
    async with provided(place.dsn):
        job = await started(idle, 60)
        for page in (1, 2):
            now = await waits(place.pool, idle, job)
            details = now["stages"]["import" if page == 1 else "enrichment"]["details"]
            assert (
                "25-30 seconds apart (--pace). There is nothing to do. The job goes on" in details
            )
            assert now["error"] is None
            assert fake.stats.calls["search"] == page
            await place.pool.execute("UPDATE provider_connections SET next_call_at = now()")
            await wait_is_over(place.pool, job)
        await waits(place.pool, idle, job)
    row = await place.pool.fetchrow(
        "SELECT retries, attempts, waiting_reason FROM prospecting_jobs WHERE id = $1",
        bytes.fromhex(job["jobId"]),
    )
    assert tuple(row) == (0, 0, "pace")


async def test_a_job_waits_for_working_hours(idle: Api, place: Place, fake: FakeUnipile) -> None:
    now = datetime.now(UTC)
    opens = (60 * now.hour + now.minute + 120) % MINUTES
    hours = WorkingHours(opens, (opens + 60) % MINUTES or MINUTES, tuple(range(7)), "UTC")
    await connect(place.pool, idle, fake, pace=Pace(hours=hours))
    async with provided(place.dsn):
        job = await started(idle, 60)
        now_told = await waits(place.pool, idle, job)
    opening = hours.opening(now)
    assert opening is not None
    details = now_told["stages"]["import"]["details"]
    assert f"The account works {hours.hours()} mon-sun UTC" in details
    assert details.endswith(f"The job goes on by itself at {opening:%Y-%m-%d %H:%M} UTC.")
    assert not fake.stats.calls
