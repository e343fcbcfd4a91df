"""GET /v1/accounts/{accountGroupId}/audiences/{audienceId}: the page it all began with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from support.prospects import assert_guarded, join, make_busy, make_prospects, make_ready
from support.service import data, error, make_tenant, problems

if TYPE_CHECKING:
    from houselist.postgres.db import Pool
    from support.service import Api, Service

NOBODY = "0" * 24


async def test_it_tells_the_seven_facts_and_no_more(api: Api) -> None:
    made = await api.make_audience("Avery Stone", description="Buyers we met")
    found = data(await api.get(f"audiences/{made['id']}"))
    assert found == made
    assert list(found) == [
        "id",
        "name",
        "type",
        "description",
        "folderId",
        "prospectCount",
        "createdAt",
    ]
    assert found["prospectCount"] == 0
    assert re.fullmatch(r"[0-9a-f]{24}", found["id"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", found["createdAt"])


async def test_the_count_is_exact(api: Api, pool: Pool) -> None:
    made = await api.make_audience()
    await join(pool, api, made["id"], *await make_prospects(pool, api, {}, {}, {}))
    assert data(await api.get(f"audiences/{made['id']}"))["prospectCount"] == 3


async def test_while_a_job_fills_it_it_is_guarded(api: Api, pool: Pool) -> None:
    made = await api.make_audience()
    job_id = await make_busy(pool, api, made["id"])
    assert_guarded(await api.get(f"audiences/{made['id']}"), job_id)
    await make_ready(pool, api, made["id"])
    data(await api.get(f"audiences/{made['id']}"))


@pytest.mark.parametrize(
    ("done", "total", "percent"), [(0, 100, "0%"), (0, 0, "0%"), (999, 1000, "99%")]
)
async def test_the_guard_tells_progress_from_the_first_row_on(
    api: Api, pool: Pool, done: int, total: int, percent: str
) -> None:
    made = await api.make_audience()
    job_id = await make_busy(pool, api, made["id"], done=done, total=total)
    response = await api.get(f"audiences/{made['id']}")
    assert_guarded(response, job_id, percent)
    assert 1 <= int(response.headers["retry-after"]) <= 60


async def test_a_stranger_cannot_tell_it_exists(api: Api, stranger: Api, pool: Pool) -> None:
    made = await api.make_audience()
    await make_busy(pool, api, made["id"])
    missing = error(await stranger.get(f"audiences/{NOBODY}"), 404, "NOT_FOUND")
    assert error(await stranger.get(f"audiences/{made['id']}"), 404, "NOT_FOUND") == missing
    foreign = error(await stranger.get(f"{api.base_url}audiences/{made['id']}"), 404, "NOT_FOUND")
    absent = error(
        await stranger.get(f"http://houselist/v1/accounts/{NOBODY}/audiences/{made['id']}"),
        404,
        "NOT_FOUND",
    )
    assert foreign == absent


async def test_a_deleted_one_is_not_found(api: Api) -> None:
    made = await api.make_audience()
    await api.delete(f"audiences/{made['id']}")
    error(await api.get(f"audiences/{made['id']}"), 404, "NOT_FOUND")


@pytest.mark.parametrize(
    "audience_id",
    [
        "507F1F77BCF86CD799439011",
        "507f1f77bcf86cd79943901",
        "507f1f77bcf86cd7994390111",
        "507f1f77bcf86cd79943901g",
        "507f1f77bcf86cd799439011%0A",
        "%00",
        "%20",
        "٥" * 24,
        "-",
        "x" * 5000,
    ],
)
async def test_a_malformed_id_is_named(api: Api, audience_id: str) -> None:
    assert set(problems(await api.get(f"audiences/{audience_id}"))) == {"audienceId"}


async def test_both_malformed_ids_are_named_at_once(api: Api) -> None:
    found = problems(await api.get("http://houselist/v1/accounts/mine/audiences/this?deep=1"))
    assert set(found) == {"accountGroupId", "audienceId", "deep"}


async def test_it_needs_audiences_read(service: Service, pool: Pool) -> None:
    writer = await make_tenant(pool, permissions=["audiences:write"])
    async with service.client(writer) as api:
        made = await api.make_audience()
        refusal = error(await api.get(f"audiences/{made['id']}"), 403, "FORBIDDEN")
    assert "audiences:read" in refusal["details"]
