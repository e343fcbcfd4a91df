"""GET /prospecting: a tenant's jobs, newest first, by status, source and time, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.jobs import slugs
from support.service import data, error, make_tenant, problems

if TYPE_CHECKING:
    from support.jobs import Place
    from support.service import Api


async def start_jobs(api: Api, count: int) -> list[Any]:
    upload = await api.upload(slugs(1))
    return [
        await api.start(
            type="file_upload", uploadId=upload["uploadId"], audienceName=f"Audience {number}"
        )
        for number in range(count)
    ]


async def test_a_tenant_without_jobs_has_an_empty_page(idle: Api) -> None:
    assert data(await idle.get("prospecting")) == {
        "items": [],
        "nextCursor": None,
        "hasMore": False,
    }


@pytest.mark.parametrize("limit", [1, 2, 5, 6])
async def test_pages_hold_every_job_once_newest_first(idle: Api, limit: int) -> None:
    jobs = await start_jobs(idle, 5)
    found = await idle.all_items("prospecting", limit=limit)
    assert [job["jobId"] for job in found] == [job["jobId"] for job in reversed(jobs)]


async def test_an_item_is_the_job_as_it_is_got_alone(idle: Api) -> None:
    (started,) = await start_jobs(idle, 1)
    (item,) = data(await idle.get("prospecting"))["items"]
    assert item == data(await idle.get(f"prospecting/{started['jobId']}"))


async def test_a_status_shows_only_those(idle: Api) -> None:
    jobs = await start_jobs(idle, 4)
    for job in jobs[1:3]:
        data(await idle.post(f"prospecting/{job['jobId']}/cancel"))
    for status, wanted in (
        ("cancelled", [jobs[2], jobs[1]]),
        ("queued", [jobs[3], jobs[0]]),
        ("running", []),
    ):
        found = await idle.all_items("prospecting", status=status, limit=1)
        assert [job["jobId"] for job in found] == [job["jobId"] for job in wanted]
        assert {job["status"] for job in found} <= {status}


async def test_a_source_type_shows_only_those(idle: Api) -> None:
    (file,) = await start_jobs(idle, 1)
    by_url = await idle.start(
        type="url_upload", urls=["https://www.linkedin.com/in/avery"], audienceName="By address"
    )
    for kind, wanted in (("file_upload", file), ("url_upload", by_url)):
        (found,) = data(await idle.get(f"prospecting?sourceType={kind}"))["items"]
        assert found["jobId"] == wanted["jobId"]
    assert data(await idle.get("prospecting?sourceType=undo"))["items"] == []
    assert data(await idle.get("prospecting?sourceType=undo&status=queued"))["items"] == []


async def test_moments_bound_when_jobs_were_started(idle: Api, place: Place) -> None:
    jobs = await start_jobs(idle, 3)
    for day, job in enumerate(jobs, 1):
        await place.pool.execute(
            "UPDATE prospecting_jobs SET created_at = make_timestamptz(2026, 3, $3::int, 0, 0, 0, 'UTC')"
            " WHERE account_group_id = $1 AND id = $2",
            bytes.fromhex(idle.tenant.account_group_id),
            bytes.fromhex(job["jobId"]),
            day,
        )
    first, second, third = (job["jobId"] for job in jobs)

    async def found(**query: str) -> list[str]:
        listed = await idle.all_items("prospecting", limit=1, **query)
        return [job["jobId"] for job in listed]

    assert await found(createdAfter="2026-03-01T00:00:00Z") == [third, second]
    assert await found(createdBefore="2026-03-03T01:00:00+01:00") == [second, first]
    assert await found(
        createdAfter="2026-03-01T00:00:00Z", createdBefore="2026-03-03T00:00:00Z"
    ) == [second]
    assert await found(createdAfter="2026-03-03T00:00:00Z") == []


async def test_a_job_tells_whose_key_started_it(idle: Api, place: Place) -> None:
    (job,) = await start_jobs(idle, 1)
    told = data(await idle.get(f"prospecting/{job['jobId']}"))["startedBy"]
    key = await place.pool.fetchrow(
        "SELECT key_id, name FROM prospecting_jobs j JOIN api_keys k ON k.id = j.key_id"
        " WHERE j.account_group_id = $1 AND j.id = $2",
        bytes.fromhex(idle.tenant.account_group_id),
        bytes.fromhex(job["jobId"]),
    )
    assert told == {"keyId": key["key_id"].hex(), "name": key["name"]}
    # A schedule and the command line start jobs without a key.
    await place.pool.execute(
        "UPDATE prospecting_jobs SET key_id = NULL WHERE account_group_id = $1",
        bytes.fromhex(idle.tenant.account_group_id),
    )
    (listed,) = data(await idle.get("prospecting"))["items"]
    assert listed["startedBy"] is None


async def test_a_job_that_joins_between_pages_moves_no_other(idle: Api) -> None:
    jobs = await start_jobs(idle, 3)
    first = data(await idle.get("prospecting?limit=2"))
    upload = await idle.upload(slugs(1))
    await idle.start(type="file_upload", uploadId=upload["uploadId"], audienceName="Late")
    second = data(await idle.get("prospecting", params={"limit": 2, "cursor": first["nextCursor"]}))
    found = [job["jobId"] for job in first["items"] + second["items"]]
    assert found == [job["jobId"] for job in reversed(jobs)]


@pytest.mark.parametrize(
    "query",
    [
        "status=done",
        "status=",
        "limit=0",
        "limit=251",
        "limit=x",
        "cursor=x",
        "page=2",
        "sourceType=excel",
        "createdAfter=yesterday",
        "createdBefore=2026-03-01",
    ],
)
async def test_a_bad_query_is_refused_by_name(idle: Api, query: str) -> None:
    assert query.partition("=")[0] in problems(await idle.get(f"prospecting?{query}"))


async def test_a_cursor_is_of_its_own_list(idle: Api, place: Place) -> None:
    await start_jobs(idle, 2)
    cursor = data(await idle.get("prospecting?limit=1"))["nextCursor"]
    assert "cursor" in problems(
        await idle.get("prospecting", params={"cursor": cursor, "status": "queued"})
    )
    assert "cursor" in problems(
        await idle.get("prospecting", params={"cursor": cursor, "sourceType": "file_upload"})
    )
    async with place.api() as stranger:
        assert "cursor" in problems(await stranger.get("prospecting", params={"cursor": cursor}))


async def test_other_tenants_jobs_are_not_shown(idle: Api, place: Place) -> None:
    await start_jobs(idle, 1)
    async with place.api() as stranger:
        assert data(await stranger.get("prospecting"))["items"] == []
        path = f"http://houselist/v1/accounts/{idle.tenant.account_group_id}/prospecting"
        error(await stranger.get(path), 404, "NOT_FOUND")


async def test_listing_needs_the_permission(idle: Api, place: Place) -> None:
    tenant = await make_tenant(
        place.pool, ["prospecting:write"], groups=[idle.tenant.account_group_id]
    )
    async with place.service.client(tenant) as writer:
        response = await writer.get("prospecting")
    assert "prospecting:read" in error(response, 403, "FORBIDDEN")["details"]
