"""GET /v1/accounts/{accountGroupId}/prospects: everybody, in the order in which they became known."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from support.prospects import A_MOMENT, join, make_prospects
from support.service import data

if TYPE_CHECKING:
    from houselist.postgres.db import Pool
    from support.service import Api


async def test_it_lists_everybody_once_in_the_order_they_became_known(api: Api, pool: Pool) -> None:
    hours = [3, 1, 2, 1, 0]
    people = [
        {"name": f"P{n}", "created_at": A_MOMENT + timedelta(hours=hour)}
        for n, hour in enumerate(hours)
    ]
    ids = await make_prospects(pool, api, *people)
    for name in ("One", "Two"):
        made = await api.make_audience(name)
        await join(pool, api, made["id"], *ids[:3])
    found = await api.all_items("prospects", limit=2)
    assert [person["name"] for person in found] == ["P4", "P1", "P3", "P2", "P0"]
    assert found[0]["addedAt"] == "2026-03-01T12:30:15.123Z"
    assert list(found[0]) == list(data(await api.get(f"prospects/{ids[4]}")))[:-1]
    turned = await api.all_items("prospects", limit=2, sort="-addedAt")
    assert turned == found[::-1]
    later = await api.all_items("prospects", addedAfter="2026-03-01T13:30:15.123Z", limit=1)
    assert [person["name"] for person in later] == ["P2", "P0"]
    between = {
        "addedAfter": "2026-03-01T13:30:15+01:00",
        "addedBefore": "2026-03-01T13:30:15.124Z",
    }
    found = await api.all_items("prospects", **between, sort="-addedAt")
    assert [person["name"] for person in found] == ["P3", "P1", "P4"]


async def test_people_too_large_for_one_response_come_on_more_pages(api: Api, pool: Pool) -> None:
    large = [{"name": f"P{n}", "attributes": f'{{"a": "{n:x<400000}"}}'} for n in range(50)]
    ids = await make_prospects(pool, api, *large, {"name": "small"})
    first = data(await api.get("prospects?limit=250&sort=-addedAt"))
    assert 30 < len(first["items"]) < 50
    assert first["hasMore"]
    found = await api.all_items("prospects", limit=250, sort="-addedAt")
    assert [person["id"] for person in found] == ids[::-1]
