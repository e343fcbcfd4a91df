"""PATCH /v1/accounts/{accountGroupId}/audiences/folders/{folderId}: name, pin, position."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from support.service import data, error, make_tenant, problems

if TYPE_CHECKING:
    from houselist.postgres.db import Pool
    from support.service import Api, Service


async def change(api: Api, folder_id: str, **fields: Any) -> Any:
    return await api.patch(f"audiences/folders/{folder_id}", json=fields)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"name": " Asia "}, {"name": "Asia"}),
        ({"isPinned": True}, {"isPinned": True}),
        ({"position": 0}, {"position": 0}),
        ({"position": 1_000_000}, {"position": 1_000_000}),
    ],
)
async def test_it_changes_what_is_given_and_nothing_else(
    api: Api, given: dict[str, object], kept: dict[str, object]
) -> None:
    made = await api.make_folder("Europe")
    await asyncio.sleep(0.002)
    found = data(await change(api, made["id"], **given))
    assert found == made | kept | {"updatedAt": found["updatedAt"]}
    assert found["updatedAt"] > made["updatedAt"]


async def test_all_at_once_and_back_again(api: Api) -> None:
    made = await api.make_folder("Europe")
    found = data(await change(api, made["id"], name="Asia", isPinned=True, position=3))
    assert (found["name"], found["isPinned"], found["position"]) == ("Asia", True, 3)
    assert data(await change(api, made["id"], isPinned=False))["isPinned"] is False


@pytest.mark.parametrize("position", [-1, 1_000_001, 1.5, True, "1", None, 10**30, 2**63, [1]])
async def test_a_position_is_a_whole_number_in_bounds(api: Api, position: object) -> None:
    made = await api.make_folder()
    assert set(problems(await change(api, made["id"], position=position))) == {"position"}


@pytest.mark.parametrize("pinned", [None, 1, 0, "true", []])
async def test_a_pin_is_true_or_false(api: Api, pinned: object) -> None:
    made = await api.make_folder()
    assert set(problems(await change(api, made["id"], isPinned=pinned))) == {"isPinned"}


async def test_a_change_of_nothing_is_refused(api: Api) -> None:
    made = await api.make_folder()
    words = problems(await change(api, made["id"]))["body"]
    assert all(field in words for field in ("name", "isPinned", "position"))
    assert data(await change(api, made["id"], isPinned=False))["isPinned"] is False


async def test_every_wrong_field_is_named_at_once(api: Api) -> None:
    made = await api.make_folder()
    found = problems(
        await change(api, made["id"], name=None, position="x", audienceType="monitoring", id="0")
    )
    assert set(found) == {"name", "position", "audienceType", "id"}


async def test_a_taken_name_is_a_conflict_but_its_own_in_other_case_is_not(api: Api) -> None:
    await api.make_folder("Europe")
    other = await api.make_folder("asia")
    error(await change(api, other["id"], name="EUROPE", isPinned=True), 409, "CONFLICT")
    assert data(await change(api, other["id"], name="Asia"))["isPinned"] is False


async def test_of_two_that_take_one_name_at_once_one_gets_it(api: Api) -> None:
    made = [await api.make_folder(f"f{number}") for number in range(4)]
    answers = await asyncio.gather(*(change(api, item["id"], name="The One") for item in made))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 3


async def test_a_missing_foreign_or_malformed_folder(api: Api, stranger: Api) -> None:
    made = await api.make_folder()
    error(await change(api, "0" * 24, name="x"), 404, "NOT_FOUND")
    error(await change(stranger, made["id"], name="x"), 404, "NOT_FOUND")
    foreign = f"{api.base_url}audiences/folders/{made['id']}"
    error(await stranger.patch(foreign, json={"name": "x"}), 404, "NOT_FOUND")
    assert set(problems(await change(api, "x", name=""))) == {"folderId", "name"}


async def test_it_needs_audiences_write(service: Service, pool: Pool, api: Api) -> None:
    made = await api.make_folder()
    reader = await make_tenant(
        pool, permissions=["audiences:read"], groups=[api.tenant.account_group_id]
    )
    async with service.client(reader) as weak:
        error(await change(weak, made["id"], name="x"), 403, "FORBIDDEN")
