"""Jobs whose provider fails: they wait and go on, or end with the provider's own words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from houselist.connections import store as connections
from houselist.jobs import waiting_store as waiting
from houselist.postgres import db
from support.jobs import outcomes, until
from support.provided import connect, provided, search, told, used, wait_is_over, waits
from support.service import data, error

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fakes.unipile.server import FakeUnipile
    from support.jobs import Place
    from support.service import Api


FOUND = 60  # more than a page of the provider's has


async def started(api: Api, last: int = FOUND) -> Any:
    return await api.start(type="linkedin_search", searchUrl=search(0, last), audienceName="Found")


async def assert_whole(api: Api, job: Any, count: int) -> None:
    done = await api.finished(job["jobId"])
    assert (done["status"], done["counts"]["added"]) == ("completed", count), done
    assert (await outcomes(api, job)).count("added") == count
    assert data(await api.get(f"audiences/{job['audienceId']}"))["prospectCount"] == count


@pytest.mark.parametrize(
    "faults",
    [
        ["500"],
        ["503", "503"],
        ["429-seconds"],
        ["drop"],
        ["cut"],
        ["truncated"],
        ["slash"],
        ["fine", "500", "cut"],
    ],
    ids="+".join,
)
async def test_a_short_failure_is_got_over_without_a_wait(
    idle: Api, place: Place, fake: FakeUnipile, faults: list[str]
) -> None:
    await connect(place.pool, idle, fake)
    fake.control.next(*faults, kind="search")
    async with provided(place.dsn):
        await assert_whole(idle, await started(idle), FOUND)
    assert not fake.control.plan


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("429", "Too many requests"),
        ("html", "is not as documented"),
        ("elsewhere", "another address"),
        ("array", "is not as documented"),
    ],
)
async def test_a_failure_that_lasts_makes_the_job_wait_and_then_go_on(
    idle: Api, place: Place, fake: FakeUnipile, fault: str, words: str
) -> None:
    await connect(place.pool, idle, fake)
    fake.control.next("fine", fault, kind="search")
    async with provided(place.dsn):
        job = await started(idle)
        now = await waits(place.pool, idle, job)
        assert now["status"] == "running"
        assert words.lower() in now["stages"]["import"]["details"].lower()
        assert " by itself at 20" in now["stages"]["import"]["details"]
        refused = error(await idle.get(f"audiences/{job['audienceId']}"), 409, "AUDIENCE_NOT_READY")
        assert "It waits" in refused["details"]
        await wait_is_over(place.pool, job)
        await assert_whole(idle, job, FOUND)


async def test_a_provider_that_is_down_for_an_hour(
    idle: Api, place: Place, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake)
    port = fake.port
    async with provided(place.dsn):
        await fake.stop()
        job = await started(idle)
        for _ in range(6):  # 1, 2, 4, 8, 16 and 32 minutes
            now = await waits(place.pool, idle, job)
            assert now["stages"]["import"]["details"].startswith("The provider failed")
            await wait_is_over(place.pool, job)
        await waits(place.pool, idle, job)
        await fake.start(port)
        await wait_is_over(place.pool, job)
        await assert_whole(idle, job, FOUND)


async def test_the_guard_tells_how_long_the_wait_is(
    idle: Api, place: Place, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake, limits={"searchRows": 60})
    async with provided(place.dsn):
        job = await started(idle, 120)
        await waits(place.pool, idle, job)
        response = await idle.get(f"audiences/{job['audienceId']}")
    error(response, 409, "AUDIENCE_NOT_READY")
    midnight = datetime.combine(
        datetime.now(UTC).date() + timedelta(days=1), datetime.min.time(), UTC
    )
    left = (midnight - datetime.now(UTC)).total_seconds()
    assert 0 <= int(response.headers["retry-after"]) - left < 10
    group = idle.tenant.account_group_id
    assert error(response, 409, "AUDIENCE_NOT_READY")["details"].endswith(
        f" It waits: The day's budget of the account is used up: 60 rows of searches. `houselist"
        f" providers connect unipile --account {group} --daily searchRows=NUMBER` raises it, if the"
        f" account can take more. The job goes on by itself at {midnight:%Y-%m-%d} 00:00 UTC."
    )


async def test_a_job_whose_account_others_use_says_so_until_its_turn_comes(
    idle: Api, place: Place, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake)
    fake.control.delay = 0.3
    async with provided(place.dsn):
        first, second = await started(idle), await started_as(idle, "Second")
        words = "Other jobs use the provider's account; this one comes after them."
        await until(lambda: says(idle, (first, second), words))
        fake.control.delay = 0.0
        for job in (first, second):
            await assert_whole(idle, job, FOUND)
            assert (await told(idle, job))["stages"]["import"]["details"] is None


async def started_as(api: Api, name: str) -> Any:
    return await api.start(type="linkedin_search", searchUrl=search(0, FOUND), audienceName=name)


async def says(api: Api, some: Iterable[Any], words: str) -> bool:
    """Whether one of the jobs says this, as its audience does."""
    for job in some:
        if (await told(api, job))["stages"]["import"]["details"] == words:
            refused = await api.get(f"audiences/{job['audienceId']}")
            return words in error(refused, 409, "AUDIENCE_NOT_READY")["details"]
    return False


async def test_a_disconnected_account_pauses_its_jobs_until_it_is_connected_again(
    idle: Api, place: Place, fake: FakeUnipile
) -> None:
    account = await connect(place.pool, idle, fake)
    fake.control.disconnected.add(account)
    group = bytes.fromhex(idle.tenant.account_group_id)
    async with provided(place.dsn):
        job = await started(idle)
        now = await waits(place.pool, idle, job)
        assert "Connect the provider's account again" in now["stages"]["import"]["details"]
        async with db.acquire(place.pool) as connection:
            found = await connections.find(connection, group)
        assert found is not None
        assert found.status == "disconnected"
        fake.control.disconnected.clear()
        # As `houselist providers check` does.
        async with db.transaction(place.pool) as connection:
            assert await waiting.resume(connection, group) == 1
        await assert_whole(idle, job, FOUND)
        async with db.acquire(place.pool) as connection:
            found = await connections.find(connection, group)
        assert found is not None
        assert found.status == "connected"


async def test_a_job_whose_connection_was_removed_waits_for_the_same_account(
    idle: Api, place: Place, fake: FakeUnipile
) -> None:
    group = bytes.fromhex(idle.tenant.account_group_id)
    await connect(place.pool, idle, fake)
    fake.control.next("fine", "429", kind="search")
    async with provided(place.dsn):
        job = await started(idle)
        await waits(place.pool, idle, job)
        async with db.transaction(place.pool) as connection:
            await connections.remove(connection, group)
        await wait_is_over(place.pool, job)
        now = await waits(place.pool, idle, job)
        assert "none is connected" in now["stages"]["import"]["details"]
        await connect(place.pool, idle, fake)
        await wait_is_over(place.pool, job)
        await assert_whole(idle, job, FOUND)


async def test_pages_of_all_kinds_lose_nobody(idle: Api, place: Place, fake: FakeUnipile) -> None:
    await connect(place.pool, idle, fake)
    fake.control.next("empty", "twice", "total", "empty", kind="search")
    async with provided(place.dsn):
        await assert_whole(idle, await started(idle, 120), 120)


async def test_the_budget_of_failed_calls_is_given_back_where_nothing_was_given(
    idle: Api, place: Place, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake)
    fake.control.next("429-seconds", kind="search")
    async with provided(place.dsn):
        job = await started(idle, 20)
        await idle.finished(job["jobId"])
    assert (await used(place.pool, idle))["searchRows"] == 20
