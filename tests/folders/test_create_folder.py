"""POST /v1/accounts/{accountGroupId}/audiences/folders: a new, empty folder."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest

from support.service import data, error, make_tenant, problems

if TYPE_CHECKING:
    from houselist.postgres.db import Pool
    from support.service import Api, Service

URL = "audiences/folders"
SHOWN_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


@pytest.mark.parametrize("type_", ["on_demand", "monitoring"])
async def test_it_makes_an_unpinned_folder(api: Api, type_: str) -> None:
    made = await api.make_folder("  Europe ", type_)
    assert list(made) == [
        "id",
        "name",
        "audienceType",
        "isPinned",
        "position",
        "createdAt",
        "updatedAt",
    ]
    assert (made["name"], made["audienceType"], made["isPinned"]) == ("Europe", type_, False)
    assert re.fullmatch(SHOWN_TIME, made["createdAt"])
    assert made["createdAt"] == made["updatedAt"]
    assert data(await api.get("audiences/navigation"))["folders"] == [made | {"audiences": []}]


async def test_a_new_one_comes_last(api: Api) -> None:
    first = await api.make_folder("a")
    await api.patch(f"{URL}/{first['id']}", json={"position": 40})
    assert (await api.make_folder("b"))["position"] == 41


async def test_beyond_the_last_position_they_share_it(api: Api) -> None:
    first = await api.make_folder("a")
    await api.patch(f"{URL}/{first['id']}", json={"position": 1_000_000})
    assert (await api.make_folder("b"))["position"] == 1_000_000
    names = [folder["name"] for folder in data(await api.get("audiences/navigation"))["folders"]]
    assert names == ["a", "b"]


@pytest.mark.parametrize(
    "name", ["", " ", "x" * 201, "a\nb", "a\x00b", "a\u200bb", "\u202ea", None, 5, []]
)
async def test_a_name_that_is_none_is_refused(api: Api, name: object) -> None:
    response = await api.post(URL, json={"name": name, "audienceType": "on_demand"})
    assert set(problems(response)) == {"name"}


@pytest.mark.parametrize("type_", ["", "file_upload", "Monitoring", None, 1, ["monitoring"]])
async def test_a_folder_is_of_one_of_two_types(api: Api, type_: object) -> None:
    response = await api.post(URL, json={"name": "x", "audienceType": type_})
    assert set(problems(response)) == {"audienceType"}


async def test_every_wrong_field_is_named_at_once(api: Api) -> None:
    found = problems(await api.post(URL, json={"type": "on_demand", "isPinned": True}))
    assert set(found) == {"name", "audienceType", "type", "isPinned"}


@pytest.mark.parametrize("again", ["Straße", "STRASSE", " straße"])
async def test_a_taken_name_is_a_conflict(api: Api, again: str) -> None:
    await api.make_folder("Straße")
    response = await api.post(URL, json={"name": again, "audienceType": "monitoring"})
    error(response, 409, "CONFLICT")


async def test_a_folder_and_an_audience_may_share_a_name(api: Api, stranger: Api) -> None:
    await api.make_folder("CTOs")
    await api.make_audience("CTOs")
    await stranger.make_folder("CTOs")


async def test_of_many_at_once_with_one_name_one_is_made(api: Api) -> None:
    body = {"name": "Europe", "audienceType": "on_demand"}
    answers = await asyncio.gather(*(api.post(URL, json=body) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5


async def test_a_foreign_group_is_not_found(api: Api, stranger: Api) -> None:
    body = {"name": "Spy", "audienceType": "on_demand"}
    error(await stranger.post(f"{api.base_url}{URL}", json=body), 404, "NOT_FOUND")
    assert data(await api.get("audiences/navigation"))["folders"] == []


async def test_it_needs_audiences_write(service: Service, pool: Pool) -> None:
    reader = await make_tenant(pool, permissions=["audiences:read"])
    async with service.client(reader) as api:
        response = await api.post(URL, json={"name": "x", "audienceType": "on_demand"})
    assert "audiences:write" in error(response, 403, "FORBIDDEN")["details"]
