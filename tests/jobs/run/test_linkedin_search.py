"""linkedin_search: people of a search's address, page by page, then looked up one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.jobs import members, outcomes
from support.provided import SALES, connect, provided, search, told, used, waits
from support.service import data

if TYPE_CHECKING:
    from fakes.unipile.server import FakeUnipile
    from support.jobs import Place
    from support.service import Api


async def found(api: Api, url: str, **more: Any) -> Any:
    """A finished job over this address."""
    job = await api.start(type="linkedin_search", searchUrl=url, audienceName="Found", **more)
    return await api.finished(job["jobId"])


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("url", [search(0, 120), SALES.format("rows0-120")])
async def test_everybody_of_a_search_joins_and_is_looked_up(
    idle: Api, place: Place, fake: FakeUnipile, version: str, url: str
) -> None:
    account = await connect(place.pool, idle, fake, version=version)
    async with provided(place.dsn):
        job = await found(idle, url)
    assert (job["status"], job["error"], job["sourceType"]) == (
        "completed",
        None,
        "linkedin_search",
    )
    assert job["counts"] == {
        "rows": 120,
        "added": 120,
        "alreadyMember": 0,
        "duplicate": 0,
        "invalid": 0,
        "overLimit": 0,
    }
    assert job["stages"]["import"]["progress"] == job["stages"]["enrichment"]["progress"] == 1
    assert await outcomes(idle, job) == ["added"] * 120
    people = await members(idle, job)
    assert len(people) == 120
    assert all(
        person["about"] and person["title"] and person["company"]["name"] for person in people
    )
    assert all(person["email"] is None for person in people)
    assert data(await idle.get(f"audiences/{job['audienceId']}"))["prospectCount"] == 120
    day = fake.stats.served[account][fake.control.today()]
    assert fake.stats.highest[account] == 1
    assert await used(place.pool, idle) == dict(day)


async def test_max_results_ends_the_search(idle: Api, place: Place, fake: FakeUnipile) -> None:
    account = await connect(place.pool, idle, fake)
    async with provided(place.dsn):
        job = await found(idle, search(0, 120), maxResults=60)
    assert (job["counts"]["added"], job["counts"]["overLimit"]) == (60, 0)
    assert await outcomes(idle, job) == ["added"] * 60
    assert fake.stats.served[account][fake.control.today()]["searchRows"] == 60


async def test_max_results_below_a_page_asks_for_no_more(
    idle: Api, place: Place, fake: FakeUnipile
) -> None:
    account = await connect(place.pool, idle, fake)
    async with provided(place.dsn):
        job = await found(idle, search(0, 120), maxResults=7)
    assert (job["counts"]["rows"], job["counts"]["added"]) == (7, 7)
    assert fake.stats.served[account][fake.control.today()]["searchRows"] == 7


async def test_a_second_search_adds_newcomers_alone(
    idle: Api, place: Place, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake)
    async with provided(place.dsn):
        first = await found(idle, search(0, 60))
        calls = fake.stats.calls["profile"]
        again = await idle.start(
            type="linkedin_search", searchUrl=search(30, 90), audienceId=first["audienceId"]
        )
        job = await idle.finished(again["jobId"])
    assert (job["counts"]["alreadyMember"], job["counts"]["added"]) == (30, 30)
    # Who was looked up is not looked up again at once.
    assert fake.stats.calls["profile"] == calls + 30


async def test_a_search_that_finds_nobody(idle: Api, place: Place, fake: FakeUnipile) -> None:
    await connect(place.pool, idle, fake)
    async with provided(place.dsn):
        job = await found(idle, search(0, 0))
    assert (job["status"], job["counts"]["rows"]) == ("completed", 0)
    assert data(await idle.get(f"audiences/{job['audienceId']}"))["prospectCount"] == 0


async def test_the_audience_is_ready_while_its_people_are_looked_up(
    idle: Api, place: Place, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake, limits={"profiles": 3})
    async with provided(place.dsn):
        job = await idle.start(
            type="linkedin_search", searchUrl=search(0, 20), audienceName="Found"
        )
        now = await waits(place.pool, idle, job)
        assert now["stages"]["import"]["status"] == "completed"
        assert "3 profiles" in now["stages"]["enrichment"]["details"]
        assert 0 < now["stages"]["enrichment"]["progress"] < 1
        audience = data(await idle.get(f"audiences/{job['audienceId']}"))
        assert audience["prospectCount"] == 20
        listed = data(await idle.get("audiences"))["items"]
        assert [each["id"] for each in listed] == [job["audienceId"]]
    assert (await told(idle, job))["status"] == "running"
