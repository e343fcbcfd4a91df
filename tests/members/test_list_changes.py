"""GET /v1/accounts/{accountGroupId}/audiences/{audienceId}/changes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from support.jobs import csv
from support.members import assert_replays, changes, ids, replay
from support.prospects import assert_guarded, join, make_busy, make_prospects
from support.service import data, error, make_tenant, problems

if TYPE_CHECKING:
    from houselist.postgres.db import Pool
    from support.service import Api, Service

SALES = "https://www.linkedin.com/sales/lead/ACwAA"


async def test_an_empty_audience_has_a_cursor_to_go_on_with(api: Api, pool: Pool) -> None:
    audience = (await api.make_audience())["id"]
    page = data(await api.get(f"audiences/{audience}/changes"))
    assert (page["items"], page["hasMore"]) == ([], False)
    people = await make_prospects(pool, api, {"name": "1"})
    await api.post(f"audiences/{audience}/prospects", json={"prospectIds": people})
    found, _ = await changes(api, audience, page["nextCursor"])
    assert [each["prospectId"] for each in found] == people
    assert (
        found[0]["at"]
        == data(await api.get(f"audiences/{audience}/prospects"))["items"][0]["addedAt"]
    )


async def test_members_from_before_anybody_noted_it_have_joined(api: Api, pool: Pool) -> None:
    audience = (await api.make_audience())["id"]
    people = await make_prospects(pool, api, {"name": "1"}, {"name": "2"})
    await join(pool, api, audience, *people)
    found, _ = await changes(api, audience)
    assert [(each["prospectId"], each["jobId"]) for each in found] == [(p, None) for p in people]


async def test_a_reader_who_polls_misses_nothing(api: Api, pool: Pool) -> None:
    audience = (await api.make_audience())["id"]
    other = (await api.make_audience("Other"))["id"]
    people = await make_prospects(pool, api, *({"name": str(n)} for n in range(40)))
    done = asyncio.Event()

    async def change(some: list[str]) -> None:
        for n in range(6):
            path = f"audiences/{audience}/prospects" + ("/remove" if n % 2 else "")
            data(await api.post(path, json={"prospectIds": some}))
            if n == 2:
                body = {"targetAudienceId": other, "leadIds": some[:3]}
                data(await api.post(f"audiences/{audience}/move-leads", json=body))

    async def poll() -> list[Any]:
        found: list[Any] = []
        cursor = ""
        while True:
            last = done.is_set()
            more, cursor = await changes(api, audience, cursor, limit=7)
            found += more
            if last:
                return found

    polling = asyncio.create_task(poll())
    await asyncio.gather(*(change(people[n : n + 10]) for n in range(0, 40, 10)))
    data(await api.post(f"audiences/{audience}/prospects", json={"prospectIds": people[:5]}))
    done.set()
    found = await polling
    assert found == (await changes(api, audience))[0]
    assert replay(found) == set(people[:5])
    await assert_replays(api, other)


@pytest.mark.usefixtures("worker")
async def test_a_merge_is_told_as_one_who_left_and_one_who_joined(api: Api) -> None:
    ids_of_two = SALES + "b" * 34
    older = await api.import_file(csv("linkedinUrl", "linkedin.com/in/jo"), "Older")
    younger = await api.import_file(csv("linkedinUrl", ids_of_two, "linkedin.com/in/x"), "Younger")
    both = await api.import_file(
        csv("linkedinUrl", ids_of_two, "linkedin.com/in/x", "linkedin.com/in/jo"), "Both"
    )
    (jo,), (gone, x) = [await ids(api, each["audienceId"]) for each in (older, younger)]
    cursors = {
        each["audienceId"]: (await changes(api, each["audienceId"]))[1] for each in (younger, both)
    }
    proof = csv("publicIdentifier,linkedinUrl", f"jo,{ids_of_two}")
    job = await api.import_file(proof, "Proof")
    for each, left_and_joined in ((younger, [gone, jo]), (both, [gone])):
        audience = each["audienceId"]
        since, _ = await changes(api, audience, cursors[audience])
        assert [one["prospectId"] for one in since] == left_and_joined
        assert [one["change"] for one in since] == ["left", "joined"][: len(since)]
        assert {one["jobId"] for one in since} == {job["jobId"]}
        await assert_replays(api, audience)
        # The earliest position is kept, and with it when the first of them joined.
        assert await ids(api, audience) == [jo, x]
    data(await api.post(f"audiences/{both['audienceId']}/empty"))
    await assert_replays(api, both["audienceId"])


async def test_a_stranger_is_refused(api: Api, service: Service, pool: Pool) -> None:
    audience = (await api.make_audience())["id"]
    other = service.client(await make_tenant(pool))
    error(await other.get(f"audiences/{audience}/changes"), 404, "NOT_FOUND")


async def test_a_cursor_of_another_list_is_refused(api: Api) -> None:
    one = (await api.make_audience("One"))["id"]
    other = (await api.make_audience("Other"))["id"]
    cursor = data(await api.get(f"audiences/{one}/changes"))["nextCursor"]
    told = await api.get(f"audiences/{other}/changes?cursor={cursor}")
    assert "cursor" in problems(told)
    assert "asOf" in problems(await api.get(f"audiences/{one}/changes?asOf=2026-01-01T00:00:00Z"))


async def test_one_that_a_job_fills_is_guarded(api: Api, pool: Pool) -> None:
    audience = (await api.make_audience())["id"]
    job = await make_busy(pool, api, audience)
    assert_guarded(await api.get(f"audiences/{audience}/changes"), job)
