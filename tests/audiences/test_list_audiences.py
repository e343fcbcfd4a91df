"""GET /v1/accounts/{accountGroupId}/audiences: the ready ones, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.prospects import make_busy, make_ready
from support.service import data, error, make_tenant, problems

if TYPE_CHECKING:
    from houselist.postgres.db import Pool
    from support.service import Api, Service


async def names(api: Api, query: str = "") -> list[str]:
    return [item["name"] for item in data(await api.get(f"audiences{query}"))["items"]]


async def test_an_empty_group_has_an_empty_page(api: Api) -> None:
    assert data(await api.get("audiences")) == {"items": [], "nextCursor": None, "hasMore": False}


async def test_newest_come_first_with_the_same_facts_as_one_alone(api: Api) -> None:
    made: list[Any] = [await api.make_audience(name) for name in ("one", "two", "three")]
    found = data(await api.get("audiences"))
    assert found["items"] == made[::-1]
    assert found["items"][0] == data(await api.get(f"audiences/{made[2]['id']}"))


async def test_equal_times_are_told_apart_by_id(api: Api, pool: Pool) -> None:
    made = [await api.make_audience(f"a{number}") for number in range(5)]
    group = bytes.fromhex(api.tenant.account_group_id)
    await pool.execute(
        "UPDATE audiences SET created_at = '2026-01-01T00:00:00Z' WHERE account_group_id = $1",
        group,
    )
    seen: list[str] = []
    cursor = ""
    for _ in range(5):
        page = data(await api.get(f"audiences?limit=1{cursor}"))
        seen += [item["id"] for item in page["items"]]
        cursor = f"&cursor={page['nextCursor']}"
    assert seen == sorted((item["id"] for item in made), reverse=True)
    assert page["hasMore"] is False


async def test_one_that_a_job_fills_is_hidden_until_it_is_done(api: Api, pool: Pool) -> None:
    busy = await api.make_audience("busy")
    await api.make_audience("ready")
    await make_busy(pool, api, busy["id"])
    assert await names(api) == ["ready"]
    await make_ready(pool, api, busy["id"])
    assert await names(api) == ["ready", "busy"]


async def test_a_deleted_one_is_gone(api: Api) -> None:
    made = await api.make_audience()
    await api.delete(f"audiences/{made['id']}")
    assert await names(api) == []


async def test_other_groups_stay_apart(api: Api, stranger: Api) -> None:
    await api.make_audience("mine")
    assert await names(stranger) == []
    error(await stranger.get(f"{api.base_url}audiences"), 404, "NOT_FOUND")


@pytest.mark.parametrize(
    "limit", ["0", "251", "-1", "", "x", "1.5", "9" * 40, "true", "%00", "%ff"]
)
async def test_a_limit_out_of_bounds_is_refused(api: Api, limit: str) -> None:
    assert set(problems(await api.get(f"audiences?limit={limit}"))) == {"limit"}


async def test_every_wrong_parameter_is_named_at_once(api: Api) -> None:
    found = problems(await api.get("audiences?limit=0&cursor=&sort=name&limit=3"))
    assert set(found) == {"limit", "cursor", "sort"}


async def test_it_needs_audiences_read(service: Service, pool: Pool) -> None:
    writer = await make_tenant(pool, permissions=["audiences:write", "prospects:read"])
    async with service.client(writer) as api:
        refusal = error(await api.get("audiences"), 403, "FORBIDDEN")
    assert "audiences:read" in refusal["details"]
