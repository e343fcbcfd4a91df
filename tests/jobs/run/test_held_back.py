"""Profiles of which LinkedIn held parts back: what came stays, and the rest is asked for again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from houselist.jobs.run import enrichment as enriching
from support.jobs import members, until
from support.provided import an_hour_passes, connect, provided, told, used, wait_is_over, waits
from support.service import data

if TYPE_CHECKING:
    from fakes.unipile.server import FakeUnipile
    from support.jobs import Place
    from support.service import Api


def urls(count: int) -> list[str]:
    return [f"https://www.linkedin.com/in/person-{n}" for n in range(count)]


async def started(api: Api, count: int, **more: Any) -> Any:
    where = {} if "audienceId" in more else {"audienceName": "Known"}
    return await api.start(type="url_upload", urls=urls(count), **where, **more)


async def reasons(api: Api, job: Any) -> list[str | None]:
    rows = data(await api.get(f"prospecting/{job['jobId']}/rows"))["items"]
    return [row["reason"] for row in rows]


async def enrichment(api: Api, job: Any) -> str:
    return (await told(api, job))["stages"]["enrichment"]["details"]


async def marked(place: Place, api: Api) -> list[bool]:
    """Who counts as looked up, in the order of their slugs."""
    rows = await place.pool.fetch(
        "SELECT looked_up_at IS NOT NULL AS marked FROM prospects WHERE account_group_id = $1"
        " ORDER BY public_identifier",
        bytes.fromhex(api.tenant.account_group_id),
    )
    return [row["marked"] for row in rows]


async def left_to_wait(place: Place, job: Any) -> float:
    return await place.pool.fetchval(
        "SELECT extract(epoch FROM waiting_until - now())::float8 FROM prospecting_jobs"
        " WHERE id = $1",
        bytes.fromhex(job["jobId"]),
    )


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_what_came_stays_and_the_rest_is_filled_when_it_is_asked_for_again(
    idle: Api, place: Place, fake: FakeUnipile, version: str
) -> None:
    await connect(place.pool, idle, fake, version=version)
    fake.control.throttled.add(1)
    async with provided(place.dsn):
        job = await idle.finished((await started(idle, 4))["jobId"])
        assert job["status"] == "completed"
        assert job["stages"]["enrichment"]["details"].startswith(
            "3 looked up, 0 not found, 1 held back in part by LinkedIn and asked for again at 20"
        )
        (reason,) = filter(None, await reasons(idle, job))
        assert reason.startswith("LinkedIn held back parts of the profile (")
        assert reason.endswith("); they are asked for again later")
        person = (await members(idle, job))[1]
        assert person["headline"]
        assert person["title"] is None
        assert await marked(place, idle) == [True, False, True, True]
        # Nobody asks within the hour, whichever job it is.
        again = await idle.finished((await started(idle, 4, audienceId=job["audienceId"]))["jobId"])
        assert again["stages"]["enrichment"]["details"] is None
        assert fake.stats.calls["profile"] == 4

        fake.control.throttled.clear()
        await an_hour_passes(place.pool, job)
        await until(lambda: marked_all(place, idle))
        assert await enrichment(idle, job) == "4 looked up, 0 not found."
        assert await reasons(idle, job) == [None] * 4
        assert all(person["title"] for person in await members(idle, job))
        assert fake.stats.calls["profile"] == 5
    assert await used(place.pool, idle) == {"profiles": 5}


async def marked_all(place: Place, api: Api) -> bool:
    return all(await marked(place, api))


async def test_after_three_tries_it_stays_in_part_and_says_so(
    idle: Api, place: Place, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake)
    fake.control.throttled.add(0)
    async with provided(place.dsn):
        job = await idle.finished((await started(idle, 2))["jobId"])
        await an_hour_passes(place.pool, job)
        await until(lambda: was_asked_twice(place, job))
        await an_hour_passes(place.pool, job)
        await until(lambda: marked_all(place, idle))
        assert await enrichment(idle, job) == (
            "2 looked up (1 in part, as LinkedIn held back the rest), 0 not found."
        )
        reason, _ = await reasons(idle, job)
        assert reason is not None
        assert reason.endswith(" each of the 3 times it was asked for them")
        # It rests as everybody else who was looked up.
        await idle.finished((await started(idle, 2, audienceId=job["audienceId"]))["jobId"])
    assert fake.stats.calls["profile"] == 4


async def was_asked_twice(place: Place, job: Any) -> bool:
    return await place.pool.fetchval(
        "SELECT tries = 2 FROM held_back_look_ups WHERE job_id = $1", bytes.fromhex(job["jobId"])
    )


async def test_three_in_a_row_make_it_wait_and_then_go_on_where_it_was(
    idle: Api, place: Place, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake)
    fake.control.throttled |= {1, 2, 3}
    async with provided(place.dsn):
        job = await started(idle, 7)
        now = await waits(place.pool, idle, job)
        assert (now["status"], now["stages"]["import"]["status"]) == ("running", "completed")
        details = now["stages"]["enrichment"]["details"]
        assert details.startswith("1 looked up, 0 not found, 3 held back in part by LinkedIn")
        assert "3 left." in details
        assert "LinkedIn held back parts of the last 3 profiles." in details
        assert "goes on by itself at 20" in details
        assert fake.stats.calls["profile"] == 4
        fake.control.throttled.clear()
        await wait_is_over(place.pool, job)
        await idle.finished(job["jobId"])
        assert (await enrichment(idle, job)).startswith("4 looked up, 0 not found, 3 held back")
        await an_hour_passes(place.pool, job)
        await until(lambda: marked_all(place, idle))
        assert await enrichment(idle, job) == "7 looked up, 0 not found."
    assert fake.stats.calls["profile"] == 7 + 3


async def test_a_pause_that_did_not_help_costs_one_profile_and_a_longer_pause(
    idle: Api, place: Place, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake)
    fake.control.throttled |= set(range(5))
    async with provided(place.dsn):
        job = await started(idle, 5)
        for asked, seconds in ((3, 900), (4, 1800)):
            await waits(place.pool, idle, job)
            assert seconds - 10 < await left_to_wait(place, job) <= seconds
            assert fake.stats.calls["profile"] == asked
            await wait_is_over(place.pool, job)
        # The last of them: there is no pause after which nobody is left.
        await idle.finished(job["jobId"])
    assert fake.stats.calls["profile"] == 5


async def test_profiles_in_a_row_are_counted_across_the_time_slices_of_jobs(
    idle: Api, place: Place, fake: FakeUnipile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enriching, "LOOK_UP_SLICE", 0.0)
    await connect(place.pool, idle, fake)
    fake.control.throttled |= set(range(20))
    async with provided(place.dsn):
        known = [await started(idle, 10), await others(idle, 10, 20)]
        for job in known:
            now = await waits(place.pool, idle, job)
            assert "3 held back in part" in now["stages"]["enrichment"]["details"]
    assert fake.stats.calls["profile"] == 6


async def others(api: Api, first: int, last: int) -> Any:
    slugs = [f"https://www.linkedin.com/in/person-{n}" for n in range(first, last)]
    return await api.start(type="url_upload", urls=slugs, audienceName="Others")


async def test_what_cannot_be_asked_for_again_waits_for_the_account_and_keeps_the_budget(
    idle: Api, place: Place, fake: FakeUnipile
) -> None:
    account = await connect(place.pool, idle, fake, limits={"profiles": 2})
    fake.control.throttled.add(1)
    async with provided(place.dsn):
        job = await idle.finished((await started(idle, 2))["jobId"])
        await an_hour_passes(place.pool, job)
        await until(lambda: is_put_off(place, job))
        assert "asked for again at" in await enrichment(idle, job)
        assert await used(place.pool, idle) == {"profiles": 2}
        await place.pool.execute("UPDATE provider_budgets SET used = 0")
        fake.control.disconnected.add(account)
        await an_hour_passes(place.pool, job)
        await until(lambda: is_put_off(place, job))
        assert await used(place.pool, idle) == {"profiles": 0}
        fake.control.disconnected.clear()
        fake.control.throttled.clear()
        await an_hour_passes(place.pool, job)
        await until(lambda: marked_all(place, idle))
    assert fake.stats.served[account][fake.control.today()]["profiles"] == 3


async def is_put_off(place: Place, job: Any) -> bool:
    """Whether those who are to be asked for again are so in more than a worker's time for it."""
    return await place.pool.fetchval(
        "SELECT min(again_at) > now() + interval '11 minutes' FROM held_back_look_ups"
        " WHERE job_id = $1",
        bytes.fromhex(job["jobId"]),
    )


