"""A job over pages that Unipile refuses: too large ones, and those behind the last."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.provided import connect, provided, search, used

if TYPE_CHECKING:
    from fakes.unipile.server import FakeUnipile
    from support.jobs import Place
    from support.service import Api


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_a_refused_page_loses_nobody_and_costs_no_rows(
    idle: Api, place: Place, fake: FakeUnipile, version: str
) -> None:
    account = await connect(place.pool, idle, fake, version=version)
    fake.control.largest = 30
    fake.control.bare = True
    async with provided(place.dsn):
        job = await idle.start(
            type="linkedin_search", searchUrl=search(0, 40), audienceName="Found"
        )
        job = await idle.finished(job["jobId"])
    assert (job["status"], job["error"]) == ("completed", None)
    assert job["counts"]["added"] == job["counts"]["rows"] == 40
    searches = [each for each in fake.stats.requests if "/search" in each.path]
    assert [each.one("limit") for each in searches][:3] == ["50", "25", "25"]
    assert await used(place.pool, idle) == dict(fake.stats.served[account][fake.control.today()])


async def test_what_linkedin_does_not_show_is_noted_in_the_job(
    idle: Api, place: Place, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake)
    fake.control.next("total", kind="search")
    async with provided(place.dsn):
        job = await idle.start(
            type="linkedin_search", searchUrl=search(0, 20), audienceName="Found"
        )
        job = await idle.finished(job["jobId"])
    assert job["status"] == "completed"
    assert job["counts"]["added"] == 20
    told = job["stages"]["import"]["details"]
    assert told == "Unipile sent 20 people of the 57 it counts, and nobody after them."
