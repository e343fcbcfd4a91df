"""DELETE /v1/accounts/{accountGroupId}/audiences/{audienceId}/schedule: the runs end, the audience stays."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from houselist.schedules.running import start_due
from support.schedules import get, jobs_of, make_due, make_watched, put
from support.service import data, error, make_tenant

if TYPE_CHECKING:
    from houselist.postgres.db import Pool
    from support.jobs import Place
    from support.service import Api, Service


async def test_it_is_gone_and_the_audience_stays(api: Api, pool: Pool) -> None:
    audience = await make_watched(pool, api)
    url = f"audiences/{audience['id']}/schedule"
    data(await put(api, audience, every="day"))
    assert data(await api.delete(url)) == {"deleted": True}
    error(await api.get(url), 404, "NOT_FOUND")
    error(await api.delete(url), 404, "NOT_FOUND")
    data(await api.get(f"audiences/{audience['id']}"))
    data(await put(api, audience, every="day"))


async def test_no_run_comes_after_it(idle: Api, place: Place) -> None:
    audience = await make_watched(place.pool, idle)
    data(await put(idle, audience, every="hour"))
    await make_due(place.pool, idle, audience, timedelta(minutes=1))
    data(await idle.delete(f"audiences/{audience['id']}/schedule"))
    await start_due(place.pool, asyncio.Event())
    assert len(await jobs_of(idle, audience)) == 1


async def test_it_can_go_while_a_job_fills_the_audience(api: Api, pool: Pool) -> None:
    audience = await make_watched(pool, api, ready=False)
    data(await put(api, audience, every="day"))
    data(await api.delete(f"audiences/{audience['id']}/schedule"))


async def test_of_many_at_once_one_deletes_it(api: Api, pool: Pool) -> None:
    audience = await make_watched(pool, api)
    data(await put(api, audience, every="day"))
    url = f"audiences/{audience['id']}/schedule"
    answers = await asyncio.gather(*(api.delete(url) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] + [404] * 5


async def test_under_an_idempotency_key_it_answers_the_same_again(api: Api, pool: Pool) -> None:
    audience = await make_watched(pool, api)
    data(await put(api, audience, every="day"))
    url, key = f"audiences/{audience['id']}/schedule", {"idempotency-key": "k1"}
    first = await api.delete(url, headers=key)
    again = await api.delete(url, headers=key)
    assert data(first) == data(again)
    assert again.headers["idempotent-replayed"] == "true"


async def test_a_stranger_deletes_nothing(api: Api, stranger: Api, pool: Pool) -> None:
    audience = await make_watched(pool, api)
    told = data(await put(api, audience, every="day"))
    error(await stranger.delete(f"audiences/{audience['id']}/schedule"), 404, "NOT_FOUND")
    url = f"{api.base_url}audiences/{audience['id']}/schedule"
    error(await stranger.delete(url), 404, "NOT_FOUND")
    assert await get(api, audience) == told


async def test_it_needs_prospecting_write(service: Service, pool: Pool, api: Api) -> None:
    audience = await make_watched(pool, api)
    told = data(await put(api, audience, every="day"))
    weak = ["prospecting:read", "audiences:write"]
    reader = await make_tenant(pool, weak, groups=[api.tenant.account_group_id])
    async with service.client(reader) as weak_api:
        url = f"audiences/{audience['id']}/schedule"
        error(await weak_api.delete(url), 403, "FORBIDDEN")
    assert await get(api, audience) == told
