"""POST /v1/accounts/{accountGroupId}/audiences/{audienceId}/empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.jobs import csv
from support.members import assert_replays, changes, ids, replay
from support.prospects import assert_guarded, make_busy, make_prospects
from support.service import data, error, make_tenant

if TYPE_CHECKING:
    from houselist.postgres.db import Pool
    from support.service import Api, Service

FILE = csv("email", *(f"p{n}@b.example" for n in range(30)))


async def test_everybody_leaves_in_order_and_stays_a_prospect(api: Api, pool: Pool) -> None:
    audience = (await api.make_audience())["id"]
    people = await make_prospects(pool, api, *({"name": str(n)} for n in range(9)))
    data(await api.post(f"audiences/{audience}/prospects", json={"prospectIds": people}))
    data(await api.post(f"audiences/{audience}/prospects/remove", json={"prospectIds": people[:2]}))
    before = data(await api.get(f"audiences/{audience}"))
    _, cursor = await changes(api, audience)
    told = data(await api.post(f"audiences/{audience}/empty"))
    assert told == before | {"prospectCount": 0}
    assert await ids(api, audience) == []
    assert data(await api.get(f"prospects/{people[5]}"))["audienceIds"] == []
    found, cursor = await changes(api, audience, cursor, limit=3)
    assert [(each["prospectId"], each["change"]) for each in found] == [
        (each, "left") for each in people[2:]
    ]
    assert await changes(api, audience, cursor) == ([], cursor)
    await assert_replays(api, audience)


async def test_it_can_be_filled_and_emptied_again(api: Api, pool: Pool) -> None:
    audience = (await api.make_audience())["id"]
    people = await make_prospects(pool, api, *({"name": str(n)} for n in range(4)))
    for some in (people, people[::-1], people[1:3]):
        data(await api.post(f"audiences/{audience}/prospects", json={"prospectIds": some}))
        assert await ids(api, audience) == some
        await assert_replays(api, audience)
        for _ in range(2):  # a second time nobody is left to leave
            data(await api.post(f"audiences/{audience}/empty"))
    found, cursor = await changes(api, audience, limit=2)
    assert len(found) == 20
    assert replay(found) == set()
    data(await api.post(f"audiences/{audience}/prospects", json={"prospectIds": people[:1]}))
    since, _ = await changes(api, audience, cursor)
    assert [each["prospectId"] for each in since] == people[:1]
    # And moves go to the list that it has now.
    other = (await api.make_audience("Other"))["id"]
    body = {"targetAudienceId": other, "leadIds": people[:1]}
    assert data(await api.post(f"audiences/{audience}/move-leads", json=body))["movedCount"] == 1
    assert (await ids(api, audience), await ids(api, other)) == ([], people[:1])


@pytest.mark.usefixtures("worker")
async def test_a_job_fills_it_anew(api: Api) -> None:
    job = await api.import_file(FILE, "File")
    audience = job["audienceId"]
    first = await ids(api, audience)
    data(await api.post(f"audiences/{audience}/empty"))
    again = await api.import_file(FILE, "", audienceId=audience)
    assert again["counts"]["added"] == 30
    assert await ids(api, audience) == first
    third = await api.import_file(FILE, "", audienceId=audience)
    assert third["counts"]["alreadyMember"] == 30
    rows = await api.all_items(f"prospecting/{third['jobId']}/rows")
    assert {each["lastSeenAt"] is None for each in rows} == {False}
    found, _ = await changes(api, audience)
    assert [each["jobId"] for each in found] == [
        *[job["jobId"]] * 30,
        *[None] * 30,
        *[again["jobId"]] * 30,
    ]
    await assert_replays(api, audience)


@pytest.mark.usefixtures("worker")
async def test_of_a_deleted_one_nothing_is_left(api: Api, pool: Pool) -> None:
    audience = (await api.import_file(FILE, "File"))["audienceId"]
    data(await api.post(f"audiences/{audience}/empty"))
    await api.import_file(FILE, "", audienceId=audience)
    some = (await ids(api, audience))[:3]
    data(await api.post(f"audiences/{audience}/prospects/remove", json={"prospectIds": some}))
    data(await api.delete(f"audiences/{audience}"))
    group = bytes.fromhex(api.tenant.account_group_id)
    left = -1
    while left:
        left = await pool.fetchval(
            """
            SELECT (SELECT count(*) FROM memberships WHERE account_group_id = $1)
                 + (SELECT count(*) FROM left_members WHERE account_group_id = $1)
                 + (SELECT count(*) FROM membership_spans WHERE account_group_id = $1)
                 + (SELECT count(*) FROM audience_days WHERE account_group_id = $1)
                 + (SELECT count(*) FROM audience_lists WHERE account_group_id = $1)
            """,
            group,
        )


async def test_a_stranger_is_refused(api: Api, service: Service, pool: Pool) -> None:
    audience = (await api.make_audience())["id"]
    other = service.client(await make_tenant(pool))
    error(await other.post(f"audiences/{audience}/empty"), 404, "NOT_FOUND")


async def test_one_that_a_job_fills_is_guarded(api: Api, pool: Pool) -> None:
    audience = (await api.make_audience())["id"]
    job = await make_busy(pool, api, audience)
    assert_guarded(await api.post(f"audiences/{audience}/empty"), job)
