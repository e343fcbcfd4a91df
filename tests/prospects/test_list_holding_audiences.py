"""GET /prospects/{prospectId}/audiences: which audiences hold a person, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.prospects import join, make_busy, make_prospects
from support.service import data, error, make_tenant, problems

if TYPE_CHECKING:
    from houselist.postgres.db import Pool
    from support.service import Api, Service


async def test_it_names_who_holds_the_person_and_since_when(api: Api, pool: Pool) -> None:
    (person,) = await make_prospects(pool, api, {"name": "Avery Stone"})
    made = [await api.make_audience(name) for name in ("First", "Second", "Third")]
    for audience in made:
        data(
            await api.post(f"audiences/{audience['id']}/prospects", json={"prospectIds": [person]})
        )
    await api.make_audience("Without")
    await make_busy(pool, api, made[0]["id"])
    found = data(await api.get(f"prospects/{person}/audiences"))
    assert found["hasMore"] is False
    assert [(each["id"], each["name"]) for each in found["items"]] == [
        (audience["id"], audience["name"]) for audience in reversed(made)
    ]
    (listed,) = data(await api.get(f"audiences/{made[1]['id']}/prospects"))["items"]
    assert found["items"][1]["addedAt"] == listed["addedAt"]


@pytest.mark.parametrize("limit", [1, 2, 5])
async def test_pages_hold_each_once(api: Api, pool: Pool, limit: int) -> None:
    (person,) = await make_prospects(pool, api, {})
    made = [(await api.make_audience(str(number)))["id"] for number in range(5)]
    for audience in made:
        await join(pool, api, audience, person)
    found = await api.all_items(f"prospects/{person}/audiences", limit=limit)
    assert sorted(each["id"] for each in found) == sorted(made)


async def test_who_left_or_whose_audience_is_gone_is_not_told(api: Api, pool: Pool) -> None:
    (person,) = await make_prospects(pool, api, {})
    left, emptied, deleted = [(await api.make_audience(name))["id"] for name in "abc"]
    for audience in (left, emptied, deleted):
        data(await api.post(f"audiences/{audience}/prospects", json={"prospectIds": [person]}))
    data(await api.post(f"audiences/{left}/prospects/remove", json={"prospectIds": [person]}))
    data(await api.post(f"audiences/{emptied}/empty"))
    data(await api.delete(f"audiences/{deleted}"))
    assert data(await api.get(f"prospects/{person}/audiences"))["items"] == []
    # Somebody can join again the audience that was emptied.
    data(await api.post(f"audiences/{emptied}/prospects", json={"prospectIds": [person]}))
    (found,) = data(await api.get(f"prospects/{person}/audiences"))["items"]
    assert found["id"] == emptied


async def test_a_missing_merged_or_foreign_person_is_not_found(
    api: Api, stranger: Api, pool: Pool
) -> None:
    kept, gone = await make_prospects(pool, api, {}, {})
    path = f"prospects/{gone}/audiences"
    missing = error(await api.get(f"prospects/{'0' * 24}/audiences"), 404, "NOT_FOUND")
    assert error(await stranger.get(path), 404, "NOT_FOUND") == missing
    data(await api.post(f"prospects/{kept}/merge", json={"prospectIds": [gone]}))
    assert kept in error(await api.get(path), 404, "NOT_FOUND")["details"]


async def test_what_is_malformed_is_refused(api: Api) -> None:
    assert set(problems(await api.get("prospects/x/audiences?limit=0"))) == {"prospectId", "limit"}


async def test_it_needs_prospects_read(service: Service, pool: Pool) -> None:
    weak = await make_tenant(pool, permissions=["audiences:read", "prospects:write"])
    async with service.client(weak) as api:
        refused = await api.get(f"prospects/{'0' * 24}/audiences")
    assert "prospects:read" in error(refused, 403, "FORBIDDEN")["details"]
