"""What is checked first when several things are wrong: 401, 429, 403, 400, 404, 409 or 422."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.apps import own_service
from support.prospects import make_busy
from support.service import error, make_tenant, problems

if TYPE_CHECKING:
    import httpx

    from houselist.postgres.db import Pool
    from support.service import Api, Service

NOBODY = "0" * 24
BAD = {"name": "", "nope": 1}


async def test_without_a_key_nothing_else_is_told(anybody: httpx.AsyncClient, api: Api) -> None:
    for path in (f"{api.base_url}audiences/x?y=1", "http://houselist/v1/accounts/x/audiences"):
        error(await anybody.get(path), 401, "UNAUTHORIZED")
    flood = await anybody.post(f"{api.base_url}audiences", content=b"{" * 2_000_000)
    error(flood, 401, "UNAUTHORIZED")


async def test_over_the_limit_comes_before_a_missing_permission(dsn: str, pool: Pool) -> None:
    weak = await make_tenant(pool, permissions=())
    async with own_service(dsn, RATE_LIMIT="1/minute") as service, service.client(weak) as api:
        error(await api.get("audiences"), 403, "FORBIDDEN")
        error(await api.get("audiences"), 429, "RATE_LIMITED")
        error(await api.patch("audiences/x", json=BAD), 429, "RATE_LIMITED")


async def test_a_missing_permission_comes_before_a_bad_request(
    service: Service, pool: Pool
) -> None:
    weak = await make_tenant(pool, permissions=["prospects:read"])
    async with service.client(weak) as api:
        error(await api.patch("audiences/x?y=1", json=BAD), 403, "FORBIDDEN")
        error(await api.post("audiences", content=b"{"), 403, "FORBIDDEN")
        error(await api.get("audiences?limit=0"), 403, "FORBIDDEN")
        error(await api.get(f"http://houselist/v1/accounts/{NOBODY}/audiences"), 403, "FORBIDDEN")


async def test_a_bad_request_comes_before_a_group_that_is_not_the_keys(api: Api) -> None:
    other = f"http://houselist/v1/accounts/{NOBODY}"
    assert set(problems(await api.patch(f"{other}/audiences/{NOBODY}", json=BAD))) == {
        "name",
        "nope",
    }
    assert set(problems(await api.get(f"{other}/audiences?limit=0"))) == {"limit"}
    assert set(problems(await api.get(f"{other}/audiences?cursor=!"))) == {"cursor"}
    assert set(problems(await api.get(f"{other}/audiences/navigation?x=1"))) == {"x"}


async def test_a_bad_request_comes_before_a_missing_thing(api: Api) -> None:
    response = await api.post(f"audiences/{NOBODY}/move-to-folder", json={"folderId": "x"})
    assert set(problems(response)) == {"folderId"}
    missing = await api.get(f"audiences/{NOBODY}/prospects?cursor=AAAAAAAAAAAAAAAAAAAA")
    assert set(problems(missing)) == {"cursor"}


async def test_a_bad_request_comes_before_an_audience_that_is_not_ready(
    api: Api, pool: Pool
) -> None:
    made = await api.make_audience()
    await make_busy(pool, api, made["id"])
    assert set(problems(await api.patch(f"audiences/{made['id']}", json=BAD))) == {"name", "nope"}
    assert set(problems(await api.get(f"audiences/{made['id']}/prospects?cursor=x"))) == {"cursor"}


async def test_a_missing_folder_comes_before_an_audience_that_is_not_ready(
    api: Api, pool: Pool
) -> None:
    made = await api.make_audience()
    await make_busy(pool, api, made["id"])
    response = await api.post(f"audiences/{made['id']}/move-to-folder", json={"folderId": NOBODY})
    error(response, 404, "NOT_FOUND")


async def test_not_ready_comes_before_a_taken_name(api: Api, pool: Pool) -> None:
    await api.make_audience("Taken")
    made = await api.make_audience("Busy")
    await make_busy(pool, api, made["id"])
    response = await api.patch(f"audiences/{made['id']}", json={"name": "taken"})
    error(response, 409, "AUDIENCE_NOT_READY")
