"""GET /v1/accounts/{accountGroupId}/audiences/{audienceId}/prospects: in the order they joined."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.prospects import assert_guarded, join, leave, make_busy, make_prospects, make_ready
from support.service import data, error, make_tenant, problems

if TYPE_CHECKING:
    from houselist.postgres.db import Pool
    from support.service import Api, Service

EVERYTHING = {
    "public_identifier": "avery-stone",
    "provider_id": "S000148",
    "email": "avery@stone.example",
    "first_name": "Avery",
    "last_name": "Stone",
    "name": "Avery Stone",
    "headline": "CTO, Ärger & Söhne",
    "about": "Line\nbreak",
    "title": "CTO",
    "location": "Köln",
    "photo_url": "https://x.example/a.png",
    "company_name": "Ärger & Söhne",
    "company_linkedin_identifier": "aerger",
    "company_linkedin_url": "https://www.linkedin.com/company/aerger",
    "company_industry": "Tools",
    "company_website": "https://aerger.example",
    "attributes": '{"Party": "\\u00dc", "n": "1"}',
}


async def ids(api: Api, audience_id: str, query: str = "") -> list[str]:
    page = data(await api.get(f"audiences/{audience_id}/prospects{query}"))
    return [item["id"] for item in page["items"]]


async def test_an_empty_audience_has_an_empty_page(api: Api) -> None:
    made = await api.make_audience()
    page = data(await api.get(f"audiences/{made['id']}/prospects"))
    assert page == {"items": [], "nextCursor": None, "hasMore": False}


async def test_it_tells_all_that_is_known_of_a_person(api: Api, pool: Pool) -> None:
    made = await api.make_audience()
    (person,) = await make_prospects(pool, api, EVERYTHING)
    await join(pool, api, made["id"], person)
    (found,) = data(await api.get(f"audiences/{made['id']}/prospects"))["items"]
    assert list(found.items()) == list(
        {
            "id": person,
            "firstName": "Avery",
            "lastName": "Stone",
            "name": "Avery Stone",
            "headline": "CTO, Ärger & Söhne",
            "about": "Line\nbreak",
            "title": "CTO",
            "location": "Köln",
            "email": "avery@stone.example",
            "photoUrl": "https://x.example/a.png",
            "linkedinUrl": "https://www.linkedin.com/in/avery-stone",
            "publicIdentifier": "avery-stone",
            "providerId": "S000148",
            "company": {
                "name": "Ärger & Söhne",
                "linkedinIdentifier": "aerger",
                "linkedinUrl": "https://www.linkedin.com/company/aerger",
                "industry": "Tools",
                "website": "https://aerger.example",
            },
            "attributes": {"Party": "Ü", "n": "1"},
            "addedAt": "2026-03-01T12:30:15.123Z",
        }.items()
    )


async def test_what_is_not_known_is_null(api: Api, pool: Pool) -> None:
    made = await api.make_audience()
    await join(pool, api, made["id"], *await make_prospects(pool, api, {}))
    (found,) = data(await api.get(f"audiences/{made['id']}/prospects"))["items"]
    known = {name: value for name, value in found.items() if value is not None}
    assert set(known) == {"id", "company", "attributes", "addedAt"}
    assert known["attributes"] == {}
    assert set(known["company"].values()) == {None}


@pytest.mark.parametrize(
    ("columns", "url"),
    [
        ({"public_identifier": "jürgen-ß"}, "https://www.linkedin.com/in/j%C3%BCrgen-%C3%9F"),
        ({"linkedin_id": "id:ACoAAB"}, "https://www.linkedin.com/in/ACoAAB"),
        (
            {"public_identifier": "x-y", "linkedin_id": "id:ACoAAB"},
            "https://www.linkedin.com/in/x-y",
        ),
    ],
)
async def test_the_profile_url_is_the_canonical_one(
    api: Api, pool: Pool, columns: dict[str, str], url: str
) -> None:
    made = await api.make_audience()
    await join(pool, api, made["id"], *await make_prospects(pool, api, columns))
    (found,) = data(await api.get(f"audiences/{made['id']}/prospects"))["items"]
    assert found["linkedinUrl"] == url


async def test_they_come_in_the_order_they_joined(api: Api, pool: Pool) -> None:
    made = await api.make_audience()
    people = await make_prospects(pool, api, *[{}] * 5)
    joined = [people[index] for index in (3, 1, 4, 0, 2)]
    await join(pool, api, made["id"], *joined)
    assert await ids(api, made["id"]) == joined
    assert await ids(api, made["id"], "?limit=2") == joined[:2]


async def test_stayers_come_exactly_once_while_others_come_and_go(api: Api, pool: Pool) -> None:
    made = await api.make_audience()
    people = await make_prospects(pool, api, *[{}] * 20)
    await join(pool, api, made["id"], *people[:15])
    seen, cursor, round_ = [], "", 0
    while True:
        page = data(await api.get(f"audiences/{made['id']}/prospects?limit=4{cursor}"))
        seen += [item["id"] for item in page["items"]]
        if not page["hasMore"]:
            break
        await leave(pool, api, made["id"], people[round_])  # one that was seen
        await leave(pool, api, made["id"], people[14 - round_])  # one that was not, or just so
        await join(pool, api, made["id"], people[15 + round_])
        round_ += 1
        cursor = f"&cursor={page['nextCursor']}"
    assert page["nextCursor"] is None
    assert len(seen) == len(set(seen))
    assert set(people[round_ : 15 - round_]) <= set(seen)


async def test_a_cursor_is_of_one_audience(api: Api, pool: Pool) -> None:
    one, two = await api.make_audience("1"), await api.make_audience("2")
    people = await make_prospects(pool, api, {}, {})
    for made in (one, two):
        await join(pool, api, made["id"], *people)
    cursor = data(await api.get(f"audiences/{one['id']}/prospects?limit=1"))["nextCursor"]
    assert await ids(api, one["id"], f"?cursor={cursor}") == people[1:]
    assert set(problems(await api.get(f"audiences/{two['id']}/prospects?cursor={cursor}"))) == {
        "cursor"
    }
    assert set(problems(await api.get(f"audiences?cursor={cursor}"))) == {"cursor"}


async def test_while_a_job_fills_it_it_is_guarded(api: Api, pool: Pool) -> None:
    empty, full = await api.make_audience("1"), await api.make_audience("2")
    await join(pool, api, full["id"], *await make_prospects(pool, api, {}))
    for made in (empty, full):
        job_id = await make_busy(pool, api, made["id"])
        assert_guarded(await api.get(f"audiences/{made['id']}/prospects"), job_id)
        await make_ready(pool, api, made["id"])
        data(await api.get(f"audiences/{made['id']}/prospects"))


async def test_a_missing_or_foreign_audience_is_not_found(
    api: Api, stranger: Api, pool: Pool
) -> None:
    made = await api.make_audience()
    await make_busy(pool, api, made["id"])
    error(await api.get(f"audiences/{'0' * 24}/prospects"), 404, "NOT_FOUND")
    error(await stranger.get(f"audiences/{made['id']}/prospects"), 404, "NOT_FOUND")
    error(await stranger.get(f"{api.base_url}audiences/{made['id']}/prospects"), 404, "NOT_FOUND")
    found = problems(await api.get("audiences/x/prospects?limit=x&page=2"))
    assert set(found) == {"audienceId", "limit", "page"}


async def test_it_needs_prospects_read(service: Service, pool: Pool, api: Api) -> None:
    made = await api.make_audience()
    reader = await make_tenant(
        pool,
        permissions=["audiences:read", "prospects:write"],
        groups=[api.tenant.account_group_id],
    )
    async with service.client(reader) as weak:
        refused = await weak.get(f"audiences/{made['id']}/prospects")
    assert "prospects:read" in error(refused, 403, "FORBIDDEN")["details"]
