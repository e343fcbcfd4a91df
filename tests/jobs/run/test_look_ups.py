"""The enrichment stage: who is looked up, what is filled, what it costs, what becomes of nobody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from support.jobs import csv, members
from support.provided import connect, provided, used, wait_is_over, waits
from support.service import data

if TYPE_CHECKING:
    from fakes.unipile.server import FakeUnipile
    from support.jobs import Place
    from support.service import Api


def urls(*slugs: str) -> list[str]:
    return [f"https://www.linkedin.com/in/{slug}" for slug in slugs]


async def uploaded(api: Api, given: list[str], **more: Any) -> Any:
    job = await api.start(type="url_upload", urls=given, audienceName="Known", **more)
    return await api.finished(job["jobId"])


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_uploaded_urls_are_filled(
    idle: Api, place: Place, fake: FakeUnipile, version: str
) -> None:
    await connect(place.pool, idle, fake, version=version)
    async with provided(place.dsn):
        job = await uploaded(idle, urls("person-0", "person-1", "nobody-x"), searchEmails=True)
    assert job["status"] == "completed", job
    assert job["stages"]["enrichment"]["details"] == "2 looked up, 1 not found."
    known, other, unknown = await members(idle, job)
    assert all(known[field] for field in ("headline", "about", "title", "photoUrl"))
    assert known["company"]["name"]
    assert known["email"] == "person0@example.com"
    # The provider knows no address of this one.
    assert other["email"] is None
    assert unknown["headline"] is None
    rows = data(await idle.get(f"prospecting/{job['jobId']}/rows"))["items"]
    assert [row["outcome"] for row in rows] == ["added"] * 3
    assert "not find" in rows[2]["reason"]


async def test_what_is_known_is_never_blanked_nor_changed(
    idle: Api, place: Place, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake)
    file = csv("LinkedIn URL,headline", "https://www.linkedin.com/in/person-0,Chief of everything")
    async with provided(place.dsn):
        await idle.import_file(file, "File")
        job = await uploaded(idle, urls("person-0"))
    (person,) = await members(idle, job)
    assert person["headline"] == "Chief of everything"
    assert person["about"]


async def test_addresses_are_not_sought_unless_asked_for(
    idle: Api, place: Place, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake)
    async with provided(place.dsn):
        job = await uploaded(idle, urls("person-0"))
    (person,) = await members(idle, job)
    assert person["email"] is None


async def test_files_are_taken_as_they_are_unless_addresses_are_sought(
    idle: Api, place: Place, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake)
    file = csv("LinkedIn URL", *urls("person-0", "person-2"))
    async with provided(place.dsn):
        plain = await idle.import_file(file, "Plain")
        assert fake.stats.calls["profile"] == 0
        assert "searchEmails" in plain["stages"]["enrichment"]["details"]
        sought = await idle.import_file(file, "Sought", searchEmails=True)
    people = await members(idle, sought)
    assert [person["email"] for person in people] == ["person0@example.com", "person2@example.com"]


async def test_a_day_without_budget_makes_it_wait_and_the_next_goes_on(
    idle: Api, place: Place, fake: FakeUnipile
) -> None:
    account = await connect(place.pool, idle, fake, limits={"profiles": 2})
    async with provided(place.dsn):
        job = await idle.start(
            type="url_upload", urls=urls(*(f"person-{n}" for n in range(5))), audienceName="Known"
        )
        for done in (2, 4):
            now = await waits(place.pool, idle, job)
            assert now["status"] == "running"
            assert f"{done} looked up" in now["stages"]["enrichment"]["details"]
            assert "2 profiles" in now["stages"]["enrichment"]["details"]
            tomorrow = (datetime.now(UTC) + timedelta(days=1)).date()
            assert f"{tomorrow} 00:00 UTC" in now["stages"]["enrichment"]["details"]
            assert await used(place.pool, idle) == {"profiles": 2}
            assert fake.stats.calls["profile"] == done
            # Tomorrow.
            await place.pool.execute(
                "DELETE FROM provider_budgets WHERE account_group_id = $1",
                bytes.fromhex(idle.tenant.account_group_id),
            )
            await wait_is_over(place.pool, job)
        assert (await idle.finished(job["jobId"]))["status"] == "completed"
    assert fake.stats.served[account][fake.control.today()]["profiles"] == 5


async def test_two_slugs_of_one_person_stay_two_and_nobody_is_overwritten(
    idle: Api, place: Place, fake: FakeUnipile
) -> None:
    """What a look-up finds never takes an identity that somebody else has."""
    await connect(place.pool, idle, fake)
    file = csv("LinkedIn URL,providerId", "https://www.linkedin.com/in/old-slug,p-1")
    async with provided(place.dsn):
        await idle.import_file(file, "File")
        job = await uploaded(idle, urls("person-3", "old-slug"))
    people = {person["publicIdentifier"]: person for person in await members(idle, job)}
    assert people["person-3"]["about"]
    assert people["old-slug"]["providerId"] == "p-1"
    assert people["old-slug"]["about"] is None


async def test_a_file_needs_no_provider_though_its_account_is_out_of_order(
    idle: Api, place: Place, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake)
    file = csv("LinkedIn URL", *urls("person-0"))
    async with provided(place.dsn, SECRET_KEY="another-secret-than-it-was-sealed-with"):
        plain = await idle.import_file(file, "Plain")
        assert plain["status"] == "completed"
        job = await idle.start(type="url_upload", urls=urls("person-0"), audienceName="Known")
        now = await waits(place.pool, idle, job)
    assert "HOUSELIST_SECRET_KEY" in now["stages"]["enrichment"]["details"]
