"""Jobs of an account group that is connected to People Data Labs, over HTTP from start to end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from fakes.people_data_labs.server import fake_people_data_labs
from fakes.people_data_labs.world import own_id
from fakes.unipile.world import by_id
from houselist.connections import store as connections
from houselist.connections.secrets import Sealer
from houselist.connections.shapes import Stored
from houselist.postgres import db
from support.jobs import members
from support.provided import KEY, SECRET, provided, used, wait_is_over, waits
from support.service import data, error

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fakes.people_data_labs.server import FakePeopleDataLabs
    from support.jobs import Place
    from support.service import Api

PEOPLE = "https://www.linkedin.com/search/results/people/?"
# Of 250 people, one in seven.
NURSES = f"{PEOPLE}title=nurse&network=%5B%22F%22%5D"
COUNT = 36


@pytest.fixture
async def pdl() -> AsyncIterator[FakePeopleDataLabs]:
    async with fake_people_data_labs() as fake:
        yield fake


@pytest.fixture
async def api(place: Place, idle: Api, pdl: FakePeopleDataLabs) -> Api:
    """A client whose account group is connected to it."""
    await connected(place, idle, pdl)
    return idle


async def connected(place: Place, api: Api, fake: FakePeopleDataLabs, **limits: int) -> None:
    group = bytes.fromhex(api.tenant.account_group_id)
    new = Stored(
        "people_data_labs",
        fake.url,
        f"key-{group.hex()}",
        "v5",
        Sealer(SECRET).seal(group, KEY),
        {"searchCredits": 1000, "lookUpCredits": 1000, **limits},
        None,
        "connected",
        None,
    )
    async with db.transaction(place.pool) as connection:
        await connections.save(connection, group, new, "")


async def searched(api: Api, url: str, **more: Any) -> Any:
    return await api.start(type="linkedin_search", searchUrl=url, audienceName="People", **more)


async def test_a_search_is_imported_page_by_page_and_says_what_it_left_out(
    place: Place, api: Api, pdl: FakePeopleDataLabs
) -> None:
    async with provided(place.dsn):
        job = await api.finished((await searched(api, NURSES))["jobId"])
    assert job["status"] == "completed"
    assert "cannot use the filter network (F)" in job["stages"]["import"]["details"]
    people = {person["providerId"]: person for person in await members(api, job)}
    assert people.keys() == {own_id(number) for number in range(2, 250, 7)}
    assert len(people) == COUNT
    assert people[own_id(2)]["publicIdentifier"] == "person-2"
    assert people[own_id(2)]["company"]["name"] == "Company 2"
    # Each was paid for once, and a look-up would have told no more.
    assert pdl.credits() == {"search": COUNT}
    assert pdl.stats.calls == {"search": 1}
    assert (await used(place.pool, api)).items() >= {("searchCredits", COUNT)}
    assert "search told all" in job["stages"]["enrichment"]["details"]


async def test_no_more_is_paid_for_than_is_wanted(
    place: Place, api: Api, pdl: FakePeopleDataLabs
) -> None:
    async with provided(place.dsn):
        job = await api.finished((await searched(api, NURSES, maxResults=5))["jobId"])
    assert len(await members(api, job)) == 5
    assert pdl.credits() == {"search": 5}


async def test_emails_are_looked_up_when_they_are_wanted(
    place: Place, api: Api, pdl: FakePeopleDataLabs
) -> None:
    async with provided(place.dsn):
        job = await api.finished(
            (await searched(api, NURSES, maxResults=10, searchEmails=True))["jobId"]
        )
    emails = [person["email"] for person in await members(api, job)]
    assert len(list(filter(None, emails))) > 5
    # The nurse without LinkedIn can't be asked for.
    assert pdl.credits() == {"search": 10, "enrich": 9}
    assert pdl.stats.calls["bulk"] == 1


async def test_profiles_are_looked_up_by_their_public_names_in_one_request(
    place: Place, api: Api, pdl: FakePeopleDataLabs
) -> None:
    token = by_id(9).value
    urls = [f"https://www.linkedin.com/in/{name}" for name in ("person-1", "nobody", token)]
    async with provided(place.dsn):
        started = await api.start(type="url_upload", urls=urls, audienceName="Profiles")
        job = await api.finished(started["jobId"])
    assert job["status"] == "completed"
    known, nobody, by_token = await members(api, job)
    assert (known["name"], known["title"]) == ("Björn Brandão1", "Chief Technology Officer")
    assert nobody["name"] is by_token["name"] is None
    rows = data(await api.get(f"prospecting/{job['jobId']}/rows"))["items"]
    reasons = [row["reason"] for row in rows]
    assert reasons[0] is None
    assert "does not know this person" in reasons[1]
    assert "public address of their profile" in reasons[2]
    assert pdl.stats.calls == {"bulk": 1}
    assert pdl.credits() == {"enrich": 1}


async def test_somebody_with_a_public_name_is_looked_up_by_it_though_the_id_is_known(
    place: Place, api: Api, pdl: FakePeopleDataLabs
) -> None:
    header = "linkedinUrl,publicIdentifier"
    row = f"https://www.linkedin.com/in/{by_id(4).value},person-4"
    async with provided(place.dsn):
        job = await api.import_file(f"{header}\n{row}\n", "Both", searchEmails=True)
    (person,) = await members(api, job)
    assert person["email"] == "person4@company.example"
    assert pdl.credits() == {"enrich": 1}


@pytest.mark.parametrize(
    "body",
    [
        {"type": "sales_navigator", "savedSearchId": "501"},
        {"type": "sales_navigator", "leadListId": "901"},
        {
            "type": "post_commenters",
            "postUrl": "https://www.linkedin.com/feed/update/urn:li:activity:7100000000000000001/",
        },
    ],
)
async def test_what_it_has_not_is_refused_at_the_start(api: Api, body: dict[str, Any]) -> None:
    refused = await api.post("prospecting", json={**body, "audienceName": "New"})
    details = error(refused, 409, "PROVIDER_NOT_CONNECTED")["details"]
    assert "People Data Labs has no" in details
    assert "houselist providers connect" in details


@pytest.mark.parametrize("path", ["saved-searches", "lead-lists"])
async def test_its_lists_are_said_not_to_be(api: Api, pdl: FakePeopleDataLabs, path: str) -> None:
    details = error(await api.get(f"sales-navigator/{path}"), 409, "PROVIDER_NOT_CONNECTED")
    assert "neither saved searches nor lead lists" in details["details"]
    assert "houselist providers connect" in details["details"]
    assert not pdl.stats.calls


async def test_a_search_for_everybody_ends_at_once_and_costs_nothing(
    place: Place, api: Api, pdl: FakePeopleDataLabs
) -> None:
    url = f"{PEOPLE}network=%5B%22F%22%5D"
    async with provided(place.dsn):
        job = await api.finished((await searched(api, url))["jobId"])
    assert job["error"]["code"] == "SOURCE_REFUSED"
    assert "everybody" in job["error"]["message"]
    assert "network (F)" in job["error"]["message"]
    assert not pdl.stats.calls


async def test_a_day_s_budget_of_credits_is_kept(
    place: Place, idle: Api, pdl: FakePeopleDataLabs
) -> None:
    await connected(place, idle, pdl, searchCredits=20)
    async with provided(place.dsn):
        started = await searched(idle, NURSES)
        job = await waits(place.pool, idle, started)
    assert "20 credits for searches" in job["stages"]["import"]["details"]
    assert pdl.credits() == {"search": 20}
    assert (await used(place.pool, idle))["searchCredits"] == 20


async def test_a_plan_without_credits_makes_the_job_wait_until_there_are_some(
    place: Place, api: Api, pdl: FakePeopleDataLabs
) -> None:
    pdl.records.credits = 0
    async with provided(place.dsn):
        started = await searched(api, NURSES)
        job = await waits(place.pool, api, started)
        assert "All credits of the plan" in job["stages"]["import"]["details"]
        assert (await used(place.pool, api)).get("searchCredits", 0) == 0
        pdl.records.credits = 100
        await wait_is_over(place.pool, started)
        job = await api.finished(started["jobId"])
    assert len(await members(api, job)) == COUNT


async def test_trouble_on_the_way_is_got_over_and_nobody_is_paid_for_twice_or_lost(
    place: Place, api: Api, pdl: FakePeopleDataLabs
) -> None:
    pdl.control.next("500", "429-reset", "fine", "503", "drop", kind="search")
    pdl.control.retry_after = 0
    everybody = quote('"computer software" OR "retail"')
    async with provided(place.dsn):
        job = await api.finished((await searched(api, f"{PEOPLE}keywords={everybody}"))["jobId"])
    people = await members(api, job)
    expected = {own_id(number) for number in range(250) if number % 3 != 1}
    assert {person["providerId"] for person in people} == expected
    assert len(people) == len(expected)
