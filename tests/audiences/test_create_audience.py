"""POST /v1/accounts/{accountGroupId}/audiences: a new, empty audience."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from support.service import data, error, make_tenant, problems

if TYPE_CHECKING:
    from houselist.postgres.db import Pool
    from support.service import Api, Service


@pytest.mark.parametrize("type_", ["on_demand", "monitoring"])
async def test_it_makes_an_empty_ungrouped_audience(api: Api, type_: str) -> None:
    made = await api.make_audience("Founders", type_, description="Met in\nBerlin\t2026")
    rest = {name: made[name] for name in made if name not in ("id", "createdAt")}
    assert rest == {
        "name": "Founders",
        "type": type_,
        "description": "Met in\nBerlin\t2026",
        "folderId": None,
        "prospectCount": 0,
    }
    assert data(await api.get(f"audiences/{made['id']}")) == made


@pytest.mark.parametrize("description", [None, "", "é" * 2000, "😀"])
async def test_a_description_is_kept_as_it_was_given(api: Api, description: str | None) -> None:
    made = await api.make_audience(description=description)
    assert made["description"] == description


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("  CTOs\t", "CTOs"),
        ("x" * 200, "x" * 200),
        (" " + "😀" * 200 + " ", "😀" * 200),
        ("O'Neil; --", "O'Neil; --"),
    ],
)
async def test_a_name_is_trimmed_and_counted_in_characters(api: Api, given: str, kept: str) -> None:
    assert (await api.make_audience(given))["name"] == kept


@pytest.mark.parametrize(
    "name",
    [
        "",
        "   ",
        "x" * 201,
        "a\nb",
        "a\tb",
        "a\x00b",
        "a\x7fb",
        "a\x85b",
        "a\u200bb",
        "\u202ea",
        "a\u2066b",
        "a\U000e0041",
        "a\ufe0f",
        "\u3164",
        None,
        5,
        ["x"],
        {},
        True,
    ],
)
async def test_a_name_that_is_none_is_refused(api: Api, name: object) -> None:
    response = await api.post("audiences", json={"name": name, "type": "on_demand"})
    assert set(problems(response)) == {"name"}


async def test_an_invisible_character_is_told_by_its_code(api: Api) -> None:
    response = await api.post("audiences", json={"name": "CT\u200bOs", "type": "on_demand"})
    assert "U+200B" in problems(response)["name"]


@pytest.mark.parametrize("name", ["می\u200cخواهم", "👩\u200d🚀 Crew", "❤\ufe0f", "葛\U000e0100城"])
async def test_what_a_language_or_an_emoji_needs_is_kept(api: Api, name: str) -> None:
    assert (await api.make_audience(name))["name"] == name


@pytest.mark.parametrize("description", ["x" * 2001, "a\x00b", "a\x1bb", "a\u202eb", 5, ["x"]])
async def test_a_description_that_is_none_is_refused(api: Api, description: object) -> None:
    body = {"name": "CTOs", "type": "on_demand", "description": description}
    assert set(problems(await api.post("audiences", json=body))) == {"description"}


@pytest.mark.parametrize("type_", ["", "ON_DEMAND", "file_upload", "linkedin_search", None, 1, {}])
async def test_only_the_two_types_people_may_choose_are_taken(api: Api, type_: object) -> None:
    assert set(problems(await api.post("audiences", json={"name": "x", "type": type_}))) == {"type"}


async def test_every_wrong_field_is_named_at_once(api: Api) -> None:
    body = {"description": 1, "type": "x", "id": "0" * 24, "prospectCount": 5}
    found = problems(await api.post("audiences", json=body))
    assert set(found) == {"name", "description", "type", "id", "prospectCount"}
    assert found["name"] == "is required"


@pytest.mark.parametrize(
    "again", ["Café", "CAFÉ", " café ", "Cafe\u0301"], ids=["same", "case", "spaces", "composition"]
)
async def test_a_taken_name_is_a_conflict(api: Api, again: str) -> None:
    await api.make_audience("Café")
    refusal = error(
        await api.post("audiences", json={"name": again, "type": "monitoring"}), 409, "CONFLICT"
    )
    assert "already" in refusal["details"]
    assert len(data(await api.get("audiences"))["items"]) == 1


async def test_the_same_name_in_another_group_is_free(api: Api, stranger: Api) -> None:
    await api.make_audience("CTOs")
    await stranger.make_audience("CTOs")


async def test_a_deleted_audiences_name_is_free_again(api: Api) -> None:
    made = await api.make_audience("CTOs")
    data(await api.delete(f"audiences/{made['id']}"))
    assert (await api.make_audience("ctos"))["id"] != made["id"]


async def test_of_many_at_once_with_one_name_one_is_made(api: Api) -> None:
    tries = [api.post("audiences", json={"name": "CTOs", "type": "on_demand"}) for _ in range(8)]
    answers = await asyncio.gather(*tries)
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert len(data(await api.get("audiences"))["items"]) == 1


async def test_a_foreign_group_is_not_found_and_nothing_is_made(api: Api, stranger: Api) -> None:
    body = {"name": "Spy", "type": "on_demand"}
    error(await stranger.post(f"{api.base_url}audiences", json=body), 404, "NOT_FOUND")
    assert data(await api.get("audiences"))["items"] == []


async def test_it_needs_audiences_write(service: Service, pool: Pool) -> None:
    reader = await make_tenant(pool, permissions=["audiences:read", "prospecting:write"])
    async with service.client(reader) as api:
        response = await api.post("audiences", json={"name": "x", "type": "on_demand"})
    assert "audiences:write" in error(response, 403, "FORBIDDEN")["details"]