async def test_whoever_is_known_by_then_or_was_put_off_for_a_week_is_not_asked_for(
    idle: Api, place: Place, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake)
    fake.control.throttled |= {0, 1}
    async with provided(place.dsn):
        job = await idle.finished((await started(idle, 2))["jobId"])
        await place.pool.execute(
            "UPDATE prospects SET looked_up_at = now() WHERE public_identifier = 'person-0'"
        )
        await place.pool.execute(
            "UPDATE held_back_look_ups SET held_at = now() - interval '8 days' WHERE row = 2"
        )
        await an_hour_passes(place.pool, job)
        await until(lambda: nobody_is_held(place, job))
        first, second = await reasons(idle, job)
    assert first is None
    assert second is not None
    assert "could not be asked again for a week" in second
    assert fake.stats.calls["profile"] == 2


async def nobody_is_held(place: Place, job: Any) -> bool:
    return not await place.pool.fetchval(
        "SELECT count(*) FROM held_back_look_ups WHERE job_id = $1", bytes.fromhex(job["jobId"])
    )


async def test_a_cancelled_job_asks_for_nobody_again_and_its_rows_say_so(
    idle: Api, place: Place, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake, limits={"profiles": 2})
    fake.control.throttled.add(0)
    async with provided(place.dsn):
        job = await started(idle, 3)
        await waits(place.pool, idle, job)
        data(await idle.post(f"prospecting/{job['jobId']}/cancel"))
        assert await nobody_is_held(place, job)
        reason, *_ = await reasons(idle, job)
    assert reason is not None
    assert reason.endswith("and the job ended before another try")
    assert (await enrichment(idle, job)).startswith("2 looked up (1 in part")
