"""POST /v1/accounts/{accountGroupId}/audiences/{audienceId}/prospects/remove."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.members import assert_replays, changes, ids
from support.prospects import assert_guarded, make_busy, make_prospects
from support.service import data, error, make_tenant, problems

if TYPE_CHECKING:
    from houselist.postgres.db import Pool
    from support.service import Api, Service

NOBODY = "0" * 24


async def remove(api: Api, audience: Any, body: Any) -> Any:
    return await api.post(f"audiences/{audience}/prospects/remove", json=body)


async def filled(api: Api, pool: Pool, count: int, name: str = "CTOs") -> tuple[str, list[str]]:
    audience = (await api.make_audience(name))["id"]
    people = await make_prospects(pool, api, *({"name": str(n)} for n in range(count)))
    data(await api.post(f"audiences/{audience}/prospects", json={"prospectIds": people}))
    return audience, people


async def test_members_leave_and_stay_prospects(api: Api, pool: Pool) -> None:
    audience, people = await filled(api, pool, 5)
    told = data(
        await remove(api, audience, {"prospectIds": [people[3], NOBODY, people[1], people[3]]})
    )
    assert told == {"removed": 2, "notMember": 2}
    assert await ids(api, audience) == [people[0], people[2], people[4]]
    assert data(await api.get(f"prospects/{people[1]}"))["audienceIds"] == []
    await assert_replays(api, audience)
    # They leave in the order in which they had joined.
    found, cursor = await changes(api, audience)
    assert [each["prospectId"] for each in found[-2:]] == [people[1], people[3]]
    data(await api.post(f"audiences/{audience}/prospects", json={"prospectIds": people}))
    assert await ids(api, audience) == [people[0], people[2], people[4], people[1], people[3]]
    since, _ = await changes(api, audience, cursor)
    assert [(each["prospectId"], each["change"]) for each in since] == [
        (people[1], "joined"),
        (people[3], "joined"),
    ]


async def test_a_stranger_is_refused(api: Api, service: Service, pool: Pool) -> None:
    audience, people = await filled(api, pool, 1)
    other = service.client(await make_tenant(pool))
    error(await remove(other, audience, {"prospectIds": people}), 404, "NOT_FOUND")
    theirs, _ = await filled(other, pool, 1, "Theirs")
    assert data(await remove(other, theirs, {"prospectIds": people}))["notMember"] == 1
    assert await ids(api, audience) == people


@pytest.mark.parametrize(
    "body", [{}, {"prospectIds": []}, {"prospectIds": [NOBODY] * 10_001}, {"prospectIds": "x"}]
)
async def test_what_is_malformed_is_refused(api: Api, body: Any) -> None:
    audience = (await api.make_audience())["id"]
    told = await remove(api, audience, body)
    assert "prospectIds" in problems(told)


async def test_one_that_a_job_fills_is_guarded(api: Api, pool: Pool) -> None:
    audience, people = await filled(api, pool, 1)
    job = await make_busy(pool, api, audience)
    assert_guarded(await remove(api, audience, {"prospectIds": people}), job)
