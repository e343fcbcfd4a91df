"""DELETE /v1/accounts/{accountGroupId}/audiences/{audienceId}: the list goes, the people stay."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from support.prospects import assert_guarded, join, make_busy, make_prospects
from support.service import data, error, make_tenant, problems

if TYPE_CHECKING:
    from houselist.postgres.db import Pool
    from support.service import Api, Service


async def test_it_is_gone_from_every_place(api: Api) -> None:
    made, folder = await api.make_audience(), await api.make_folder()
    await api.post(f"audiences/{made['id']}/move-to-folder", json={"folderId": folder["id"]})
    assert data(await api.delete(f"audiences/{made['id']}")) == {"deleted": True}
    for path in (f"audiences/{made['id']}", f"audiences/{made['id']}/prospects"):
        error(await api.get(path), 404, "NOT_FOUND")
    error(await api.patch(f"audiences/{made['id']}", json={"name": "x"}), 404, "NOT_FOUND")
    error(await api.post(f"audiences/{made['id']}/remove-from-folder"), 404, "NOT_FOUND")
    assert data(await api.get("audiences"))["items"] == []
    navigation = data(await api.get("audiences/navigation"))
    assert navigation["folders"][0]["audiences"] == navigation["ungroupedAudiences"] == []


async def test_its_prospects_stay_known_without_it(api: Api, pool: Pool) -> None:
    made, other = await api.make_audience("a"), await api.make_audience("b")
    (person,) = await make_prospects(pool, api, {"provider_id": "p1"})
    await join(pool, api, made["id"], person)
    await join(pool, api, other["id"], person)
    data(await api.delete(f"audiences/{made['id']}"))
    assert data(await api.get(f"prospects/{person}"))["audienceIds"] == [other["id"]]
    assert data(await api.get(f"audiences/{other['id']}"))["prospectCount"] == 1


async def test_twice_is_not_found_the_second_time(api: Api) -> None:
    made = await api.make_audience()
    data(await api.delete(f"audiences/{made['id']}"))
    error(await api.delete(f"audiences/{made['id']}"), 404, "NOT_FOUND")


async def test_of_many_at_once_one_deletes_it(api: Api) -> None:
    made = await api.make_audience()
    answers = await asyncio.gather(*(api.delete(f"audiences/{made['id']}") for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] + [404] * 5


async def test_deleted_while_it_is_renamed_it_is_deleted(api: Api) -> None:
    made = await api.make_audience()
    url = f"audiences/{made['id']}"
    gone, renamed = await asyncio.gather(api.delete(url), api.patch(url, json={"name": "Late"}))
    assert gone.status_code == 200
    assert renamed.status_code in (200, 404)
    assert data(await api.get("audiences"))["items"] == []


async def test_while_a_job_fills_it_it_is_guarded(api: Api, pool: Pool) -> None:
    made = await api.make_audience()
    job_id = await make_busy(pool, api, made["id"])
    assert_guarded(await api.delete(f"audiences/{made['id']}"), job_id)
    assert_guarded(await api.get(f"audiences/{made['id']}"), job_id)


async def test_a_body_may_be_empty_or_an_empty_object_only(api: Api) -> None:
    made = await api.make_audience()
    url = f"audiences/{made['id']}"
    refused = await api.request("DELETE", url, json={"force": True})
    assert set(problems(refused)) == {"force"}
    assert set(problems(await api.delete(f"{url}?force=1"))) == {"force"}
    data(await api.request("DELETE", url, json={}))


async def test_a_stranger_deletes_nothing(api: Api, stranger: Api) -> None:
    made = await api.make_audience()
    error(await stranger.delete(f"audiences/{made['id']}"), 404, "NOT_FOUND")
    error(await stranger.delete(f"{api.base_url}audiences/{made['id']}"), 404, "NOT_FOUND")
    data(await api.get(f"audiences/{made['id']}"))


async def test_it_needs_audiences_write(service: Service, pool: Pool, api: Api) -> None:
    made = await api.make_audience()
    reader = await make_tenant(
        pool, permissions=["audiences:read"], groups=[api.tenant.account_group_id]
    )
    async with service.client(reader) as weak:
        error(await weak.delete(f"audiences/{made['id']}"), 403, "FORBIDDEN")
    data(await api.get(f"audiences/{made['id']}"))
