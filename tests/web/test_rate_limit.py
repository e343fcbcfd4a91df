"""The rate limit of a key: a sliding window, and the headers that tell of it."""

from __future__ import annotations

import asyncio
import re
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING

from houselist.web import rate_limit
from support.apps import own_service
from support.service import data, error, make_tenant

if TYPE_CHECKING:
    import httpx
    import pytest

    from houselist.postgres.db import Pool
    from support.service import Api


def state(response: httpx.Response) -> tuple[int, int]:
    """Requests left and seconds, as the RateLimit header has them."""
    match = re.fullmatch(r'"default";r=(\d+);t=(\d+)', response.headers["ratelimit"])
    assert match
    return int(match[1]), int(match[2])


async def test_every_answer_to_a_key_tells_what_is_left(dsn: str, pool: Pool) -> None:
    tenant = await make_tenant(pool, permissions=["audiences:read"])
    async with own_service(dsn, RATE_LIMIT="10/minute") as service, service.client(tenant) as api:
        answers = [
            await api.get("audiences"),
            await api.get("audiences/x"),
            await api.get(f"audiences/{'0' * 24}"),
            await api.delete("audiences/x"),
            await api.get("audiences/navigation", headers={"if-none-match": "*"}),
        ]
        anonymous = await api.get("audiences", headers={"authorization": "no"})
    assert [answer.status_code for answer in answers] == [200, 400, 404, 403, 304]
    assert [state(answer)[0] for answer in answers] == [9, 8, 7, 6, 5]
    for answer in answers:
        assert answer.headers["ratelimit-policy"] == '"default";q=10;w=60'
        assert 1 <= state(answer)[1] <= 60
    assert "ratelimit" not in anonymous.headers


async def test_one_too_many_is_told_when_to_come_back(dsn: str, pool: Pool) -> None:
    async with (
        own_service(dsn, RATE_LIMIT="3/minute") as service,
        service.client(await make_tenant(pool)) as api,
    ):
        for _ in range(3):
            data(await api.get("audiences"))
        refused = await api.post("audiences", json={"name": "x", "type": "on_demand"})
    error(refused, 429, "RATE_LIMITED")
    assert state(refused)[0] == 0
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert refused.headers["ratelimit-policy"] == '"default";q=3;w=60'


async def test_the_window_slides_and_refused_requests_do_not_count(
    dsn: str, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.monotonic()
    monkeypatch.setattr(rate_limit, "time", SimpleNamespace(monotonic=lambda: now))
    async with (
        own_service(dsn, RATE_LIMIT="2/second") as service,
        service.client(await make_tenant(pool)) as api,
    ):
        data(await api.get("audiences"))
        now += 0.6
        data(await api.get("audiences"))
        for _ in range(5):
            error(await api.get("audiences"), 429, "RATE_LIMITED")
        now += 0.6  # the first has left the window, the second has not
        data(await api.get("audiences"))
        error(await api.get("audiences"), 429, "RATE_LIMITED")


async def test_who_waits_as_told_is_let_in(dsn: str, pool: Pool) -> None:
    async with (
        own_service(dsn, RATE_LIMIT="1/second") as service,
        service.client(await make_tenant(pool)) as api,
    ):
        data(await api.get("audiences"))
        refused = await api.get("audiences")
        await asyncio.sleep(int(refused.headers["retry-after"]))
        data(await api.get("audiences"))


async def test_every_key_has_its_own(dsn: str, pool: Pool, api: Api) -> None:
    group = [api.tenant.account_group_id]
    one, two = await make_tenant(pool, groups=group), await make_tenant(pool, groups=group)
    async with (
        own_service(dsn, RATE_LIMIT="1/minute") as service,
        service.client(one) as first,
        service.client(two) as second,
    ):
        data(await first.get("audiences"))
        error(await first.get("audiences"), 429, "RATE_LIMITED")
        data(await second.get("audiences"))


async def test_of_many_at_once_exactly_the_quota_passes(dsn: str, pool: Pool) -> None:
    async with (
        own_service(dsn, RATE_LIMIT="5/minute") as service,
        service.client(await make_tenant(pool)) as api,
    ):
        answers = await asyncio.gather(*(api.get("audiences") for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [429] * 7


async def test_turned_off_there_is_no_limit_and_no_header(dsn: str, pool: Pool) -> None:
    async with (
        own_service(dsn, RATE_LIMIT="off") as service,
        service.client(await make_tenant(pool)) as api,
    ):
        response = await api.get("audiences")
    data(response)
    assert not {"ratelimit", "ratelimit-policy"} & set(response.headers)


async def test_by_default_it_is_600_a_minute(dsn: str, pool: Pool) -> None:
    async with (
        own_service(dsn, RATE_LIMIT="") as service,
        service.client(await make_tenant(pool)) as api,
    ):
        response = await api.get("audiences")
    assert response.headers["ratelimit-policy"] == '"default";q=600;w=60'
    assert state(response)[0] == 599
