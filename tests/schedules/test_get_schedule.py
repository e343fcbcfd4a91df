"""GET /v1/accounts/{accountGroupId}/audiences/{audienceId}/schedule: when runs come, what became of the last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.schedules import get, make_watched, put
from support.service import data, error, make_tenant, problems

if TYPE_CHECKING:
    from houselist.postgres.db import Pool
    from support.service import Api, Service


async def test_it_tells_what_was_set(api: Api, pool: Pool) -> None:
    audience = await make_watched(pool, api)
    told = data(await put(api, audience, every="week", startsAt="2027-01-04T06:00:00Z"))
    assert await get(api, audience) == told


async def test_an_audience_without_one_says_so(api: Api, pool: Pool) -> None:
    audience = await make_watched(pool, api)
    refusal = error(await api.get(f"audiences/{audience['id']}/schedule"), 404, "NOT_FOUND")
    assert refusal["message"] == "The audience has no schedule."
    refusal = error(await api.get(f"audiences/{'0' * 24}/schedule"), 404, "NOT_FOUND")
    assert refusal["message"] == "There is no such audience."
    assert set(problems(await api.get("audiences/x/schedule?y=1"))) == {"audienceId", "y"}


async def test_it_goes_with_its_audience(api: Api, pool: Pool) -> None:
    audience = await make_watched(pool, api)
    data(await put(api, audience, every="day"))
    data(await api.delete(f"audiences/{audience['id']}"))
    error(await api.get(f"audiences/{audience['id']}/schedule"), 404, "NOT_FOUND")


async def test_the_path_tells_which_methods_it_takes(api: Api) -> None:
    url = f"audiences/{'0' * 24}/schedule"
    assert (await api.options(url)).headers["allow"] == "DELETE, GET, OPTIONS, PUT"
    refused = await api.post(url, json={"every": "day"})
    error(refused, 405, "METHOD_NOT_ALLOWED")
    assert sorted(refused.headers["allow"].split(", ")) == ["DELETE", "GET", "OPTIONS", "PUT"]


async def test_a_stranger_sees_nothing(api: Api, stranger: Api, pool: Pool) -> None:
    audience = await make_watched(pool, api)
    data(await put(api, audience, every="day"))
    error(await stranger.get(f"audiences/{audience['id']}/schedule"), 404, "NOT_FOUND")
    url = f"{api.base_url}audiences/{audience['id']}/schedule"
    error(await stranger.get(url), 404, "NOT_FOUND")


async def test_it_needs_prospecting_read(service: Service, pool: Pool, api: Api) -> None:
    audience = await make_watched(pool, api)
    data(await put(api, audience, every="day"))
    weak = ["prospecting:write", "audiences:read"]
    writer = await make_tenant(pool, weak, groups=[api.tenant.account_group_id])
    async with service.client(writer) as weak_api:
        url = f"audiences/{audience['id']}/schedule"
        error(await weak_api.get(url), 403, "FORBIDDEN")
