"""GET /prospecting/{jobId}/events: what a follower of a job is told, and who may follow it."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from houselist.jobs.follow.streams import Streams
from support.apps import own_service
from support.asgi import key_header, speak
from support.events import change, events_of, listening, queued_job
from support.jobs import slugs, working
from support.service import data, error, make_tenant, problems

if TYPE_CHECKING:
    from houselist.postgres.db import Pool
    from support.jobs import Place
    from support.service import Api, Service

NO_SUCH_ID = "0123456789abcdef01234567"


async def test_the_first_event_comes_at_once_and_is_the_job(idle: Api, place: Place) -> None:
    job_id = await queued_job(idle)
    async with listening(place.service, idle, job_id) as listener:
        first = await listener.event(1)
        assert (first.name, first.id) == ("progress", 0)
        assert first.data == data(await idle.get(f"prospecting/{job_id}"))
        assert listener.status == 200
        assert listener.headers["content-type"] == "text/event-stream"
        assert listener.headers["cache-control"] == "no-store"
        assert listener.headers["x-accel-buffering"] == "no"
        assert len(listener.headers["x-trace-id"]) == 32
        assert "content-length" not in listener.headers


async def test_it_begins_with_a_hint_when_to_come_back(idle: Api, place: Place) -> None:
    async with listening(place.service, idle, await queued_job(idle)) as listener:
        hint = await listener.block()
        assert hint is not None
        assert hint.comment == "retry: 2000"


async def test_a_job_is_followed_from_queued_to_its_end(idle: Api, place: Place) -> None:
    upload = await idle.upload(slugs(2000))
    started = await idle.start(
        type="file_upload", uploadId=upload["uploadId"], audienceName="To its end"
    )
    async with (
        listening(place.service, idle, started["jobId"]) as listener,
        working(place.dsn, batch=40),
    ):
        events = await listener.end(20)
    assert [event.name for event in events] == ["progress"] * (len(events) - 1) + ["end"]
    assert len(events) > 2
    for before, after in pairwise(events):
        assert before.id < after.id
        assert before.data["counts"]["rows"] <= after.data["counts"]["rows"]
    last = events[-1].data
    assert last == data(await idle.get(f"prospecting/{started['jobId']}"))
    assert (last["status"], last["counts"]["added"]) == ("completed", 2000)


async def test_a_cancelled_job_ends_its_streams(idle: Api, place: Place) -> None:
    job_id = await queued_job(idle)
    async with listening(place.service, idle, job_id) as listener:
        await listener.event()
        data(await idle.post(f"prospecting/{job_id}/cancel"))
        (end,) = await listener.end(1)
        assert (end.name, end.data["status"]) == ("end", "cancelled")


@pytest.mark.parametrize("seen", [None, "0", "1", "0000000000000000001", "9" * 19])
async def test_a_job_that_is_over_answers_its_end_whatever_was_seen(
    idle: Api, seen: str | None
) -> None:
    job_id = await queued_job(idle)
    data(await idle.post(f"prospecting/{job_id}/cancel"))
    headers = {} if seen is None else {"last-event-id": seen}
    response = await idle.get(f"prospecting/{job_id}/events", headers=headers)
    assert response.status_code == 200
    (end,) = events_of(response.text)
    assert (end.name, end.id, end.data["status"]) == ("end", 1, "cancelled")


async def test_what_was_seen_is_not_told_again(idle: Api, place: Place) -> None:
    job_id = await queued_job(idle)
    await change(place.pool, job_id)
    async with listening(place.service, idle, job_id, seen=1) as listener:
        assert listener.status == 200
        assert await listener.silent(0.3)
        await change(place.pool, job_id)
        assert (await listener.event()).id == 2


@pytest.mark.parametrize("seen", [0, 7])
async def test_who_has_seen_something_else_is_told_at_once(
    idle: Api, place: Place, seen: int
) -> None:
    job_id = await queued_job(idle)
    await change(place.pool, job_id)
    async with listening(place.service, idle, job_id, seen=seen) as listener:
        assert (await listener.event(1)).id == 1


@pytest.mark.parametrize(
    "seen", ["", " ", "x", "-1", "1.0", "1,2", "0x1", "9" * 20, "\xb2", "null"]
)
async def test_a_malformed_last_event_id_is_refused(idle: Api, seen: str) -> None:
    url = f"prospecting/{NO_SUCH_ID}/events"
    response = await idle.get(url, headers={"last-event-id": seen.encode("latin-1")})
    assert problems(response) == {"Last-Event-ID": "must be the id of an event: 1 to 19 digits"}


async def test_all_that_is_wrong_is_named_together(idle: Api, place: Place) -> None:
    twice = [(b"last-event-id", b"1"), (b"last-event-id", b"1")]
    path = f"/v1/accounts/{idle.tenant.account_group_id}/prospecting/x/events"
    response = await speak(
        place.service, "GET", path, headers=[key_header(idle), *twice], query=b"lastEventId=1"
    )
    assert problems(response).keys() == {"Last-Event-ID", "jobId", "lastEventId"}


async def test_a_job_of_others_is_404_in_json(idle: Api, api: Api, stranger: Api) -> None:
    job_id = await queued_job(api)
    for client, wanted in ((stranger, job_id), (api, NO_SUCH_ID), (idle, NO_SUCH_ID)):
        error(await client.get(f"prospecting/{wanted}/events"), 404, "NOT_FOUND")


async def test_following_needs_the_permission(api: Api, service: Service, pool: Pool) -> None:
    tenant = await make_tenant(pool, ["prospecting:write"], groups=[api.tenant.account_group_id])
    async with service.client(tenant) as writer:
        response = await writer.get(f"prospecting/{NO_SUCH_ID}/events")
    assert "prospecting:read" in error(response, 403, "FORBIDDEN")["details"]


async def test_a_stream_counts_as_one_request_of_its_key(place: Place) -> None:
    async with (
        own_service(place.dsn, RATE_LIMIT="3/hour") as service,
        service.client(await make_tenant(place.pool)) as api,
    ):
        job_id = await queued_job(api)
        async with listening(service, api, job_id) as listener:
            await listener.event()
            assert listener.headers["ratelimit"].startswith('"default";r=0;')
            refused = await api.get(f"prospecting/{job_id}/events")
            error(refused, 429, "RATE_LIMITED")
            assert int(refused.headers["retry-after"]) >= 1


async def test_a_stream_outlives_the_deadline_of_requests(place: Place) -> None:
    async with (
        own_service(place.dsn, REQUEST_TIMEOUT="0.3") as service,
        service.client(await make_tenant(place.pool)) as api,
    ):
        job_id = await queued_job(api)
        async with listening(service, api, job_id) as listener:
            await listener.event()
            await asyncio.sleep(0.5)  # the deadline is over by then
            await change(place.pool, job_id)
            assert (await listener.event()).id == 1


async def test_silence_is_filled_with_comments(place: Place) -> None:
    async with (
        own_service(place.dsn) as service,
        service.client(await make_tenant(place.pool)) as api,
    ):
        service.app._services().get(Streams).heartbeat = 0.05
        async with listening(service, api, await queued_job(api)) as listener:
            await listener.event()
            for _ in range(3):
                block = await listener.block(1)
                assert block is not None
                assert block.comment.startswith(":")
