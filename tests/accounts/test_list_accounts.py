"""GET /v1/accounts: which account groups a key opens."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from support.service import data, error, make_tenant, problems

if TYPE_CHECKING:
    import httpx

    from houselist.postgres.db import Pool
    from support.service import Api, Service

URL = "/v1/accounts"
SHOWN_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


async def test_it_shows_the_keys_own_groups_oldest_first(service: Service, pool: Pool) -> None:
    older, newer = await make_tenant(pool), await make_tenant(pool)
    both = await make_tenant(pool, groups=[newer.account_group_id, older.account_group_id])
    async with service.client(both) as api:
        found = data(await api.get(f"http://houselist{URL}"))
    assert list(found) == ["items", "nextCursor", "hasMore"]
    assert (found["nextCursor"], found["hasMore"]) == (None, False)
    assert [item["id"] for item in found["items"]] == sorted(
        [older.account_group_id, newer.account_group_id]
    )
    for item in found["items"]:
        assert list(item) == ["id", "name", "createdAt"]
        assert SHOWN_TIME.fullmatch(item["createdAt"])


async def test_another_groups_key_does_not_see_it(api: Api, stranger: Api) -> None:
    found = data(await api.get(f"http://houselist{URL}"))
    assert [item["id"] for item in found["items"]] == [api.tenant.account_group_id]
    assert stranger.tenant.account_group_id not in str(found)


async def test_any_key_will_do(service: Service, pool: Pool) -> None:
    bare = await make_tenant(pool, permissions=())
    async with service.client(bare) as api:
        assert len(data(await api.get(f"http://houselist{URL}"))["items"]) == 1


async def test_without_a_key_it_tells_nothing(anybody: httpx.AsyncClient) -> None:
    error(await anybody.get(URL), 401, "UNAUTHORIZED")


async def test_it_takes_no_parameters(api: Api) -> None:
    assert set(problems(await api.get(f"http://houselist{URL}?limit=5&x="))) == {"limit", "x"}
