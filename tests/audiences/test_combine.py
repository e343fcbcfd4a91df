"""POST /v1/accounts/{accountGroupId}/audiences/combine: an audience made of others, in a job."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from houselist.accounts import quota_store as quotas
from houselist.postgres import db
from support.credits import give, moved
from support.jobs import members, until, working
from support.prospects import (
    assert_guarded,
    join,
    join_many,
    make_busy,
    make_many,
    make_ready,
)
from support.service import data, error, make_tenant, problems

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from support.jobs import Place
    from support.service import Api, Service

NOBODY = "0" * 24


async def combine(api: Api, operation: object, *ids: object, **more: Any) -> Any:
    body = {"operation": operation, "audienceIds": ids, "audienceName": "Combined", **more}
    headers = body.pop("headers", {})
    return await api.post("audiences/combine", json=body, headers=headers)


@pytest.fixture
async def running(place: Place) -> AsyncIterator[None]:
    """A worker, with batches so small that a combination takes several."""
    async with working(place.dsn, batch=1):
        yield


async def people(api: Api, place: Place, count: int) -> list[str]:
    return await make_many(place.pool, api, count)


async def filled(api: Api, place: Place, name: str, *ids: str) -> str:
    made = await api.make_audience(name)
    await join_many(place.pool, api, made["id"], ids)
    return made["id"]


async def three(api: Api, place: Place) -> tuple[list[str], list[str]]:
    """Thirty people and three audiences, in orders of their own, that share some of them."""
    known = await people(api, place, 30)
    shares = (known[:20], known[25:9:-1], [known[n] for n in (29, 3, 15, 12, 26, 0)])
    names = ("One", "Two", "Three")
    return known, [
        await filled(api, place, name, *ids) for name, ids in zip(names, shares, strict=True)
    ]


async def ids_in(api: Api, audience_id: str) -> list[str]:
    """Who is in it, in order; its count is right."""
    found = await members(api, {"audienceId": audience_id})
    told = data(await api.get(f"audiences/{audience_id}"))
    assert told["prospectCount"] == len(found)
    return [person["id"] for person in found]


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize("operation", ["union", "intersect", "subtract"])
async def test_everybody_who_belongs_is_in_it_in_the_order_of_the_sources(
    idle: Api, place: Place, operation: str
) -> None:
    _, sources = await three(idle, place)
    one, two, rest = [await ids_in(idle, each) for each in sources]
    expected = {
        "union": list(dict.fromkeys([*one, *two, *rest])),
        "intersect": [each for each in one if each in two and each in rest],
        "subtract": [each for each in one if each not in two and each not in rest],
    }[operation]
    assert len(expected) > 1
    response = await combine(idle, operation, *sources)
    started = data(response, 202)
    assert started.keys() == {"jobId", "audienceId", "status", "createdAt"}
    assert response.headers["location"].endswith(f"/prospecting/{started['jobId']}")
    job = await idle.finished(started["jobId"])
    assert (job["status"], job["sourceType"], job["error"]) == ("completed", "combination", None)
    assert [stage["status"] for stage in job["stages"].values()] == ["completed"] * 2
    assert [stage["progress"] for stage in job["stages"].values()] == [1, 1]
    counts = dict.fromkeys(job["counts"], 0)
    assert job["counts"] == counts | {"rows": len(expected), "added": len(expected)}
    assert await ids_in(idle, started["audienceId"]) == expected
    made = data(await idle.get(f"audiences/{started['audienceId']}"))
    assert (made["type"], made["name"], made["folderId"]) == ("combination", "Combined", None)
    assert data(await idle.get(f"prospecting/{job['jobId']}/rows"))["items"] == []
    assert [await ids_in(idle, each) for each in sources] == [one, two, rest]


@pytest.mark.usefixtures("running")
async def test_a_union_of_one_is_a_copy_and_an_empty_result_is_an_audience_too(
    idle: Api, place: Place
) -> None:
    known = await people(idle, place, 9)
    full, empty = await filled(idle, place, "Full", *known), await filled(idle, place, "Empty")
    folder = await idle.make_folder()
    copy = data(await combine(idle, "union", full, folderId=folder["id"]), 202)
    await idle.finished(copy["jobId"])
    assert await ids_in(idle, copy["audienceId"]) == known
    assert data(await idle.get(f"audiences/{copy['audienceId']}"))["folderId"] == folder["id"]
    none = data(await combine(idle, "intersect", full, empty, audienceName="None"), 202)
    assert (await idle.finished(none["jobId"]))["status"] == "completed"
    assert await ids_in(idle, none["audienceId"]) == []
    # A combination is a source like any other.
    again = data(
        await combine(idle, "subtract", copy["audienceId"], none["audienceId"], audienceName="On"),
        202,
    )
    await idle.finished(again["jobId"])
    assert await ids_in(idle, again["audienceId"]) == known


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize("operation", ["union", "intersect", "subtract"])
async def test_fifty_audiences_are_combined_like_two(
    idle: Api, place: Place, operation: str
) -> None:
    known = await people(idle, place, 53)
    # Each lacks one of the others, and the last is in the first alone.
    lists = [known[:-1] if n else known for n in range(50)]
    lists = [[one for one in each if one != known[n]] for n, each in enumerate(lists)]
    sources = [await filled(idle, place, f"List {n}", *each) for n, each in enumerate(lists)]
    started = data(await combine(idle, operation, *sources), 202)
    job = await idle.finished(started["jobId"])
    expected = {
        "union": [*known[1:], known[0]],
        "intersect": known[50:52],
        "subtract": known[52:],
    }[operation]
    assert job["counts"]["added"] == len(expected)
    assert await ids_in(idle, started["audienceId"]) == expected


async def test_sources_may_change_while_it_waits_and_it_hides_the_audience_until_it_is_over(
    idle: Api, place: Place
) -> None:
    known = await people(idle, place, 20)
    source = await filled(idle, place, "Source", *known[:10])
    target = await filled(idle, place, "Target", *known[5:15])
    started = data(await combine(idle, "union", source, target), 202)
    assert_guarded(
        await idle.get(f"audiences/{started['audienceId']}"), started["jobId"], percent="0%"
    )
    listed = [each["id"] for each in await idle.all_items("audiences")]
    assert started["audienceId"] not in listed
    moved = {"targetAudienceId": target, "leadIds": known[:10]}
    data(await idle.post(f"audiences/{source}/move-leads", json=moved))
    await join(place.pool, idle, source, *known[15:])
    data(await idle.delete(f"audiences/{target}"))
    async with working(place.dsn, batch=1):
        assert (await idle.finished(started["jobId"]))["status"] == "completed"
        assert await ids_in(idle, started["audienceId"]) == known[:15]
        group = bytes.fromhex(idle.tenant.account_group_id)

        async def is_purged() -> bool:
            return not await place.pool.fetchval(
                "SELECT count(*) FROM memberships WHERE account_group_id = $1 AND audience_id = $2",
                group,
                bytes.fromhex(target),
            )

        # The purge waited for it.
        await until(is_purged)


async def test_a_cancelled_one_keeps_whom_it_added(idle: Api, place: Place) -> None:
    known = await make_many(place.pool, idle, 3_000)
    source = await filled(idle, place, "Source", *known)
    queued = data(await combine(idle, "union", source, audienceName="Queued"), 202)
    data(await idle.post(f"prospecting/{queued['jobId']}/cancel"))
    started = data(await combine(idle, "union", source), 202)
    path = f"prospecting/{started['jobId']}"

    async def has_begun() -> bool:
        return data(await idle.get(path))["counts"]["added"] > 0

    async with working(place.dsn, batch=2):
        await until(has_begun)
        data(await idle.post(f"{path}/cancel"))
        problems(await idle.post(f"{path}/cancel"), 422)
    told = data(await idle.get(path))
    assert (told["status"], told["error"]) == ("cancelled", None)
    count = told["counts"]["added"]
    assert 0 < count < len(known)
    assert told["stages"]["import"]["progress"] == pytest.approx(count / len(known))
    assert await ids_in(idle, started["audienceId"]) == known[:count]
    assert await ids_in(idle, queued["audienceId"]) == []


@pytest.mark.usefixtures("running")
async def test_it_costs_no_credits(idle: Api, place: Place) -> None:
    source = await filled(idle, place, "Source", *await people(idle, place, 5))
    await give(place.pool, idle, 0, max_results=2)
    started = data(await combine(idle, "union", source), 202)
    assert (await idle.finished(started["jobId"]))["counts"]["added"] == 5
    assert await moved(place.pool, idle) == []


async def test_there_must_be_such_audiences(idle: Api, place: Place) -> None:
    async with place.api() as stranger:
        ours, theirs = await idle.make_audience("Ours"), await stranger.make_audience("Theirs")
        gone = await idle.make_audience("Gone")
        data(await idle.delete(f"audiences/{gone['id']}"))
        for missing in (theirs["id"], NOBODY, gone["id"]):
            refused = error(await combine(idle, "union", ours["id"], missing), 404, "NOT_FOUND")
            assert refused["details"] == "Not there: audienceIds[1]."
        foreign = f"{idle.base_url}audiences/combine"
        body = {"operation": "union", "audienceIds": [ours["id"]], "audienceName": "Mine"}
        error(await stranger.post(foreign, json=body), 404, "NOT_FOUND")
        folder = await stranger.make_folder()
        refused = await combine(idle, "union", ours["id"], folderId=folder["id"])
        error(refused, 404, "NOT_FOUND")
    assert [each["name"] for each in await idle.all_items("audiences")] == ["Ours"]


async def test_each_source_must_be_ready(idle: Api, place: Place) -> None:
    one, other = [(await idle.make_audience(name))["id"] for name in ("One", "Other")]
    for busy in (one, other):
        job_id = await make_busy(place.pool, idle, busy)
        assert_guarded(await combine(idle, "union", one, other), job_id)
        error(await combine(idle, "union", one, other, NOBODY), 404, "NOT_FOUND")
        await make_ready(place.pool, idle, busy)
    data(await combine(idle, "union", one, other), 202)
    # The one that it makes is filled itself.
    (job,) = [each for each in await idle.all_items("prospecting") if each["status"] == "queued"]
    assert_guarded(await combine(idle, "union", job["audienceId"]), job["jobId"], percent="0%")


async def test_what_is_malformed_is_named(idle: Api) -> None:
    one, other = [(await idle.make_audience(name))["id"] for name in ("One", "Other")]
    refused = problems(await combine(idle, "union", one, other, one, other))
    assert refused == {
        "audienceIds[2]": "is the same audience as audienceIds[0]; name each once",
        "audienceIds[3]": "is the same audience as audienceIds[1]; name each once",
    }
    for ids in ([f"{n:024x}" for n in range(51)], []):
        assert problems(await combine(idle, "union", *ids)) == {
            "audienceIds": "must be a list of 1 to 50 ids of audiences"
        }
    assert set(problems(await combine(idle, "xor", one, "x", audienceName=" "))) == {
        "operation",
        "audienceIds[1]",
        "audienceName",
    }
    assert set(problems(await idle.post("audiences/combine", json={"name": "x"}))) == {
        "operation",
        "audienceIds",
        "audienceName",
        "name",
    }
    assert await idle.all_items("prospecting") == []


async def test_what_is_impossible_makes_nothing(idle: Api, place: Place) -> None:
    one, other = [(await idle.make_audience(name))["id"] for name in ("One", "Other")]
    for operation in ("intersect", "subtract"):
        assert "union" in problems(await combine(idle, operation, one), 422)["audienceIds"]
    monitored = await idle.make_folder("Watched", "monitoring")
    refused = await combine(idle, "union", one, other, folderId=monitored["id"])
    assert set(problems(refused, 422)) == {"folderId"}
    error(await combine(idle, "union", one, other, audienceName="oNE"), 409, "CONFLICT")
    group = bytes.fromhex(idle.tenant.account_group_id)
    for limits, word in (({"audiences": 2}, "audiences"), ({"audiences": 9, "jobs": 0}, "jobs")):
        async with db.transaction(place.pool) as connection:
            await quotas.change_limits(connection, group, **limits)
        refused = error(await combine(idle, "union", one, other), 409, "QUOTA_EXCEEDED")
        assert word in refused["details"]
    assert len(await idle.all_items("audiences")) == 2
    assert await idle.all_items("prospecting") == []


async def test_the_same_again_is_one_job(idle: Api) -> None:
    made = await idle.make_audience()
    again = {"headers": {"idempotency-key": "combine-1"}}
    answers = await asyncio.gather(*(combine(idle, "union", made["id"], **again) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 202]
    assert len({answer.json()["data"]["jobId"] for answer in answers}) == 1
    error(await combine(idle, "union", made["id"]), 409, "CONFLICT")


async def test_it_needs_audiences_write(service: Service, pool: db.Pool, api: Api) -> None:
    made = await api.make_audience()
    reader = await make_tenant(
        pool,
        permissions=["audiences:read", "prospecting:write", "prospects:write"],
        groups=[api.tenant.account_group_id],
    )
    async with service.client(reader) as weak:
        refused = error(await combine(weak, "union", made["id"]), 403, "FORBIDDEN")
    assert "audiences:write" in refused["details"]
