"""POST /v1/accounts/{accountGroupId}/audiences/{audienceId}/move-to-folder."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from asyncpg import DeadlockDetectedError

from support.locks import until_locks_are_waited_for
from support.prospects import assert_guarded, make_busy
from support.service import data, error, make_tenant, problems

if TYPE_CHECKING:
    from houselist.postgres.db import Pool
    from support.service import Api, Service

NOBODY = "0" * 24


async def move(api: Api, audience_id: str, folder_id: object) -> Any:
    return await api.post(f"audiences/{audience_id}/move-to-folder", json={"folderId": folder_id})


@pytest.mark.parametrize("type_", ["on_demand", "monitoring"])
async def test_an_audience_moves_from_folder_to_folder(api: Api, type_: str) -> None:
    made = await api.make_audience("A", type_)
    first, second = await api.make_folder("1", type_), await api.make_folder("2", type_)
    assert data(await move(api, made["id"], first["id"])) == made | {"folderId": first["id"]}
    assert data(await move(api, made["id"], second["id"])) == made | {"folderId": second["id"]}
    assert data(await move(api, made["id"], second["id"]))["folderId"] == second["id"]
    assert data(await api.get(f"audiences/{made['id']}"))["folderId"] == second["id"]


@pytest.mark.parametrize(
    ("audience_type", "folder_type"), [("on_demand", "monitoring"), ("monitoring", "on_demand")]
)
async def test_a_folder_of_the_other_type_is_impossible(
    api: Api, audience_type: str, folder_type: str
) -> None:
    made, folder = (
        await api.make_audience("A", audience_type),
        await api.make_folder("F", folder_type),
    )
    assert set(problems(await move(api, made["id"], folder["id"]), 422)) == {"folderId"}
    assert data(await api.get(f"audiences/{made['id']}"))["folderId"] is None


@pytest.mark.parametrize(
    "source", ["file_upload", "url_upload", "linkedin_search", "sales_navigator", "post_commenters"]
)
async def test_an_audience_that_a_job_made_goes_into_on_demand_folders(
    api: Api, pool: Pool, source: str
) -> None:
    made = await api.make_audience()
    await pool.execute(
        "UPDATE audiences SET type = $2 WHERE id = $1", bytes.fromhex(made["id"]), source
    )
    good, bad = await api.make_folder("good"), await api.make_folder("bad", "monitoring")
    assert data(await move(api, made["id"], good["id"]))["type"] == source
    problems(await move(api, made["id"], bad["id"]), 422)


@pytest.mark.parametrize("folder_id", ["", "x", None, 5, [], "0" * 23, "F" * 24])
async def test_a_malformed_folder_is_named(api: Api, folder_id: object) -> None:
    made = await api.make_audience()
    assert set(problems(await move(api, made["id"], folder_id))) == {"folderId"}


async def test_the_folder_is_required(api: Api) -> None:
    made = await api.make_audience()
    for body in (b"", b"{}"):
        response = await api.post(f"audiences/{made['id']}/move-to-folder", content=body)
        assert problems(response) == {"folderId": "is required"}


async def test_neither_may_be_missing_or_anothers(api: Api, stranger: Api) -> None:
    made, folder = await api.make_audience(), await api.make_folder()
    theirs, their_folder = await stranger.make_audience(), await stranger.make_folder()
    error(await move(api, made["id"], NOBODY), 404, "NOT_FOUND")
    error(await move(api, made["id"], their_folder["id"]), 404, "NOT_FOUND")
    error(await move(api, NOBODY, folder["id"]), 404, "NOT_FOUND")
    error(await move(api, theirs["id"], folder["id"]), 404, "NOT_FOUND")
    error(await move(stranger, made["id"], their_folder["id"]), 404, "NOT_FOUND")


async def test_while_a_job_fills_it_it_is_guarded_after_404_and_before_422(
    api: Api, pool: Pool
) -> None:
    made, folder = await api.make_audience(), await api.make_folder()
    other = await api.make_folder("F", "monitoring")
    job_id = await make_busy(pool, api, made["id"])
    assert_guarded(await move(api, made["id"], folder["id"]), job_id)
    assert_guarded(await move(api, made["id"], other["id"]), job_id)
    error(await move(api, made["id"], NOBODY), 404, "NOT_FOUND")


async def test_moved_into_a_folder_that_is_just_deleted_it_ends_ungrouped(api: Api) -> None:
    made = [await api.make_audience(f"a{number}") for number in range(4)]
    for round_ in range(3):
        folder = await api.make_folder(f"f{round_}")
        answers = await asyncio.gather(
            *(move(api, item["id"], folder["id"]) for item in made[:2]),
            api.delete(f"audiences/folders/{folder['id']}"),
            *(move(api, item["id"], folder["id"]) for item in made[2:]),
        )
        assert answers[2].status_code == 200, answers[2].text
        assert {answer.status_code for answer in answers} <= {200, 404}
        found = data(await api.get("audiences/navigation"))
        assert found["folders"] == []
        assert len(found["ungroupedAudiences"]) == 4
        assert {item["folderId"] for item in found["ungroupedAudiences"]} == {None}


async def test_a_deadlock_is_untied_and_the_move_is_done(api: Api, pool: Pool) -> None:
    made, folder = await api.make_audience(), await api.make_folder()
    audience_id, folder_id = bytes.fromhex(made["id"]), bytes.fromhex(folder["id"])
    group = bytes.fromhex(api.tenant.account_group_id)
    locked = "WHERE account_group_id = $1 AND id = $2 FOR UPDATE"

    async def move_while_other_wants_both() -> bool:
        """Whether the move was the one that PostgreSQL ended."""
        is_ended = True
        async with pool.acquire() as other:
            transaction = other.transaction()
            await transaction.start()
            await other.execute(f"SELECT FROM folders {locked}", group, folder_id)
            moving = asyncio.create_task(move(api, made["id"], folder["id"]))
            # It holds the audience and waits for the folder.
            await until_locks_are_waited_for(pool)
            try:
                await other.execute(f"SELECT FROM audiences {locked}", group, audience_id)
            except DeadlockDetectedError:
                is_ended = False
            await transaction.rollback()
        assert data(await moving)["folderId"] == folder["id"]
        return is_ended

    # PostgreSQL ends whoever looks first, a second after they began to wait: mostly the move.
    for _ in range(5):
        if await move_while_other_wants_both():
            return
    pytest.fail("The move was never the one that was ended.")


async def test_it_needs_audiences_write(service: Service, pool: Pool, api: Api) -> None:
    made, folder = await api.make_audience(), await api.make_folder()
    reader = await make_tenant(
        pool, permissions=["audiences:read"], groups=[api.tenant.account_group_id]
    )
    async with service.client(reader) as weak:
        error(await move(weak, made["id"], folder["id"]), 403, "FORBIDDEN")
