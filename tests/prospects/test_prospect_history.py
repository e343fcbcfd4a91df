"""GET /v1/accounts/{accountGroupId}/prospects/{prospectId}/history: where each value came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.jobs import csv, members
from support.prospects import make_prospects
from support.service import data, error, make_tenant, problems

if TYPE_CHECKING:
    from houselist.postgres.db import Pool
    from support.service import Api, Service

HEADER = "publicIdentifier,linkedinUrl,email,headline,Team"
SALES = "https://www.linkedin.com/sales/lead/ACwAA" + "A" * 34
IN = "https://www.linkedin.com/in/"

pytestmark = pytest.mark.usefixtures("worker")


async def history(api: Api, prospect_id: str, limit: int = 250) -> list[Any]:
    return await api.all_items(f"prospects/{prospect_id}/history", limit=limit)


def told(items: list[Any]) -> list[tuple[Any, ...]]:
    """Field, value, and the row of a job, or whether a key did it."""
    assert all((item["keyId"] is None) or (item["jobId"] is item["row"] is None) for item in items)
    return [(item["field"], item["value"], item["row"] or item["keyId"]) for item in items]


def replayed(items: list[Any]) -> dict[str, str]:
    """What is known after everything in the list."""
    known = {item["field"]: item["value"] for item in reversed(items)}
    known.pop("merged", None)
    return {field: value for field, value in known.items() if value is not None}


async def known_of(api: Api, prospect_id: str) -> dict[str, str]:
    """What is known of a person, by field as the history names it."""
    person = data(await api.get(f"prospects/{prospect_id}"))
    for name in ("id", "addedAt", "audienceIds"):
        person.pop(name)
    flat = {f"company.{name}": value for name, value in person.pop("company").items()}
    flat |= {f"attributes.{name}": value for name, value in person.pop("attributes").items()}
    return {field: value for field, value in (person | flat).items() if value is not None}


async def test_each_value_is_told_with_its_job_and_row_or_key(api: Api) -> None:
    made = await api.import_file(
        csv(HEADER, "flo,,,,", "jo,,,CTO,red", "jo,,jo@b.example,,"), "One"
    )
    _, jo = (each["id"] for each in await members(api, made))
    updated = await api.import_file(
        csv("publicIdentifier,headline,Team,Event", "jo,CEO,blue,x"), "Two", onKnown="update"
    )
    data(await api.patch(f"prospects/{jo}", json={"headline": None, "company": {"name": "Acme"}}))
    # A row that says nothing new is in no history.
    await api.import_file(csv(HEADER, "jo,,other@b.example,CFO,"), "Three", onKnown="fill")
    items = await history(api, jo)
    key = api.tenant.key_id.hex()
    assert told(items) == [
        ("headline", "CFO", 1),
        ("headline", None, key),
        ("company.name", "Acme", key),
        ("headline", "CEO", 1),
        ("attributes.Event", "x", 1),
        ("attributes.Team", "blue", 1),
        ("email", "jo@b.example", 3),
        ("headline", "CTO", 2),
        ("linkedinUrl", IN + "jo", 2),
        ("publicIdentifier", "jo", 2),
        ("attributes.Team", "red", 2),
    ]
    jobs = [item["jobId"] for item in items]
    assert jobs[3:] == [updated["jobId"]] * 3 + [made["jobId"]] * 5
    assert [item["at"] for item in items] == sorted((i["at"] for i in items), reverse=True)
    assert items[-1]["at"] == data(await api.get(f"prospects/{jo}"))["addedAt"]
    assert replayed(items) == await known_of(api, jo)


@pytest.mark.parametrize("limit", [1, 2, 3, 5])
async def test_pages_of_any_size_tell_the_same(api: Api, limit: int) -> None:
    made = await api.import_file(csv(HEADER, f",{SALES},,CTO,red"), "One")
    (jo,) = (each["id"] for each in await members(api, made))
    for given in (
        {"linkedinUrl": IN + "jo", "title": "x"},
        {"publicIdentifier": "jo-doe"},
        {"publicIdentifier": None, "attributes": {"Team": None, "New": "1"}},
        {"linkedinUrl": None, "email": "jo@b.example"},
    ):
        data(await api.patch(f"prospects/{jo}", json=given))
    whole = await history(api, jo)
    assert [value for field, value, _ in told(whole) if field == "linkedinUrl"] == [
        None,
        SALES,
        IN + "jo-doe",
        IN + "jo",
        SALES,
    ]
    assert await history(api, jo, limit) == whole
    assert replayed(whole) == await known_of(api, jo)
    # What is changed between two pages moves nothing on the next.
    first = data(await api.get(f"prospects/{jo}/history", params={"limit": limit}))
    data(await api.patch(f"prospects/{jo}", json={"publicIdentifier": "later", "title": None}))
    params = {"limit": 250, "cursor": first["nextCursor"]}
    rest = data(await api.get(f"prospects/{jo}/history", params=params))
    assert first["items"] + rest["items"] == whole


async def test_a_merge_tells_who_is_gone_and_what_it_filled(api: Api, pool: Pool) -> None:
    one, two, three = await make_prospects(
        pool,
        api,
        {"public_identifier": "one", "headline": "CTO"},
        {"email": "two@b.example", "headline": "CEO", "attributes": '{"a": "b"}'},
        {"linkedin_id": "sales:ACwAA" + "A" * 34, "location": "Graz"},
    )
    data(await api.patch(f"prospects/{two}", json={"title": "VP"}))
    data(await api.post(f"prospects/{one}/merge", json={"prospectIds": [two, three]}))
    items = await history(api, one)
    key = api.tenant.key_id.hex()
    assert told(items) == [
        ("merged", three, key),
        ("location", "Graz", key),
        ("merged", two, key),
        ("title", "VP", key),
        ("email", "two@b.example", key),
        ("attributes.a", "b", key),
        ("headline", "CTO", None),
        ("linkedinUrl", IN + "one", None),
        ("publicIdentifier", "one", None),
    ]
    assert replayed(items) == await known_of(api, one)
    refusal = error(await api.get(f"prospects/{two}/history"), 404, "NOT_FOUND")
    assert one in refusal["details"]


async def test_two_proven_one_by_a_row_are_told_with_that_row(api: Api) -> None:
    first = await api.import_file(
        csv(HEADER, "x,,,,", "jo,,,CTO,", f",{SALES},jo@b.example,CEO,red"), "Two"
    )
    _, jo, gone = (each["id"] for each in await members(api, first))
    proof = await api.import_file(csv(HEADER, "x,,,,", f"jo,{SALES},,,"), "Proof")
    items = await history(api, jo)
    assert told(items)[:4] == [
        ("merged", gone, 2),
        ("email", "jo@b.example", 2),
        ("attributes.Team", "red", 2),
        ("headline", "CTO", 2),
    ]
    assert {item["jobId"] for item in items[:3]} == {proof["jobId"]}
    assert replayed(items) == await known_of(api, jo)


async def test_people_of_one_file_proven_one_are_told_too(api: Api) -> None:
    rows = ["jo,,,CTO,", f",{SALES},jo@b.example,CEO,red", f"jo,{SALES},,,", "jo,,,,"]
    job = await api.import_file(csv(HEADER, *rows), "File")
    (jo,) = (each["id"] for each in await members(api, job))
    items = await history(api, jo)
    assert told(items) == [
        (items[0]["field"], items[0]["value"], 3),
        ("email", "jo@b.example", 3),
        ("attributes.Team", "red", 3),
        ("headline", "CTO", 1),
        ("linkedinUrl", IN + "jo", 1),
        ("publicIdentifier", "jo", 1),
    ]
    assert items[0]["field"] == "merged"
    assert replayed(items) == await known_of(api, jo)


async def test_large_values_end_a_page_early(api: Api, pool: Pool) -> None:
    (one,) = await make_prospects(pool, api, {"email": "a@b.example"})
    for number in range(30):
        about = chr(ord("a") + number % 26) * 100_000
        given = {"about": about, "headline": about, "attributes": {"x": about, "y": about}}
        data(await api.patch(f"prospects/{one}", json=given))
    response = await api.get(f"prospects/{one}/history", params={"limit": 250})
    assert len(response.content) <= 16 << 20
    whole = await history(api, one)
    assert len(whole) == 30 * 4 + 1
    assert data(response)["hasMore"] == (len(data(response)["items"]) < len(whole))


async def test_a_cursor_of_another_list_or_altered_is_refused(api: Api, pool: Pool) -> None:
    one, two = await make_prospects(
        pool, api, *({"email": f"p{n}@b.example", "title": "x"} for n in range(2))
    )
    page = data(await api.get(f"prospects/{one}/history", params={"limit": 1}))
    assert page["hasMore"]
    params = {"cursor": page["nextCursor"]}
    foreign = await api.get(f"prospects/{two}/history", params=params)
    assert set(problems(foreign)) == {"cursor"}
    assert set(problems(await api.get(f"prospects/{one}/history?cursor=x"))) == {"cursor"}
    assert set(problems(await api.get(f"prospects/{one}/history?field=y"))) == {"field"}


async def test_a_stranger_sees_nothing(
    api: Api, stranger: Api, service: Service, pool: Pool
) -> None:
    (one,) = await make_prospects(pool, api, {"email": "jo@b.example"})
    error(await stranger.get(f"prospects/{one}/history"), 404, "NOT_FOUND")
    error(await api.get(f"prospects/{'0' * 24}/history"), 404, "NOT_FOUND")
    weak = await make_tenant(
        pool, permissions=["prospects:write"], groups=[api.tenant.account_group_id]
    )
    async with service.client(weak) as writer:
        refusal = error(await writer.get(f"prospects/{one}/history"), 403, "FORBIDDEN")
    assert "prospects:read" in refusal["details"]
