"""POST /prospecting more than once: repeated, or several at the same moment."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from support.jobs import kept
from support.service import data, error

if TYPE_CHECKING:
    from support.jobs import Place
    from support.service import Api


async def file_job(api: Api, **more: Any) -> dict[str, Any]:
    """The body of a job that would start."""
    upload = await api.upload("Email\na@b.example\n")
    return {"type": "file_upload", "uploadId": upload["uploadId"], "audienceName": "New", **more}


async def test_a_repeated_request_gives_the_first_answer(place: Place, idle: Api) -> None:
    body = await file_job(idle)
    headers = {"idempotency-key": "job"}
    first = await idle.post("prospecting", json=body, headers=headers)
    before = await kept(place.pool, idle)
    again = await idle.post("prospecting", json=body, headers=headers)
    assert data(again, 200) == data(first, 202)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["location"] == first.headers["location"]
    other = await idle.post("prospecting", json={**body, "audienceName": "Other"}, headers=headers)
    error(other, 409, "IDEMPOTENCY_CONFLICT")
    assert await kept(place.pool, idle) == before


async def test_the_same_request_twice_at_once_starts_one_job(place: Place, idle: Api) -> None:
    body = await file_job(idle)
    answers = await asyncio.gather(
        *(
            idle.post("prospecting", json=body, headers={"idempotency-key": "both"})
            for _ in range(5)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 200, 202]
    assert len({answer.json()["data"]["jobId"] for answer in answers}) == 1
    assert (await kept(place.pool, idle))["prospecting_jobs"] == 1


@pytest.mark.parametrize("known", [True, False])
async def test_of_two_jobs_at_once_on_one_audience_one_is_refused(
    place: Place, idle: Api, known: bool
) -> None:
    target: dict[str, Any] = {"audienceName": "New"}
    if known:
        target = {"audienceName": None, "audienceId": (await idle.make_audience())["id"]}
    body = await file_job(idle, **target)
    answers = await asyncio.gather(*(idle.post("prospecting", json=body) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [202, 409, 409, 409, 409, 409]
    for answer in answers:
        if answer.status_code == 409:
            error(answer, 409, "AUDIENCE_NOT_READY" if known else "CONFLICT")
    assert (await kept(place.pool, idle))["prospecting_jobs"] == 1
