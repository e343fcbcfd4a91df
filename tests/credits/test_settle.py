"""What a job's end does with the credits set aside: it pays for whom it added, and gives back the rest."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Any

import pytest

from houselist.connections import accounts
from houselist.jobs import store as jobs
from houselist.jobs.run import decisions
from houselist.jobs.run import store as filling
from houselist.postgres import db
from support.credits import assert_ledger_sums, give, group_of, left, moved
from support.jobs import members, outcomes, slugs, until, working
from support.provided import connect, provided, search, told, wait_is_over, waits
from support.service import data, error

if TYPE_CHECKING:
    from fakes.unipile.server import FakeUnipile
    from support.jobs import Place
    from support.service import Api


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock between two attempts of a call runs fast."""
    monkeypatch.setattr(accounts, "FIRST_WAIT", 0.02)


def by_search(last: int, **more: Any) -> dict[str, Any]:
    body = {"type": "linkedin_search", "searchUrl": search(0, last)}
    return body | ({} if "audienceId" in more else {"audienceName": "Found"}) | more


async def cancel(api: Api, job: Any) -> Any:
    return await api.post(f"prospecting/{job['jobId']}/cancel")


async def by_file(api: Api, content: str, name: str = "File", **more: Any) -> Any:
    upload = await api.upload(content)
    return await api.start(
        type="file_upload", uploadId=upload["uploadId"], audienceName=name, **more
    )


async def test_a_job_that_adds_fewer_than_it_has_rows_gives_the_rest_back(
    place: Place, idle: Api
) -> None:
    await give(place.pool, idle, 10)
    file = slugs(3) + slugs(2).partition("\n")[2] + "nobody\n"
    async with working(place.dsn):
        job = await idle.finished((await by_file(idle, file))["jobId"])
    assert (job["counts"]["rows"], job["counts"]["added"]) == (6, 3)
    assert await moved(place.pool, idle) == [("grant", 10), ("reserve", -6), ("settle", 3)]
    assert await left(place.pool, idle) == 7
    await assert_ledger_sums(place.pool, group_of(idle))


async def test_a_job_that_adds_everybody_is_closed_all_the_same(place: Place, idle: Api) -> None:
    await give(place.pool, idle, 4)
    async with working(place.dsn):
        await idle.finished((await by_file(idle, slugs(4)))["jobId"])
    assert await moved(place.pool, idle) == [("grant", 4), ("reserve", -4), ("settle", 0)]
    await assert_ledger_sums(place.pool, group_of(idle))


async def test_members_of_old_cost_nothing(place: Place, idle: Api) -> None:
    await give(place.pool, idle, 10)
    async with working(place.dsn):
        first = await idle.finished((await by_file(idle, slugs(4)))["jobId"])
        upload = await idle.upload(slugs(6))
        again = await idle.start(
            type="file_upload", uploadId=upload["uploadId"], audienceId=first["audienceId"]
        )
        await idle.finished(again["jobId"])
    assert (await moved(place.pool, idle))[-2:] == [("reserve", -6), ("settle", 4)]
    assert await left(place.pool, idle) == 4


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_with_search_emails_each_that_was_added_costs_two(
    place: Place, idle: Api, fake: FakeUnipile, version: str
) -> None:
    await connect(place.pool, idle, fake, version=version)
    await give(place.pool, idle, 100)
    async with provided(place.dsn):
        job = await idle.start(**by_search(20, maxResults=50, searchEmails=True))
        assert await left(place.pool, idle) == 0
        await idle.finished(job["jobId"])
    assert await moved(place.pool, idle) == [("grant", 100), ("reserve", -100), ("settle", 60)]
    await assert_ledger_sums(place.pool, group_of(idle))


async def test_the_plan_caps_a_search_and_the_job_says_so(
    place: Place, idle: Api, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake)
    await give(place.pool, idle, 60, max_results=60)
    async with provided(place.dsn):
        job = await idle.finished((await idle.start(**by_search(120, maxResults=200)))["jobId"])
    assert (job["counts"]["added"], job["status"]) == (60, "completed")
    details = job["stages"]["import"]["details"]
    assert details == "The plan allows 60 of the 200 results asked for."
    assert await left(place.pool, idle) == 0


async def test_the_plan_caps_a_search_without_credits_too(
    place: Place, idle: Api, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake)
    await give(place.pool, idle, None, max_results=30)
    async with provided(place.dsn):
        job = await idle.finished((await idle.start(**by_search(120)))["jobId"])
    assert job["counts"]["added"] == 30
    assert job["stages"]["import"]["details"] == "The plan allows 30 results."
    assert await moved(place.pool, idle) == []


