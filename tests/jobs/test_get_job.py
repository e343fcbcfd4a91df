"""GET /prospecting/{jobId}: how far a job is, and to whom it is told."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from support.jobs import slugs
from support.service import data, error, make_tenant, problems

if TYPE_CHECKING:
    from houselist.postgres.db import Pool
    from support.service import Api, Service

NO_SUCH_ID = "0123456789abcdef01234567"
NO_COUNTS = {
    "rows": 0,
    "added": 0,
    "alreadyMember": 0,
    "duplicate": 0,
    "invalid": 0,
    "overLimit": 0,
}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


async def test_a_job_that_waits(idle: Api) -> None:
    upload = await idle.upload(slugs(3))
    started = await idle.start(
        type="file_upload", uploadId=upload["uploadId"], audienceName="Waiting"
    )
    job = data(await idle.get(f"prospecting/{started['jobId']}"))
    assert TIME.fullmatch(job.pop("createdAt"))
    assert TIME.fullmatch(job.pop("updatedAt"))
    keyed_by = job["startedBy"]["keyId"]
    assert re.fullmatch("[0-9a-f]{24}", keyed_by)
    assert job == {
        "jobId": started["jobId"],
        "type": "prospecting",
        "sourceType": "file_upload",
        "audienceId": started["audienceId"],
        "status": "queued",
        "stages": {
            "import": {"status": "queued", "progress": 0.0, "details": None},
            "enrichment": {"status": "queued", "progress": 0.0, "details": None},
        },
        "counts": NO_COUNTS,
        "dryRun": False,
        "undoesJobId": None,
        "startedBy": {"keyId": keyed_by, "name": "a test's key"},
        "error": None,
    }


@pytest.mark.usefixtures("worker")
async def test_a_job_that_is_done(api: Api) -> None:
    job = await api.import_file(slugs(120), "Done")
    assert job["status"] == "completed"
    assert job["counts"] == {**NO_COUNTS, "rows": 120, "added": 120}
    assert job["error"] is None
    assert job["stages"]["import"] == {"status": "completed", "progress": 1.0, "details": None}
    assert job["stages"]["enrichment"]["status"] == "completed"
    assert job["stages"]["enrichment"]["progress"] == 1.0
    assert job["updatedAt"] >= job["createdAt"]


@pytest.mark.usefixtures("worker")
async def test_the_enrichment_says_that_there_is_no_provider(api: Api) -> None:
    job = await api.import_file(slugs(1), "Done")
    assert "provider" in job["stages"]["enrichment"]["details"]


async def test_what_is_not_this_tenants_is_404(idle: Api, api: Api, stranger: Api) -> None:
    upload = await api.upload(slugs(1))
    started = await api.start(type="file_upload", uploadId=upload["uploadId"], audienceName="Mine")
    for client, job_id in ((stranger, started["jobId"]), (api, NO_SUCH_ID), (idle, NO_SUCH_ID)):
        error(await client.get(f"prospecting/{job_id}"), 404, "NOT_FOUND")


@pytest.mark.parametrize("job_id", ["x", NO_SUCH_ID.upper(), f"{NO_SUCH_ID}0", "%00"])
async def test_a_malformed_id_is_refused(api: Api, job_id: str) -> None:
    assert "jobId" in problems(await api.get(f"prospecting/{job_id}"))


async def test_reading_needs_the_permission(api: Api, service: Service, pool: Pool) -> None:
    tenant = await make_tenant(pool, ["prospecting:write"], groups=[api.tenant.account_group_id])
    async with service.client(tenant) as writer:
        response = await writer.get(f"prospecting/{NO_SUCH_ID}")
    assert "prospecting:read" in error(response, 403, "FORBIDDEN")["details"]
