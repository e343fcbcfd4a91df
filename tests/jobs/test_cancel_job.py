"""POST /prospecting/{jobId}/cancel: a job stops at once, what it added stays, nothing is stuck."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from support.jobs import kept, members, outcomes, slugs, until, working
from support.service import data, error, make_tenant, problems

if TYPE_CHECKING:
    from support.jobs import Place
    from support.service import Api

NO_SUCH_ID = "0123456789abcdef01234567"


async def started(api: Api, rows: int, name: str = "Buyers") -> Any:
    upload = await api.upload(slugs(rows))
    return await api.start(type="file_upload", uploadId=upload["uploadId"], audienceName=name)


async def cancel(api: Api, job: Any) -> Any:
    return await api.post(f"prospecting/{job['jobId']}/cancel")


async def test_a_queued_job(idle: Api) -> None:
    job = await started(idle, 3)
    assert data(await cancel(idle, job)) == {"jobId": job["jobId"], "status": "cancelled"}
    told = data(await idle.get(f"prospecting/{job['jobId']}"))
    assert told["status"] == "cancelled"
    assert told["stages"]["import"]["status"] == "cancelled"
    assert told["stages"]["enrichment"]["status"] == "cancelled"
    assert told["counts"]["rows"] == 0
    assert told["error"] is None
    assert data(await idle.get(f"audiences/{job['audienceId']}"))["prospectCount"] == 0


async def test_a_job_cancelled_while_queued_is_never_run(idle: Api, place: Place) -> None:
    job = await started(idle, 3)
    data(await cancel(idle, job))
    async with working(place.dsn):
        other = await started(idle, 3, "Others")
        assert (await idle.finished(other["jobId"]))["counts"]["added"] == 3
    assert data(await idle.get(f"prospecting/{job['jobId']}"))["status"] == "cancelled"
    assert await members(idle, job) == []
    assert await outcomes(idle, job) == []


async def test_a_running_job_keeps_what_it_added(idle: Api, place: Place) -> None:
    job = await started(idle, 4000)

    async def some_rows_are_done() -> bool:
        return data(await idle.get(f"prospecting/{job['jobId']}"))["counts"]["rows"] > 0

    async with working(place.dsn, batch=20):
        await until(some_rows_are_done)
        assert data(await cancel(idle, job))["status"] == "cancelled"
        # At once, not when the worker finds out.
        audience = data(await idle.get(f"audiences/{job['audienceId']}"))
        told = data(await idle.get(f"prospecting/{job['jobId']}"))
        # Meanwhile the worker writes many batches of another job.
        async with place.api() as other:
            done = await other.finished((await started(other, 500))["jobId"])
            assert done["counts"]["added"] == 500
        assert data(await idle.get(f"prospecting/{job['jobId']}")) == told
    rows = told["counts"]["rows"]
    assert 0 < rows < 4000
    assert told["counts"]["added"] == rows == audience["prospectCount"]
    assert told["stages"]["import"] == {
        "status": "cancelled",
        "progress": rows / 4000,
        "details": None,
    }
    assert await outcomes(idle, job) == ["added"] * rows
    assert len(await members(idle, job)) == rows
    assert (await kept(place.pool, idle))["prospects"] == rows


async def test_the_audience_takes_another_job_at_once(idle: Api, place: Place) -> None:
    job = await started(idle, 3)
    data(await cancel(idle, job))
    upload = await idle.upload(slugs(5))
    again = await idle.start(
        type="file_upload", uploadId=upload["uploadId"], audienceId=job["audienceId"]
    )
    # Cancelling the first once more must not free the audience that the second holds.
    error(await cancel(idle, job), 422, "VALIDATION_ERROR")
    error(await idle.get(f"audiences/{job['audienceId']}"), 409, "AUDIENCE_NOT_READY")
    async with working(place.dsn):
        assert (await idle.finished(again["jobId"]))["counts"]["added"] == 5


async def test_what_is_over_is_past_cancelling(idle: Api, place: Place) -> None:
    job = await started(idle, 3)
    async with working(place.dsn):
        before = await idle.finished(job["jobId"])
    assert "jobId" in problems(await cancel(idle, job), 422)
    assert data(await idle.get(f"prospecting/{job['jobId']}")) == before


async def test_two_at_once_cancel_it_once(idle: Api) -> None:
    job = await started(idle, 3)
    answers = await asyncio.gather(*(cancel(idle, job) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 422, 422, 422]


async def test_a_repeated_request_gives_the_first_answer(idle: Api) -> None:
    job = await started(idle, 3)
    headers = {"idempotency-key": "stop"}
    path = f"prospecting/{job['jobId']}/cancel"
    first = await idle.post(path, headers=headers)
    again = await idle.post(path, headers=headers)
    assert data(first) == data(again)
    assert again.headers["idempotent-replayed"] == "true"


async def test_what_is_not_this_tenants_is_404_and_goes_on(idle: Api, place: Place) -> None:
    job = await started(idle, 3)
    async with place.api() as stranger:
        error(await cancel(stranger, job), 404, "NOT_FOUND")
    error(await idle.post(f"prospecting/{NO_SUCH_ID}/cancel"), 404, "NOT_FOUND")
    assert data(await idle.get(f"prospecting/{job['jobId']}"))["status"] == "queued"


@pytest.mark.parametrize("body", [{"reason": "x"}, []])
async def test_it_takes_no_body(idle: Api, body: Any) -> None:
    job = await started(idle, 3)
    assert problems(await idle.post(f"prospecting/{job['jobId']}/cancel", json=body))
    data(await idle.post(f"prospecting/{job['jobId']}/cancel", json={}))


async def test_cancelling_needs_the_permission(idle: Api, place: Place) -> None:
    job = await started(idle, 3)
    tenant = await make_tenant(
        place.pool, ["prospecting:read"], groups=[idle.tenant.account_group_id]
    )
    async with place.service.client(tenant) as reader:
        response = await cancel(reader, job)
    assert "prospecting:write" in error(response, 403, "FORBIDDEN")["details"]