async def test_a_search_adds_no_more_than_is_paid_for_however_many_members_it_meets(
    place: Place, idle: Api, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake)
    async with provided(place.dsn):
        # More than a page of them, so that the newcomers are on the second one.
        first = await idle.finished((await idle.start(**by_search(52)))["jobId"])
        await give(place.pool, idle, 5)
        again = await idle.start(**by_search(80, audienceId=first["audienceId"]))
        job = await idle.finished(again["jobId"])
    counts = job["counts"]
    assert (counts["alreadyMember"], counts["added"]) == (52, 5)
    assert await outcomes(idle, job) == (
        ["alreadyMember"] * 52 + ["added"] * 5 + ["overLimit"] * counts["overLimit"]
    )
    assert len(await members(idle, job)) == 57
    assert await moved(place.pool, idle) == [("grant", 5), ("reserve", -5), ("settle", 0)]
    await assert_ledger_sums(place.pool, group_of(idle))


async def test_a_job_cancelled_while_queued_gets_all_of_it_back(place: Place, idle: Api) -> None:
    await give(place.pool, idle, 5)
    job = await by_file(idle, slugs(5))
    data(await cancel(idle, job))
    error(await cancel(idle, job), 422, "VALIDATION_ERROR")
    assert await moved(place.pool, idle) == [("grant", 5), ("reserve", -5), ("refund", 5)]
    await assert_ledger_sums(place.pool, group_of(idle))


async def test_a_job_cancelled_mid_way_pays_for_whom_it_added(place: Place, idle: Api) -> None:
    await give(place.pool, idle, 4_000)
    job = await by_file(idle, slugs(4_000))

    async def some_rows_are_done() -> bool:
        await assert_ledger_sums(place.pool, group_of(idle))
        return data(await idle.get(f"prospecting/{job['jobId']}"))["counts"]["rows"] > 0

    async with working(place.dsn, batch=20):
        await until(some_rows_are_done)
        data(await cancel(idle, job))
    added = (await told(idle, job))["counts"]["added"]
    assert 0 < added < 4_000
    assert await left(place.pool, idle) == 4_000 - added
    await assert_ledger_sums(place.pool, group_of(idle))


async def test_addresses_that_were_not_sought_when_a_job_is_cancelled_cost_nothing(
    place: Place, idle: Api, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake, limits={"profiles": 3})
    await give(place.pool, idle, 40)
    async with provided(place.dsn):
        job = await idle.start(**by_search(20, maxResults=20, searchEmails=True))
        await waits(place.pool, idle, job)
        await assert_ledger_sums(place.pool, group_of(idle))
        data(await cancel(idle, job))
    # 20 people, and 3 of them looked up.
    assert await left(place.pool, idle) == 40 - 23
    await assert_ledger_sums(place.pool, group_of(idle))


async def test_a_job_that_its_provider_refuses_gets_all_of_it_back(
    place: Place, idle: Api, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake)
    await give(place.pool, idle, 100)
    async with provided(place.dsn):
        job = await idle.start(
            type="sales_navigator", leadListId="99999999999", audienceName="None", maxResults=100
        )
        assert (await idle.finished(job["jobId"]))["status"] == "failed"
    assert await moved(place.pool, idle) == [("grant", 100), ("reserve", -100), ("refund", 100)]
    await assert_ledger_sums(place.pool, group_of(idle))


async def test_an_audience_that_another_job_fills_outlives_the_failure_of_the_one_that_made_it(
    place: Place, idle: Api, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake)
    await give(place.pool, idle, 20)
    first = await idle.start(**by_search(5, maxResults=5))
    group, job_id = group_of(idle), bytes.fromhex(first["jobId"])
    # Its import is over and found nobody; before it is done, something of ours fails.
    async with db.transaction(place.pool) as connection:
        assert await filling.claim(connection, group, job_id)
        audience_id = bytes.fromhex(first["audienceId"])
        assert await filling.finish_import(connection, group, job_id, audience_id)
    second = await idle.start(
        type="url_upload", urls=["linkedin.com/in/x"], audienceId=first["audienceId"]
    )
    async with db.transaction(place.pool) as connection:
        assert await jobs.end(connection, group, job_id, "failed", code="X", message="x")
    async with provided(place.dsn):
        await idle.finished(second["jobId"])
    assert data(await idle.get(f"audiences/{first['audienceId']}"))["prospectCount"] == 1
    assert await left(place.pool, idle) == 19
    await assert_ledger_sums(place.pool, group)


