"""sales_navigator: people of a saved search or a lead list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.jobs import kept, members
from support.provided import connect, provided
from support.service import error

if TYPE_CHECKING:
    from fakes.unipile.server import FakeUnipile
    from support.jobs import Place
    from support.service import Api


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize(
    "given", [({"savedSearchId": "501"}, 30), ({"leadListId": "901"}, 21)], ids=["search", "list"]
)
async def test_everybody_of_it_joins(
    idle: Api, place: Place, fake: FakeUnipile, version: str, given: Any
) -> None:
    source, count = given
    await connect(place.pool, idle, fake, version=version)
    async with provided(place.dsn):
        job = await idle.start(type="sales_navigator", audienceName="Leads", **source)
        job = await idle.finished(job["jobId"])
    assert (job["status"], job["counts"]["added"]) == ("completed", count)
    people = await members(idle, job)
    assert len({person["id"] for person in people}) == count
    assert all(person["about"] for person in people)


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("source", [{"savedSearchId": "999"}, {"leadListId": "999"}])
async def test_one_that_is_gone_ends_the_job_and_leaves_no_audience(
    idle: Api, place: Place, fake: FakeUnipile, version: str, source: Any
) -> None:
    await connect(place.pool, idle, fake, version=version)
    async with provided(place.dsn):
        job = await idle.start(type="sales_navigator", audienceName="Leads", **source)
        job = await idle.finished(job["jobId"])
    assert (job["status"], job["error"]["code"]) == ("failed", "SOURCE_NOT_FOUND")
    assert job["error"]["message"]
    error(await idle.get(f"audiences/{job['audienceId']}"), 404, "NOT_FOUND")
    # The name is free again.
    await idle.make_audience("Leads")


async def test_one_that_is_gone_leaves_an_older_audience_alone(
    idle: Api, place: Place, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake)
    audience = await idle.make_audience("Leads")
    async with provided(place.dsn):
        job = await idle.start(
            type="sales_navigator", audienceId=audience["id"], savedSearchId="999"
        )
        assert (await idle.finished(job["jobId"]))["status"] == "failed"
    assert (await idle.get(f"audiences/{audience['id']}")).status_code == 200


async def test_an_account_without_sales_navigator_is_told_in_the_providers_words(
    idle: Api, place: Place, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake)
    fake.control.next("not-subscribed")
    async with provided(place.dsn):
        job = await idle.start(type="sales_navigator", audienceName="Leads", savedSearchId="501")
        job = await idle.finished(job["jobId"])
    assert job["error"]["code"] == "SOURCE_REFUSED"
    assert "Feature not subscribed" in job["error"]["message"]
    assert (await kept(place.pool, idle, ["prospects"]))["prospects"] == 0
