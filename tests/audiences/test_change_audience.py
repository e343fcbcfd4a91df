"""PATCH /v1/accounts/{accountGroupId}/audiences/{audienceId}: another name or description."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from support.prospects import assert_guarded, make_busy
from support.service import data, error, make_tenant, problems

if TYPE_CHECKING:
    from houselist.postgres.db import Pool
    from support.service import Api, Service


async def change(api: Api, audience_id: str, **fields: Any) -> Any:
    return await api.patch(f"audiences/{audience_id}", json=fields)


async def test_it_changes_what_is_given_and_nothing_else(api: Api) -> None:
    made = await api.make_audience("CTOs", description="Old")
    assert data(await change(api, made["id"], name=" CIOs ")) == made | {"name": "CIOs"}
    now = data(await change(api, made["id"], description="New"))
    assert now == made | {"name": "CIOs", "description": "New"}
    assert data(await api.get(f"audiences/{made['id']}")) == now


async def test_null_removes_the_description(api: Api) -> None:
    made = await api.make_audience(description="Old")
    assert data(await change(api, made["id"], description=None))["description"] is None


async def test_its_own_name_in_other_case_is_no_conflict(api: Api) -> None:
    made = await api.make_audience("ctos")
    assert data(await change(api, made["id"], name="CTOs"))["name"] == "CTOs"


async def test_a_taken_name_is_a_conflict_and_nothing_is_changed(api: Api) -> None:
    await api.make_audience("CTOs")
    other = await api.make_audience("CIOs")
    error(await change(api, other["id"], name="ctos", description="x"), 409, "CONFLICT")
    assert data(await api.get(f"audiences/{other['id']}")) == other


async def test_of_two_that_take_one_name_at_once_one_gets_it(api: Api) -> None:
    made = [await api.make_audience(f"a{number}") for number in range(6)]
    answers = await asyncio.gather(*(change(api, item["id"], name="The One") for item in made))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 5
    names = [item["name"] for item in data(await api.get("audiences"))["items"]]
    assert names.count("The One") == 1


async def test_two_that_swap_names_at_once_do_not_lock_each_other_out(api: Api) -> None:
    one, two = await api.make_audience("one"), await api.make_audience("two")
    answers = await asyncio.gather(
        change(api, one["id"], name="two"), change(api, two["id"], name="one")
    )
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert sorted(item["name"] for item in data(await api.get("audiences"))["items"]) == [
        "one",
        "two",
    ]


async def test_of_two_changes_to_one_audience_none_is_lost(api: Api) -> None:
    made = await api.make_audience("CTOs")
    await asyncio.gather(
        change(api, made["id"], name="CIOs"), change(api, made["id"], description="Both")
    )
    found = data(await api.get(f"audiences/{made['id']}"))
    assert (found["name"], found["description"]) == ("CIOs", "Both")


async def test_while_a_job_fills_it_it_is_guarded(api: Api, pool: Pool) -> None:
    made = await api.make_audience()
    job_id = await make_busy(pool, api, made["id"])
    assert_guarded(await change(api, made["id"], name="x"), job_id)


@pytest.mark.parametrize("field", ["id", "type", "folderId", "prospectCount", "createdAt", "NAME"])
async def test_what_cannot_be_changed_is_named(api: Api, field: str) -> None:
    made = await api.make_audience()
    assert set(problems(await change(api, made["id"], **{field: made.get(field)}))) == {field}


async def test_a_change_of_nothing_is_refused(api: Api) -> None:
    made = await api.make_audience()
    for response in (await change(api, made["id"]), await api.patch(f"audiences/{made['id']}")):
        words = problems(response)["body"]
        assert "name" in words
        assert "description" in words
    # A null says something: the description goes.
    assert data(await change(api, made["id"], description=None))["description"] is None
    assert set(problems(await change(api, "0" * 24))) == {"body"}


async def test_a_null_name_is_refused(api: Api) -> None:
    made = await api.make_audience()
    found = problems(await change(api, made["id"], name=None, description=5))
    assert set(found) == {"name", "description"}


async def test_a_bad_body_comes_before_a_missing_audience(api: Api) -> None:
    assert set(problems(await change(api, "0" * 24, name=""))) == {"name"}
    error(await change(api, "0" * 24, name="x"), 404, "NOT_FOUND")


async def test_a_stranger_changes_nothing(api: Api, stranger: Api) -> None:
    made = await api.make_audience()
    error(await change(stranger, made["id"], name="Mine"), 404, "NOT_FOUND")
    foreign = await stranger.patch(f"{api.base_url}audiences/{made['id']}", json={"name": "Mine"})
    error(foreign, 404, "NOT_FOUND")
    assert data(await api.get(f"audiences/{made['id']}")) == made


async def test_it_needs_audiences_write(service: Service, pool: Pool, api: Api) -> None:
    made = await api.make_audience()
    reader = await make_tenant(
        pool, permissions=["audiences:read"], groups=[api.tenant.account_group_id]
    )
    async with service.client(reader) as weak:
        refusal = error(await change(weak, made["id"], name="x"), 403, "FORBIDDEN")
    assert "audiences:write" in refusal["details"]
