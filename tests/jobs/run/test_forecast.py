"""How long looking people up will take: counted once, then counted down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.jobs import csv
from support.provided import connect, provided, search, told, wait_is_over, waits
from support.service import data

if TYPE_CHECKING:
    from fakes.unipile.server import FakeUnipile
    from support.jobs import Place
    from support.service import Api


def urls(first: int, last: int) -> list[str]:
    return [f"https://www.linkedin.com/in/person-{n}" for n in range(first, last)]


async def started(api: Api, first: int, last: int, name: str, **more: Any) -> Any:
    return await api.start(type="url_upload", urls=urls(first, last), audienceName=name, **more)


async def details(api: Api, job: Any) -> str:
    return (await told(api, job))["stages"]["enrichment"]["details"]


async def next_day(place: Place, api: Api, job: Any) -> None:
    await place.pool.execute(
        "DELETE FROM provider_budgets WHERE account_group_id = $1",
        bytes.fromhex(api.tenant.account_group_id),
    )
    await wait_is_over(place.pool, job)


async def test_a_long_stage_says_how_many_days_it_takes_and_counts_down(
    idle: Api, place: Place, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake, limits={"profiles": 2})
    async with provided(place.dsn):
        job = await started(idle, 0, 7, "Known")
        for now in (
            "2 looked up, 0 not found, 5 left: about 3 days at 2 a day.",
            "4 looked up, 0 not found, 3 left: about 2 days at 2 a day.",
            # What a day can do needs no forecast.
            "6 looked up, 0 not found, 1 left. ",
        ):
            await waits(place.pool, idle, job)
            assert (await details(idle, job)).startswith(now)
            (listed,) = data(await idle.get("prospecting"))["items"]
            assert listed["stages"]["enrichment"]["details"].startswith(now)
            await next_day(place, idle, job)
        done = await idle.finished(job["jobId"])
    assert done["stages"]["enrichment"]["details"] == "7 looked up, 0 not found."


@pytest.mark.parametrize("type_", ["linkedin_search", "post_commenters"])
async def test_so_does_a_source_whose_import_has_just_ended(
    idle: Api, place: Place, fake: FakeUnipile, type_: str
) -> None:
    await connect(place.pool, idle, fake, limits={"profiles": 2})
    sources = {"searchUrl": search(0, 13), "postUrl": "urn:li:activity:7100000000000000001"}
    name = "searchUrl" if type_ == "linkedin_search" else "postUrl"
    async with provided(place.dsn):
        job = await idle.start(type=type_, audienceName="Found", **{name: sources[name]})
        now = await waits(place.pool, idle, job)
    left = now["counts"]["added"] - 2
    assert left > 4
    words = f"2 looked up, 0 not found, {left} left: about {-(-left // 2)} days at 2 a day."
    assert (await details(idle, job)).startswith(words)


async def test_with_other_jobs_on_the_account_it_takes_at_least_so_long(
    idle: Api, place: Place, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake, limits={"profiles": 1})
    async with provided(place.dsn):
        first = await started(idle, 0, 4, "First")
        await waits(place.pool, idle, first)
        assert "3 left: about 3 days at 1 a day." in await details(idle, first)
        second = await started(idle, 4, 6, "Second")
        await waits(place.pool, idle, second)
        shared = "which other jobs use as well."
        assert f"3 left: at least 3 days at 1 a day, {shared}" in await details(idle, first)
        assert f"2 left: at least 2 days at 1 a day, {shared}" in await details(idle, second)
        data(await idle.post(f"prospecting/{second['jobId']}/cancel"))
        assert "3 left: about 3 days" in await details(idle, first)


async def test_a_budget_that_was_raised_is_heeded_from_the_next_run_on(
    idle: Api, place: Place, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake, limits={"profiles": 1})
    async with provided(place.dsn):
        job = await started(idle, 0, 8, "Known")
        await waits(place.pool, idle, job)
        assert "7 left: about 7 days at 1 a day." in await details(idle, job)
        await connect(place.pool, idle, fake, limits={"profiles": 3})
        await wait_is_over(place.pool, job)
        await waits(place.pool, idle, job)
        assert "5 left: about 2 days at 3 a day." in await details(idle, job)


async def test_only_those_are_counted_who_are_to_be_looked_up(
    idle: Api, place: Place, fake: FakeUnipile
) -> None:
    """Known people, and rows that are the same person, are not; with searchEmails others are."""
    await connect(place.pool, idle, fake, limits={"profiles": 4})
    rows = [f"{url},a@b{n}.example" for n, url in enumerate(urls(0, 3))]
    async with provided(place.dsn):
        await idle.finished((await started(idle, 3, 6, "Before"))["jobId"])
        upload = await idle.upload(csv("LinkedIn URL,Email", *rows, *(f"{u}," for u in urls(3, 9))))
        job = await idle.start(
            type="file_upload",
            uploadId=upload["uploadId"],
            audienceName="File",
            searchEmails=True,
        )
        await waits(place.pool, idle, job)
        # 3 have too little known but an address, 3 lack an address alone, 3 lack both.
        assert "1 looked up, 0 not found, 8 left: about 2 days at 4 a day." in (
            await details(idle, job)
        )


async def test_a_job_that_an_older_version_began_is_counted_from_where_it_is(
    idle: Api, place: Place, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake, limits={"profiles": 2})
    async with provided(place.dsn):
        job = await started(idle, 0, 7, "Known")
        await waits(place.pool, idle, job)
        await place.pool.execute(
            "UPDATE prospecting_jobs SET to_look_up = NULL, look_ups_a_day = NULL WHERE id = $1",
            bytes.fromhex(job["jobId"]),
        )
        assert "left" not in await details(idle, job)
        await next_day(place, idle, job)
        await waits(place.pool, idle, job)
        assert "4 looked up, 0 not found, 3 left: about 2 days" in await details(idle, job)
