"""POST /v1/accounts/{accountGroupId}/audiences/{audienceId}/remove-from-folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support.prospects import assert_guarded, make_busy
from support.service import data, error, make_tenant, problems

if TYPE_CHECKING:
    from houselist.postgres.db import Pool
    from support.service import Api, Service


async def take_out(api: Api, audience_id: str) -> Any:
    return await api.post(f"audiences/{audience_id}/remove-from-folder")


async def test_the_audience_becomes_ungrouped(api: Api) -> None:
    made, folder = await api.make_audience(), await api.make_folder()
    await api.post(f"audiences/{made['id']}/move-to-folder", json={"folderId": folder["id"]})
    assert data(await take_out(api, made["id"])) == made
    assert data(await api.get("audiences/navigation"))["ungroupedAudiences"] == [made]


async def test_one_that_is_in_no_folder_stays_so(api: Api) -> None:
    made = await api.make_audience()
    assert data(await take_out(api, made["id"])) == made


async def test_a_body_may_be_an_empty_object_only(api: Api) -> None:
    made = await api.make_audience()
    url = f"audiences/{made['id']}/remove-from-folder"
    data(await api.post(url, json={}))
    assert set(problems(await api.post(url, json={"folderId": None}))) == {"folderId"}
    assert set(problems(await api.post(url, json=[]))) == {"body"}


async def test_while_a_job_fills_it_it_is_guarded(api: Api, pool: Pool) -> None:
    made = await api.make_audience()
    job_id = await make_busy(pool, api, made["id"])
    assert_guarded(await take_out(api, made["id"]), job_id)


async def test_a_missing_or_foreign_audience_is_not_found(api: Api, stranger: Api) -> None:
    made = await api.make_audience()
    error(await take_out(api, "0" * 24), 404, "NOT_FOUND")
    error(await take_out(stranger, made["id"]), 404, "NOT_FOUND")
    assert set(problems(await take_out(api, "x"))) == {"audienceId"}


async def test_it_needs_audiences_write(service: Service, pool: Pool, api: Api) -> None:
    made = await api.make_audience()
    reader = await make_tenant(
        pool, permissions=["audiences:read"], groups=[api.tenant.account_group_id]
    )
    async with service.client(reader) as weak:
        error(await take_out(weak, made["id"]), 403, "FORBIDDEN")