async def test_a_job_that_fails_mid_way_pays_for_whom_it_added(
    place: Place, idle: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = decisions.IdentityIndex, 0

    def index(known: Any, *how: Any) -> Any:
        # The third batch meets what nobody thought of.
        nonlocal calls
        calls += 1
        if calls == 3:
            raise LookupError
        return real(known, *how)

    monkeypatch.setattr(decisions, "IdentityIndex", index)
    await give(place.pool, idle, 100)
    async with working(place.dsn, batch=20):
        job = await idle.finished((await by_file(idle, slugs(100)))["jobId"])
    assert (job["status"], job["counts"]["added"]) == ("failed", 40)
    assert await moved(place.pool, idle) == [("grant", 100), ("reserve", -100), ("refund", 60)]
    await assert_ledger_sums(place.pool, group_of(idle))


async def test_a_job_that_waits_keeps_its_credits_until_it_is_over(
    place: Place, idle: Api, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake)
    await give(place.pool, idle, 60)
    fake.control.next("fine", "429", kind="search")
    async with provided(place.dsn):
        job = await idle.start(**by_search(60, maxResults=60))
        await waits(place.pool, idle, job)
        assert await left(place.pool, idle) == 0
        await assert_ledger_sums(place.pool, group_of(idle))
        await wait_is_over(place.pool, job)
        await idle.finished(job["jobId"])
    assert await moved(place.pool, idle) == [("grant", 60), ("reserve", -60), ("settle", 0)]


async def test_a_plan_that_changes_meanwhile_holds_from_the_next_job_on(
    place: Place, idle: Api
) -> None:
    free = await by_file(idle, slugs(2))
    await give(place.pool, idle, 5)
    paid = await by_file(idle, slugs(3) + "nobody\n", "Paid")
    await give(place.pool, idle, None)
    async with working(place.dsn):
        for job in (free, paid):
            assert (await idle.finished(job["jobId"]))["counts"]["rows"] > 0
    assert await moved(place.pool, idle) == [("grant", 5), ("reserve", -4), ("settle", 1)]
    assert await left(place.pool, idle) == 2
    await assert_ledger_sums(place.pool, group_of(idle))


async def test_a_job_never_costs_more_than_was_set_aside(place: Place, idle: Api) -> None:
    await give(place.pool, idle, 3)
    job = await by_file(idle, slugs(3))
    await place.pool.execute(
        "UPDATE prospecting_jobs SET added = 50 WHERE id = $1", bytes.fromhex(job["jobId"])
    )
    data(await cancel(idle, job))
    assert await moved(place.pool, idle) == [("grant", 3), ("reserve", -3), ("refund", 0)]


async def test_cancelling_while_jobs_complete_closes_each_once(place: Place, idle: Api) -> None:
    await give(place.pool, idle, 1_000)
    chance = random.Random(3)
    async with working(place.dsn):
        jobs = [await by_file(idle, slugs(30), f"File {n}") for n in range(12)]

        async def cancel_some_time(job: Any) -> int:
            await asyncio.sleep(chance.uniform(0, 0.8))
            answers = await asyncio.gather(cancel(idle, job), cancel(idle, job))
            return sum(answer.status_code == 200 for answer in answers)

        cancelled = await asyncio.gather(*(cancel_some_time(job) for job in jobs))
        ended = [await idle.finished(job["jobId"]) for job in jobs]
    for times, job in zip(cancelled, ended, strict=True):
        assert times == (job["status"] == "cancelled")
    closed = [kind for kind, _ in await moved(place.pool, idle) if kind in ("settle", "refund")]
    assert len(closed) == len(jobs)
    assert await left(place.pool, idle) == 1_000 - sum(job["counts"]["added"] for job in ended)
    await assert_ledger_sums(place.pool, group_of(idle))


async def test_starting_cancelling_and_running_at_once_lock_nobody_out(
    place: Place, idle: Api, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake)
    await give(place.pool, idle, 5_000)
    audiences = [await idle.make_audience(f"Audience {n}") for n in range(3)]

    async def again_and_again(audience: Any) -> None:
        for number in range(6):
            job = await idle.post(
                "prospecting",
                json=by_search(10, maxResults=20, audienceId=audience["id"], searchEmails=True)
                if number % 2
                else {
                    "type": "url_upload",
                    "audienceId": audience["id"],
                    "urls": [
                        f"https://www.linkedin.com/in/person-{number + at}" for at in range(5)
                    ],
                },
            )
            if job.status_code == 409:
                await asyncio.sleep(0.02)
                continue
            await cancel(idle, data(job, 202))

    async with provided(place.dsn), provided(place.dsn):
        await asyncio.gather(*(again_and_again(each) for each in audiences * 2))
        for job in await idle.all_items("prospecting"):
            await idle.finished(job["jobId"])
        await assert_ledger_sums(place.pool, group_of(idle))
