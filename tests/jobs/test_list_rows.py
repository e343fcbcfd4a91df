"""GET /prospecting/{jobId}/rows: what became of each row of the source, and what stood in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.jobs import csv, slugs
from support.service import data, error, make_tenant, problems

if TYPE_CHECKING:
    from houselist.postgres.db import Pool
    from support.service import Api, Service

NO_SUCH_ID = "0123456789abcdef01234567"
MIXED = csv(
    "Email,Name",
    "a@b.example,A",
    ",nobody",
    "A@B.example,again",
    "c@b.example,C,too,many",
    "d@b.example,",
    '"e@b.example,open',
)

pytestmark = pytest.mark.usefixtures("worker")


async def rows(api: Api, job: Any, **params: Any) -> list[Any]:
    return await api.all_items(f"prospecting/{job['jobId']}/rows", **params)


async def test_every_row_with_its_outcome_reason_and_input(api: Api) -> None:
    job = await api.import_file(MIXED, "Buyers")
    found = await rows(api, job)
    assert list(found[0]) == ["row", "input", "outcome", "reason", "prospectId", "lastSeenAt"]
    assert [(row["row"], row["outcome"]) for row in found] == [
        (1, "added"),
        (2, "invalid"),
        (3, "duplicate"),
        (4, "invalid"),
        (5, "added"),
        (6, "invalid"),
    ]
    assert found[1]["input"] == {"Email": None, "Name": "nobody"}
    assert "e-mail" in found[1]["reason"]
    assert found[3]["input"] == {"text": "c@b.example,C,too,many"}
    assert "4 cells" in found[3]["reason"]
    assert found[4]["input"] == {"Email": "d@b.example", "Name": None}
    assert "quotation mark" in found[5]["reason"]
    assert [row["prospectId"] is None for row in found] == [False, True, False, True, False, True]
    assert found[0]["prospectId"] == found[2]["prospectId"]
    assert found[0]["reason"] is None


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7])
async def test_pages_hold_every_row_once_in_order(api: Api, limit: int) -> None:
    job = await api.import_file(MIXED, "Buyers")
    assert [row["row"] for row in await rows(api, job, limit=limit)] == [1, 2, 3, 4, 5, 6]
    invalid = await rows(api, job, limit=limit, outcome="invalid")
    assert [row["row"] for row in invalid] == [2, 4, 6]


async def test_inputs_are_those_of_their_rows_across_chunks(api: Api) -> None:
    """Chunks of an upload hold 500 rows, batches of this worker 50."""
    lines = [f"p{n}@b.example" if n % 99 else f"nobody {n}" for n in range(1, 1203)]
    job = await api.import_file(csv("Email", *lines), "Many")
    found = await rows(api, job, limit=249)
    assert [row["input"]["Email"] for row in found] == lines
    invalid = await rows(api, job, outcome="invalid", limit=5)
    assert [row["input"]["Email"] for row in invalid] == [f"nobody {n * 99}" for n in range(1, 13)]
    assert [row["row"] for row in invalid] == [n * 99 for n in range(1, 13)]


async def test_outcomes_are_told_apart(api: Api) -> None:
    first = await api.import_file(csv("Email", "a@b.example"), "Buyers")
    job = await api.import_file(
        csv("Email", "a@b.example", "a@b.example", "b@b.example", "x"),
        "",
        audienceId=first["audienceId"],
    )
    assert [row["outcome"] for row in await rows(api, job)] == [
        "alreadyMember",
        "duplicate",
        "added",
        "invalid",
    ]
    for outcome, numbers in {
        "alreadyMember": [1],
        "duplicate": [2],
        "added": [3],
        "invalid": [4],
        "overLimit": [],
    }.items():
        assert [row["row"] for row in await rows(api, job, outcome=outcome)] == numbers


async def test_rows_of_ndjson_have_the_columns_that_later_rows_brought(api: Api) -> None:
    job = await api.import_file(
        '{"email": "a@b.example"}\n[1]\n{"email": "b@b.example", "company": {"name": "Acme"}}\n',
        "Objects",
        type_="application/x-ndjson",
    )
    assert [row["input"] for row in await rows(api, job)] == [
        {"email": "a@b.example", "company.name": None},
        {"text": "[1]"},
        {"email": "b@b.example", "company.name": "Acme"},
    ]


async def test_rows_of_urls(api: Api) -> None:
    urls = ["linkedin.com/in/jo", "", "https://www.linkedin.com/company/x", " linkedin.com/in/JO "]
    started = await api.start(type="url_upload", urls=urls, audienceName="Pasted")
    job = await api.finished(started["jobId"])
    found = await rows(api, job)
    assert [row["outcome"] for row in found] == ["added", "invalid", "invalid", "duplicate"]
    assert [row["input"] for row in found] == [{"url": url} for url in urls]


async def test_a_job_that_has_done_nothing_has_no_rows(idle: Api) -> None:
    upload = await idle.upload(slugs(1))
    job = await idle.start(type="file_upload", uploadId=upload["uploadId"], audienceName="Waiting")
    assert await rows(idle, job) == []


async def test_a_cursor_is_of_its_own_list(api: Api) -> None:
    job = await api.import_file(MIXED, "Buyers")
    other = await api.import_file(MIXED, "Others")
    path = f"prospecting/{job['jobId']}/rows"
    cursor = data(await api.get(path, params={"limit": 1}))["nextCursor"]
    for wrong_path, params in (
        (path, {"outcome": "invalid"}),
        (f"prospecting/{other['jobId']}/rows", {}),
        ("prospecting", {}),
        (f"audiences/{job['audienceId']}/prospects", {}),
    ):
        response = await api.get(wrong_path, params={**params, "cursor": cursor})
        assert "cursor" in problems(response), wrong_path
    assert "cursor" in problems(await api.get(path, params={"cursor": cursor[:-1]}))


@pytest.mark.parametrize("query", ["outcome=lost", "outcome=", "limit=0", "limit=251", "row=1"])
async def test_a_bad_query_is_refused_by_name(api: Api, query: str) -> None:
    job = await api.import_file(MIXED, "Buyers")
    response = await api.get(f"prospecting/{job['jobId']}/rows?{query}")
    assert query.partition("=")[0] in problems(response)


async def test_what_is_not_this_tenants_is_404(api: Api, stranger: Api) -> None:
    job = await api.import_file(MIXED, "Buyers")
    error(await stranger.get(f"prospecting/{job['jobId']}/rows"), 404, "NOT_FOUND")
    error(await api.get(f"prospecting/{NO_SUCH_ID}/rows"), 404, "NOT_FOUND")


async def test_reading_needs_the_permission(api: Api, service: Service, pool: Pool) -> None:
    tenant = await make_tenant(pool, ["prospecting:write"], groups=[api.tenant.account_group_id])
    async with service.client(tenant) as writer:
        response = await writer.get(f"prospecting/{NO_SUCH_ID}/rows")
    assert "prospecting:read" in error(response, 403, "FORBIDDEN")["details"]
