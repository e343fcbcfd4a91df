"""DELETE /v1/accounts/{accountGroupId}/audiences/folders/{folderId}: its audiences stay."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from support.jobs import Place
from support.prospects import make_busy, make_ready
from support.service import data, error, make_tenant, problems

if TYPE_CHECKING:
    from houselist.postgres.db import Pool
    from support.service import Api, Service

CLEARS_BY_ITSELF = """
    SELECT confdeltype = 'n' FROM pg_constraint WHERE conname = 'audiences_folder'
"""


async def move(api: Api, audience: Any, folder: Any) -> Any:
    url = f"audiences/{audience['id']}/move-to-folder"
    return await api.post(url, json={"folderId": folder["id"]})


async def test_its_audiences_become_ungrouped(api: Api) -> None:
    folder, other = await api.make_folder("a"), await api.make_folder("b")
    made = [await api.make_audience(f"a{number}") for number in range(3)]
    for item, target in zip(made, (folder, folder, other), strict=True):
        data(await move(api, item, target))
    assert data(await api.delete(f"audiences/folders/{folder['id']}")) == {"deleted": True}
    found = data(await api.get("audiences/navigation"))
    assert found["ungroupedAudiences"] == [made[1], made[0]]
    assert [item["id"] for item in found["folders"]] == [other["id"]]
    assert len(found["folders"][0]["audiences"]) == 1


async def test_an_audience_that_a_job_fills_is_let_go_as_well(api: Api, pool: Pool) -> None:
    folder, made = await api.make_folder(), await api.make_audience()
    data(await move(api, made, folder))
    await make_busy(pool, api, made["id"])
    data(await api.delete(f"audiences/folders/{folder['id']}"))
    await make_ready(pool, api, made["id"])
    assert data(await api.get(f"audiences/{made['id']}"))["folderId"] is None


async def test_of_many_at_once_one_deletes_it(api: Api) -> None:
    folder = await api.make_folder()
    url = f"audiences/folders/{folder['id']}"
    answers = await asyncio.gather(*(api.delete(url) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200] + [404] * 4


async def test_its_name_is_free_again(api: Api) -> None:
    folder = await api.make_folder("Europe")
    data(await api.delete(f"audiences/folders/{folder['id']}"))
    error(await move(api, await api.make_audience(), folder), 404, "NOT_FOUND")
    await api.make_folder("europe")


async def test_a_missing_foreign_or_malformed_folder(api: Api, stranger: Api) -> None:
    made = await api.make_folder()
    error(await api.delete(f"audiences/folders/{'0' * 24}"), 404, "NOT_FOUND")
    error(await stranger.delete(f"audiences/folders/{made['id']}"), 404, "NOT_FOUND")
    error(await stranger.delete(f"{api.base_url}audiences/folders/{made['id']}"), 404, "NOT_FOUND")
    assert set(problems(await api.delete("audiences/folders/x?y"))) == {"folderId", "y"}
    assert len(data(await api.get("audiences/navigation"))["folders"]) == 1


async def test_it_needs_audiences_write(service: Service, pool: Pool, api: Api) -> None:
    made = await api.make_folder()
    reader = await make_tenant(
        pool, permissions=["audiences:read"], groups=[api.tenant.account_group_id]
    )
    async with service.client(reader) as weak:
        error(await weak.delete(f"audiences/folders/{made['id']}"), 403, "FORBIDDEN")


async def test_its_audiences_need_no_foreign_key_to_be_let_go(server_dsn: str) -> None:
    # A cluster's foreign keys can't empty a column; there the statement alone does it.
    async with Place.made(server_dsn, "folders") as place, place.api() as api:
        if await place.pool.fetchval(CLEARS_BY_ITSELF):
            await place.pool.execute(
                "ALTER TABLE audiences DROP CONSTRAINT audiences_folder,"
                " ADD CONSTRAINT audiences_folder FOREIGN KEY (account_group_id, folder_id)"
                " REFERENCES folders (account_group_id, id)"
            )
        folder, made = await api.make_folder(), await api.make_audience()
        data(await move(api, made, folder))
        data(await api.delete(f"audiences/folders/{folder['id']}"))
        assert data(await api.get(f"audiences/{made['id']}"))["folderId"] is None
