"""POST /v1/accounts/{accountGroupId}/audiences/{audienceId}/prospects."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from support.jobs import csv
from support.members import assert_replays, changes, ids
from support.prospects import assert_guarded, make_busy, make_prospects
from support.service import data, error, make_tenant, problems

if TYPE_CHECKING:
    from houselist.postgres.db import Pool
    from support.service import Api, Service

NOBODY = "0" * 24


async def add(api: Api, audience: Any, body: Any, **headers: str) -> Any:
    return await api.post(f"audiences/{audience}/prospects", json=body, headers=headers)


async def added(api: Api, audience: Any, **body: Any) -> Any:
    return data(await add(api, audience, body))


async def test_prospects_join_the_end_in_the_order_of_the_list(api: Api, pool: Pool) -> None:
    audience = (await api.make_audience())["id"]
    one, two, three = await make_prospects(pool, api, {"name": "1"}, {"name": "2"}, {"name": "3"})
    assert await added(api, audience, prospectIds=[two]) == {
        "added": 1,
        "alreadyMember": 0,
        "invalid": [],
    }
    told = await added(api, audience, prospectIds=[three, NOBODY, two, one, three])
    assert (told["added"], told["alreadyMember"]) == (2, 2)
    assert [each["index"] for each in told["invalid"]] == [1]
    assert await ids(api, audience) == [two, three, one]
    await assert_replays(api, audience)
    found, _ = await changes(api, audience)
    assert {each["jobId"] for each in found} == {None}


async def test_few_join_an_audience_of_many(api: Api, pool: Pool) -> None:
    """Each of them is looked up there, where otherwise all who are there are gone through."""
    audience = (await api.make_audience())["id"]
    members = await make_prospects(pool, api, *({"name": str(n)} for n in range(20)))
    (other,) = await make_prospects(pool, api, {"name": "Other"})
    assert (await added(api, audience, prospectIds=members))["added"] == len(members)
    told = await added(api, audience, prospectIds=[members[7], other])
    assert told == {"added": 1, "alreadyMember": 1, "invalid": []}
    told = await added(api, audience, prospectIds=[other, *members])
    assert told == {"added": 0, "alreadyMember": 21, "invalid": []}
    assert await ids(api, audience) == [*members, other]
    await assert_replays(api, audience)


async def test_people_are_matched_as_rows_of_a_file_are(api: Api, pool: Pool) -> None:
    audience = (await api.make_audience())["id"]
    (known,) = await make_prospects(pool, api, {"email": "jo@a.example", "title": "CTO"})
    told = await added(
        api,
        audience,
        prospects=[
            {"email": "Jo@A.example", "title": "CEO", "location": "Graz"},
            {"linkedinUrl": "linkedin.com/in/Ann", "firstName": " Ann ", "lastName": "Lee"},
            {"publicIdentifier": "ann", "company": {"name": "Acme"}, "attributes": {"Team": "red"}},
            {"name": "Nobody"},
            {"email": "jo@", "firstName": "Jo"},
        ],
    )
    assert (told["added"], told["alreadyMember"]) == (2, 1)
    assert [each["index"] for each in told["invalid"]] == [3, 4]
    assert "e-mail" in told["invalid"][0]["reason"]
    jo, ann = await api.all_items(f"audiences/{audience}/prospects")
    assert (jo["id"], jo["title"], jo["location"]) == (known, "CTO", "Graz")
    assert (ann["name"], ann["company"]["name"], ann["attributes"]) == (
        "Ann Lee",
        "Acme",
        {"Team": "red"},
    )
    await assert_replays(api, audience)


@pytest.mark.usefixtures("worker")
async def test_one_who_proves_that_two_are_one_merges_them(api: Api) -> None:
    sales = "https://www.linkedin.com/sales/lead/ACwAA" + "b" * 34
    job = await api.import_file(csv("linkedinUrl", "linkedin.com/in/jo", sales), "Both")
    jo, other = await ids(api, job["audienceId"])
    audience = (await api.make_audience("New"))["id"]
    told = await added(
        api, audience, prospects=[{"publicIdentifier": "jo", "linkedinUrl": sales}, {"name": "x"}]
    )
    assert (told["added"], len(told["invalid"])) == (1, 1)
    assert await ids(api, audience) == await ids(api, job["audienceId"]) == [jo]
    # An id that was merged leads on to who stayed.
    assert await added(api, audience, prospectIds=[other]) == {
        "added": 0,
        "alreadyMember": 1,
        "invalid": [],
    }
    for each in (audience, job["audienceId"]):
        await assert_replays(api, each)


async def test_a_stranger_is_refused(api: Api, service: Service, pool: Pool) -> None:
    audience = (await api.make_audience())["id"]
    other = service.client(await make_tenant(pool))
    (theirs,) = await make_prospects(pool, other, {"name": "Theirs"})
    error(await add(other, audience, {"prospectIds": [theirs]}), 404, "NOT_FOUND")
    told = await added(api, audience, prospectIds=[theirs])
    assert told["invalid"] == [{"index": 0, "reason": "is no prospect of the account group"}]
    reader = service.client(await make_tenant(pool, permissions=["audiences:write"]))
    error(await add(reader, NOBODY, {"prospectIds": [theirs]}), 403, "FORBIDDEN")


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "prospectIds"),
        ({"prospectIds": [NOBODY], "prospects": [{"email": "a@b.example"}]}, "prospectIds"),
        ({"prospectIds": []}, "prospectIds"),
        ({"prospects": []}, "prospects"),
        ({"prospectIds": [NOBODY] * 10_001}, "prospectIds"),
        ({"prospects": [{"email": "a@b.example"}] * 10_001}, "prospects"),
        ({"prospectIds": ["x"]}, "prospectIds[0]"),
        ({"prospects": [{"email": 5}]}, "prospects[0].email"),
        ({"prospects": [{"mail": "a@b.example"}]}, "prospects[0]"),
        ({"prospects": [{"company": {"name": 1}}]}, "prospects[0].company.name"),
    ],
)
async def test_what_is_malformed_is_refused(api: Api, body: Any, path: str) -> None:
    audience = (await api.make_audience())["id"]
    told = await add(api, audience, body)
    assert path in problems(told)


async def test_what_no_text_can_hold_is_told_of_the_one_person(api: Api) -> None:
    audience = (await api.make_audience())["id"]
    told = await added(
        api,
        audience,
        prospects=[
            {"email": "a@b.example", "name": "a\x00b"},
            {"email": "a@b.example", "attributes": {"a\nb\x07": "c"}},
            {"email": "a@b.example", "about": "x" * 100_001},
            {"email": "a@b.example", "attributes": {str(n): "c" for n in range(501)}},
            {"email": "a@b.example", "name": "line\nbreak"},
        ],
    )
    assert [each["index"] for each in told["invalid"]] == [0, 1, 2, 3]
    assert told["added"] == 1


async def test_one_that_a_job_fills_is_guarded(api: Api, pool: Pool) -> None:
    audience = (await api.make_audience())["id"]
    job = await make_busy(pool, api, audience)
    assert_guarded(await add(api, audience, {"prospectIds": [NOBODY]}), job)


async def test_again_with_its_key_changes_nothing_and_at_once_adds_once(
    api: Api, pool: Pool
) -> None:
    audience = (await api.make_audience())["id"]
    people = await make_prospects(pool, api, *({"name": str(n)} for n in range(20)))
    key = {"Idempotency-Key": "one"}
    first = await add(api, audience, {"prospectIds": people[:5]}, **key)
    again = await add(api, audience, {"prospectIds": people[:5]}, **key)
    assert data(again) == data(first)
    assert again.headers["idempotent-replayed"] == "true"
    new = [{"email": f"{n}@b.example"} for n in range(10)]
    told = await asyncio.gather(
        *(added(api, audience, prospectIds=people) for _ in range(4)),
        *(added(api, audience, prospects=new) for _ in range(4)),
    )
    assert sum(each["added"] for each in told) == 25
    assert len(await ids(api, audience)) == 30
    await assert_replays(api, audience)


async def test_ten_thousand_in_one_call(api: Api, pool: Pool) -> None:
    audience = (await api.make_audience())["id"]
    told = await added(
        api, audience, prospects=[{"email": f"p{n}@b.example"} for n in range(10_000)]
    )
    assert told == {"added": 10_000, "alreadyMember": 0, "invalid": []}
    rows = await pool.fetch(
        "SELECT id FROM prospects WHERE account_group_id = $1",
        bytes.fromhex(api.tenant.account_group_id),
    )
    other = (await api.make_audience("Other"))["id"]
    told = await added(api, other, prospectIds=[row["id"].hex() for row in rows])
    assert told["added"] == 10_000
    left = data(
        await api.post(
            f"audiences/{other}/prospects/remove",
            json={"prospectIds": [row["id"].hex() for row in rows]},
        )
    )
    assert left == {"removed": 10_000, "notMember": 0}


async def test_two_of_one_call_who_turn_out_to_be_one(api: Api) -> None:
    """However far apart in the list they are."""
    audience = (await api.make_audience())["id"]
    sales = "https://www.linkedin.com/sales/lead/ACwAA" + "c" * 34
    others = [{"email": f"o{n}@b.example"} for n in range(600)]
    jo, by_id = {"publicIdentifier": "jo", "title": "CTO"}, {"linkedinUrl": sales, "about": "A"}
    both = {"publicIdentifier": "jo", "linkedinUrl": sales, "location": "Graz"}
    told = await added(api, audience, prospects=[jo, *others[:300], by_id, *others[300:], both])
    assert (told["added"], told["alreadyMember"], told["invalid"]) == (602, 1, [])
    found = await api.all_items(f"audiences/{audience}/prospects", limit=250)
    assert len(found) == 601
    assert (found[0]["title"], found[0]["about"], found[0]["location"]) == ("CTO", "A", "Graz")
    await assert_replays(api, audience)
