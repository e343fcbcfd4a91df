"""GET /v1/accounts/{accountGroupId}/prospects/{prospectId}: one person, and who holds the person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.prospects import join, make_busy, make_prospects
from support.service import data, error, make_tenant, problems

if TYPE_CHECKING:
    from houselist.postgres.db import Pool
    from support.service import Api, Service


async def test_it_is_the_listed_person_with_its_audiences(api: Api, pool: Pool) -> None:
    one, two = await api.make_audience("1"), await api.make_audience("2")
    await api.make_audience("3")
    (person,) = await make_prospects(pool, api, {"first_name": "Avery", "attributes": '{"a": "b"}'})
    for made in (two, one):
        await join(pool, api, made["id"], person)
    found = data(await api.get(f"prospects/{person}"))
    assert found.pop("audienceIds") == [one["id"], two["id"]]
    (listed,) = data(await api.get(f"audiences/{one['id']}/prospects"))["items"]
    assert found == listed


async def test_one_that_no_audience_holds_is_still_known(api: Api, pool: Pool) -> None:
    (person,) = await make_prospects(pool, api, {})
    found = data(await api.get(f"prospects/{person}"))
    assert found["audienceIds"] == []
    assert found["addedAt"] == "2026-03-01T12:30:15.123Z"


async def test_a_deleted_audience_is_not_named(api: Api, pool: Pool) -> None:
    made = await api.make_audience()
    (person,) = await make_prospects(pool, api, {})
    await join(pool, api, made["id"], person)
    data(await api.delete(f"audiences/{made['id']}"))
    assert data(await api.get(f"prospects/{person}"))["audienceIds"] == []


async def test_a_job_that_fills_an_audience_does_not_hide_its_people(api: Api, pool: Pool) -> None:
    made = await api.make_audience()
    (person,) = await make_prospects(pool, api, {})
    await join(pool, api, made["id"], person)
    await make_busy(pool, api, made["id"])
    data(await api.get(f"prospects/{person}"))


async def test_a_missing_or_foreign_person_is_not_found(
    api: Api, stranger: Api, pool: Pool
) -> None:
    (person,) = await make_prospects(pool, api, {})
    missing = error(await api.get(f"prospects/{'0' * 24}"), 404, "NOT_FOUND")
    assert error(await stranger.get(f"prospects/{person}"), 404, "NOT_FOUND") == missing
    error(await stranger.get(f"{api.base_url}prospects/{person}"), 404, "NOT_FOUND")
    assert set(problems(await api.get("prospects/x?full=1"))) == {"prospectId", "full"}


async def test_it_needs_prospects_read(service: Service, pool: Pool) -> None:
    weak = await make_tenant(pool, permissions=["audiences:read", "prospects:write"])
    async with service.client(weak) as api:
        refused = await api.get(f"prospects/{'0' * 24}")
    assert "prospects:read" in error(refused, 403, "FORBIDDEN")["details"]
