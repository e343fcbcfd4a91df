"""A provider that refuses to look anybody up: the stage stops and says so, and marks nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.credits import give, left
from support.jobs import members
from support.provided import connect, provided, told, used, wait_is_over, waits
from support.service import data

if TYPE_CHECKING:
    from fakes.unipile.server import FakeUnipile
    from support.jobs import Place
    from support.service import Api


async def started(api: Api, count: int, **more: Any) -> Any:
    where = {} if "audienceId" in more else {"audienceName": "Known"}
    urls = [f"https://www.linkedin.com/in/person-{n}" for n in range(count)]
    return await api.start(type="url_upload", urls=urls, **where, **more)


async def marked(place: Place, api: Api) -> int:
    return await place.pool.fetchval(
        "SELECT count(*) FROM prospects WHERE account_group_id = $1"
        " AND (looked_up_at IS NOT NULL OR email_sought_at IS NOT NULL)",
        bytes.fromhex(api.tenant.account_group_id),
    )


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_an_account_that_may_not_look_people_up_stops_the_stage_by_its_name(
    idle: Api, place: Place, fake: FakeUnipile, version: str
) -> None:
    await connect(place.pool, idle, fake, version=version)
    await give(place.pool, idle, 100)
    fake.control.cause(1, 1.0, ("not-subscribed",))
    async with provided(place.dsn):
        job = await idle.finished((await started(idle, 5, searchEmails=True))["jobId"])
        stages = job["stages"]
        assert (job["status"], job["error"]) == ("completed", None)
        assert (stages["import"]["status"], stages["enrichment"]["status"]) == (
            "completed",
            "failed",
        )
        assert "feature_not_subscribed" in stages["enrichment"]["details"]
        assert "start a job with the same source and audience" in stages["enrichment"]["details"]
        assert stages["enrichment"]["progress"] == 0
        assert await marked(place, idle) == 0
        assert fake.stats.calls["profile"] == 1
        # Nobody's address was looked for, so nobody's is paid for.
        assert await left(place.pool, idle) == 95
        assert (await used(place.pool, idle))["profiles"] == 0
        assert data(await idle.get(f"audiences/{job['audienceId']}"))["prospectCount"] == 5

        fake.control.cause(1, 0.0)
        again = await started(idle, 5, audienceId=job["audienceId"])
        again = await idle.finished(again["jobId"])
    assert again["stages"]["enrichment"]["status"] == "completed"
    assert again["stages"]["enrichment"]["details"] == "5 looked up, 0 not found."
    assert all(person["about"] for person in await members(idle, again))


async def test_ten_refusals_in_a_row_are_the_accounts_and_mark_nobody(
    idle: Api, place: Place, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake)
    await give(place.pool, idle, 100)
    fake.control.next("fine", *["400"] * 30, kind="profile")
    async with provided(place.dsn):
        job = await idle.finished((await started(idle, 20, searchEmails=True))["jobId"])
        enrichment = job["stages"]["enrichment"]
        assert (job["status"], enrichment["status"]) == ("completed", "failed")
        assert enrichment["details"].startswith("1 looked up, 0 not found, 10 refused.")
        assert "refused the last 10 people" in enrichment["details"]
        assert "Invalid parameters" in enrichment["details"]
        assert "`houselist providers check --account" in enrichment["details"]
        assert fake.stats.calls["profile"] == 11
        assert await marked(place, idle) == 1
        assert await left(place.pool, idle) == 100 - 20 - 1
        rows = data(await idle.get(f"prospecting/{job['jobId']}/rows"))["items"]
        assert ["could not be looked up" in (row["reason"] or "") for row in rows] == (
            [False] + [True] * 10 + [False] * 9
        )
        fake.control.plan.clear()
        again = await started(idle, 20, audienceId=job["audienceId"])
        again = await idle.finished(again["jobId"])
    assert again["stages"]["enrichment"]["details"] == "19 looked up, 0 not found."


async def test_some_refusals_among_others_are_those_peoples_own(
    idle: Api, place: Place, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake)
    fake.control.next(*["400"] * 9, "fine", *["400"] * 9, "fine", "gone", kind="profile")
    async with provided(place.dsn):
        job = await idle.finished((await started(idle, 21))["jobId"])
        assert job["stages"]["enrichment"]["status"] == "completed"
        assert job["stages"]["enrichment"]["details"] == "2 looked up, 1 not found, 18 refused."
        assert await marked(place, idle) == 21
        # So nobody is asked for them again soon.
        again = await started(idle, 21, audienceId=job["audienceId"])
        await idle.finished(again["jobId"])
    assert fake.stats.calls["profile"] == 21


@pytest.mark.parametrize("fault", ["disconnected", "restricted"])
async def test_an_account_that_its_owner_must_see_to_waits_with_the_command_and_marks_nobody(
    idle: Api, place: Place, fake: FakeUnipile, fault: str
) -> None:
    account = await connect(place.pool, idle, fake)
    refused = getattr(fake.control, fault)
    refused.add(account)
    group = idle.tenant.account_group_id
    async with provided(place.dsn):
        job = await started(idle, 3)
        now = await waits(place.pool, idle, job)
        details = now["stages"]["enrichment"]["details"]
        assert (now["status"], now["stages"]["enrichment"]["status"]) == ("running", "running")
        assert f"`houselist providers check --account {group}`" in details
        assert f"`houselist providers connect unipile --account {group}`" in details
        assert "tries again by itself at 20" in details
        assert await marked(place, idle) == 0
        refused.clear()
        await wait_is_over(place.pool, job)
        await idle.finished(job["jobId"])
    assert (await told(idle, job))["stages"]["enrichment"]["details"] == "3 looked up, 0 not found."


async def test_without_a_provider_no_address_is_looked_for_nor_paid_for(
    idle: Api, place: Place
) -> None:
    await give(place.pool, idle, 10)
    async with provided(place.dsn):
        job = await idle.finished((await started(idle, 3, searchEmails=True))["jobId"])
    assert job["stages"]["enrichment"]["details"] == (
        "No provider is connected, so nobody was looked up."
    )
    assert await left(place.pool, idle) == 10 - 3
