"""Starting a job with credits that are counted: 402 and nothing written, or what it may cost set aside."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from houselist.credits import store
from houselist.postgres import db
from support.credits import assert_ledger_sums, give, group_of, left, moved
from support.jobs import TABLES, kept, slugs
from support.provided import connect, search
from support.service import data, error

if TYPE_CHECKING:
    from fakes.unipile.server import FakeUnipile
    from support.jobs import Place
    from support.service import Api

URLS = [f"https://www.linkedin.com/in/person-{number}" for number in range(3)]
WRITTEN = (*TABLES, "credit_entries", "idempotency_keys")


def by_urls(name: str = "Three", **more: Any) -> dict[str, Any]:
    return {"type": "url_upload", "urls": URLS, "audienceName": name, **more}


async def refused(place: Place, api: Api, body: dict[str, Any], **more: Any) -> Any:
    """A 402 that left nothing behind."""

    async def written() -> Any:
        queued = await place.pool.fetchval(
            "SELECT count(*) FROM pgqueuer WHERE payload LIKE $1",
            f"{api.tenant.account_group_id}/%".encode(),
        )
        return queued, await left(place.pool, api), await kept(place.pool, api, WRITTEN)

    before = await written()
    told = error(await api.post("prospecting", json=body, **more), 402, "INSUFFICIENT_CREDITS")
    assert await written() == before
    await assert_ledger_sums(place.pool, group_of(api))
    return told


async def test_without_a_plan_nothing_costs_anything(place: Place, idle: Api) -> None:
    await idle.start(**by_urls())
    assert await moved(place.pool, idle) == []


async def test_credits_that_do_not_count_stay_as_they_are(place: Place, idle: Api) -> None:
    await give(place.pool, idle, 2)
    await give(place.pool, idle, None)
    await idle.start(**by_urls())
    assert await moved(place.pool, idle) == [("grant", 2)]


async def test_a_job_for_which_the_credits_do_not_reach_is_402_and_leaves_nothing(
    place: Place, idle: Api
) -> None:
    await give(place.pool, idle, 2)
    told = await refused(place, idle, by_urls(), headers={"idempotency-key": "first"})
    assert told["message"] == "The job would cost more credits than are left."
    assert told["details"] == "The job may cost 3 credits; the account group has 2 credits left."
    # The key is free again, and so is the name.
    await give(place.pool, idle, 1)
    started = await idle.post("prospecting", json=by_urls(), headers={"idempotency-key": "first"})
    data(started, 202)


async def test_what_it_may_cost_is_set_aside_to_the_last_credit(place: Place, idle: Api) -> None:
    await give(place.pool, idle, 3)
    job = await idle.start(**by_urls())
    assert await moved(place.pool, idle) == [("grant", 3), ("reserve", -3)]
    assert await left(place.pool, idle) == 0
    assert await place.pool.fetchval(
        "SELECT job_id FROM credit_entries WHERE account_group_id = $1 AND kind = 'reserve'",
        group_of(idle),
    ) == bytes.fromhex(job["jobId"])
    await assert_ledger_sums(place.pool, group_of(idle))


async def test_with_search_emails_each_costs_two(place: Place, idle: Api) -> None:
    await give(place.pool, idle, 5)
    told = await refused(place, idle, by_urls(searchEmails=True))
    assert told["details"] == "The job may cost 6 credits; the account group has 5 credits left."
    await give(place.pool, idle, 1)
    await idle.start(**by_urls(searchEmails=True))
    assert await left(place.pool, idle) == 0


@pytest.mark.parametrize("more", [{"maxResults": 1}, {}])
async def test_files_and_urls_pay_for_every_row_whatever_plan_and_max_results_say(
    place: Place, idle: Api, more: dict[str, Any]
) -> None:
    await give(place.pool, idle, 20, max_results=2)
    upload = await idle.upload(slugs(11))
    job = await idle.start(
        type="file_upload", uploadId=upload["uploadId"], audienceName="File", **more
    )
    assert await left(place.pool, idle) == 9
    assert (
        data(await idle.get(f"prospecting/{job['jobId']}"))["stages"]["import"]["details"] is None
    )
    await refused(
        place, idle, {"type": "file_upload", "uploadId": upload["uploadId"], "audienceName": "Two"}
    )
    await idle.start(**by_urls(**more))
    assert await left(place.pool, idle) == 6


async def test_a_search_pays_for_its_max_results(
    place: Place, idle: Api, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake)
    await give(place.pool, idle, 50)
    body = {"type": "linkedin_search", "searchUrl": search(0, 9), "audienceName": "Found"}
    told = await refused(place, idle, {**body, "maxResults": 51})
    assert told["details"] == "The job may cost 51 credits; the account group has 50 credits left."
    await idle.start(**body, maxResults=50)
    assert await left(place.pool, idle) == 0


async def test_a_search_without_max_results_takes_what_is_left_but_not_nothing(
    place: Place, idle: Api, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake)
    await give(place.pool, idle, 7)
    body = {"type": "linkedin_search", "searchUrl": search(0, 9), "searchEmails": True}
    job = await idle.start(**body, audienceName="Found")
    assert await left(place.pool, idle) == 1
    told = data(await idle.get(f"prospecting/{job['jobId']}"))["stages"]["import"]["details"]
    assert told == "No more than 3 people can be added with the credits left."
    refusal = await refused(place, idle, {**body, "audienceName": "Again"})
    assert refusal["details"] == "The job may cost 2 credits; the account group has 1 credit left."


async def test_other_refusals_come_before_402(place: Place, idle: Api) -> None:
    await give(place.pool, idle, 0)
    await idle.make_audience("Taken")
    error(await idle.post("prospecting", json=by_urls("Taken")), 409, "CONFLICT")
    missing = by_urls(None, audienceId="0" * 24)
    error(await idle.post("prospecting", json=missing), 404, "NOT_FOUND")


async def test_an_audience_that_was_there_stays_ready_after_a_402(place: Place, idle: Api) -> None:
    await give(place.pool, idle, 2)
    audience = await idle.make_audience()
    await refused(place, idle, by_urls(None, audienceId=audience["id"]))
    assert data(await idle.get(f"audiences/{audience['id']}")) == audience


async def test_of_two_jobs_at_once_with_credits_for_one_one_is_402(place: Place, idle: Api) -> None:
    await give(place.pool, idle, 3 * 4 + 2)
    answers = await asyncio.gather(
        *(idle.post("prospecting", json=by_urls(f"Audience {n}")) for n in range(10))
    )
    assert sorted(answer.status_code for answer in answers) == [202] * 4 + [402] * 6
    assert await left(place.pool, idle) == 2
    assert (await kept(place.pool, idle))["audiences"] == 4
    await assert_ledger_sums(place.pool, group_of(idle))


async def test_a_job_goes_by_one_plan_while_another_is_made(
    place: Place, idle: Api, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake)
    await give(place.pool, idle, None, max_results=100)
    body = {"type": "linkedin_search", "searchUrl": search(0, 9), "audienceName": "Found"}
    async with db.transaction(place.pool) as connection:
        await store.change_plan(connection, group_of(idle), max_results=None, metered=True)
        await store.grant(connection, group_of(idle), 7, None)
        starting = asyncio.create_task(idle.post("prospecting", json=body))
        # It has to wait for the new plan, however long that takes.
        assert not (await asyncio.wait({starting}, timeout=0.2))[0]
    job = data(await starting, 202)
    row = await place.pool.fetchrow(
        "SELECT max_results, max_added FROM prospecting_jobs WHERE id = $1",
        bytes.fromhex(job["jobId"]),
    )
    assert row == (None, 7)
    assert await left(place.pool, idle) == 0


async def test_the_same_request_twice_pays_once(place: Place, idle: Api) -> None:
    await give(place.pool, idle, 9)
    answers = await asyncio.gather(
        *(
            idle.post("prospecting", json=by_urls(), headers={"idempotency-key": "once"})
            for _ in range(3)
        )
    )
    assert len({data(each, each.status_code)["jobId"] for each in answers}) == 1
    assert await left(place.pool, idle) == 6


async def test_another_account_groups_credits_are_its_own(place: Place, idle: Api) -> None:
    await give(place.pool, idle, 0)
    async with place.api() as other:
        await give(place.pool, other, 3)
        await refused(place, idle, by_urls())
        await other.start(**by_urls())
        assert await left(place.pool, other) == 0
