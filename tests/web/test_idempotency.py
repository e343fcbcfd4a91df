"""Idempotency-Key: a write that is sent again has its effect once, and the same answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from support.apps import own_service
from support.service import data, error, make_tenant, problems

if TYPE_CHECKING:
    import httpx

    from houselist.postgres.db import Pool
    from support.service import Api, Service

KEY = {"idempotency-key": "order-66"}
BODY = {"name": "CTOs", "type": "on_demand"}


def assert_replayed(again: httpx.Response, first: httpx.Response) -> None:
    assert again.status_code == first.status_code
    assert again.json()["data"] == first.json()["data"]
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert again.json()["traceId"] == again.headers["x-trace-id"] != first.json()["traceId"]


async def writes(api: Api) -> list[tuple[str, str, Any]]:
    """Every write there is, ready to be done once."""
    audience, folder, doomed = (
        await api.make_audience("A"),
        await api.make_folder("F"),
        await api.make_folder("G"),
    )
    one, two = f"audiences/{audience['id']}", f"audiences/{(await api.make_audience('B'))['id']}"
    return [
        ("POST", "audiences", BODY),
        ("PATCH", one, {"name": "New"}),
        ("POST", f"{one}/move-to-folder", {"folderId": folder["id"]}),
        ("POST", f"{one}/remove-from-folder", {}),
        ("DELETE", two, {}),
        ("POST", "audiences/folders", {"name": "H", "audienceType": "monitoring"}),
        ("PATCH", f"audiences/folders/{folder['id']}", {"isPinned": True}),
        ("DELETE", f"audiences/folders/{doomed['id']}", {}),
    ]


async def test_every_write_gives_its_first_answer_again(api: Api) -> None:
    for method, url, body in await writes(api):
        first = await api.request(method, url, json=body, headers=KEY)
        assert first.status_code in (200, 201), first.text
        for _ in range(2):
            assert_replayed(await api.request(method, url, json=body, headers=KEY), first)


async def test_the_first_answer_stays_whatever_happens_after(api: Api) -> None:
    first = await api.post("audiences", json=BODY, headers=KEY)
    made = data(first, 201)
    await api.patch(f"audiences/{made['id']}", json={"name": "Renamed"})
    await api.delete(f"audiences/{made['id']}")
    assert_replayed(await api.post("audiences", json=BODY, headers=KEY), first)
    assert data(await api.get("audiences"))["items"] == []


@pytest.mark.parametrize("change", [{"name": "Other"}, {"description": ""}])
async def test_another_body_is_a_conflict(api: Api, change: dict[str, str]) -> None:
    first = await api.post("audiences", json=BODY, headers=KEY)
    error(await api.post("audiences", json=BODY | change, headers=KEY), 409, "IDEMPOTENCY_CONFLICT")
    assert_replayed(await api.post("audiences", json=BODY, headers=KEY), first)
    assert len(data(await api.get("audiences"))["items"]) == 1


async def test_another_path_of_the_same_route_is_a_conflict(api: Api) -> None:
    one, two = await api.make_audience("1"), await api.make_audience("2")
    data(await api.delete(f"audiences/{one['id']}", headers=KEY))
    error(await api.delete(f"audiences/{two['id']}", headers=KEY), 409, "IDEMPOTENCY_CONFLICT")
    data(await api.get(f"audiences/{two['id']}"))


@pytest.mark.parametrize("key", ["", "a b", "a\tb", "é", "x" * 256, "\x7f", " "])
async def test_a_malformed_key_is_refused_and_nothing_is_done(api: Api, key: str) -> None:
    headers = [(b"idempotency-key", key.encode("latin-1"))]
    assert set(problems(await api.post("audiences", json=BODY, headers=headers))) == {
        "Idempotency-Key"
    }
    assert data(await api.get("audiences"))["items"] == []


async def test_two_keys_in_one_request_are_refused(api: Api) -> None:
    headers = [("idempotency-key", "a"), ("idempotency-key", "b")]
    assert set(problems(await api.post("audiences", json=BODY, headers=headers))) == {
        "Idempotency-Key"
    }


@pytest.mark.parametrize("key", ["x", "!~", "x" * 255, "';DROP--", "%00"])
async def test_any_visible_ascii_is_a_key(api: Api, key: str) -> None:
    headers = {"idempotency-key": key}
    first = await api.post("audiences", json=BODY, headers=headers)
    assert_replayed(await api.post("audiences", json=BODY, headers=headers), first)


async def test_many_at_once_have_one_effect_and_one_answer(api: Api) -> None:
    tries = (api.post("audiences", json=BODY, headers=KEY) for _ in range(8))
    answers = await asyncio.gather(*tries)
    assert [answer.status_code for answer in answers] == [201] * 8
    assert len({answer.json()["data"]["id"] for answer in answers}) == 1
    assert sum("idempotent-replayed" in answer.headers for answer in answers) == 7
    assert len(data(await api.get("audiences"))["items"]) == 1


async def test_many_at_once_on_two_processes_have_one_effect(
    dsn: str, service: Service, api: Api
) -> None:
    async with own_service(dsn) as second, second.client(api.tenant) as other:
        tries = (each.post("audiences", json=BODY, headers=KEY) for each in (api, other) * 3)
        answers = await asyncio.gather(*tries)
        assert [answer.status_code for answer in answers] == [201] * 6
        assert len({answer.json()["data"]["id"] for answer in answers}) == 1
        (first,) = (answer for answer in answers if "idempotent-replayed" not in answer.headers)
        assert_replayed(await other.post("audiences", json=BODY, headers=KEY), first)


async def test_of_two_bodies_at_once_one_is_done(api: Api) -> None:
    bodies = ({"name": f"n{number}", "type": "on_demand"} for number in range(6))
    answers = await asyncio.gather(
        *(api.post("audiences", json=body, headers=KEY) for body in bodies)
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5
    assert len(data(await api.get("audiences"))["items"]) == 1


async def test_a_refused_write_is_not_kept(api: Api) -> None:
    blocking = await api.make_audience("ctos")
    error(await api.post("audiences", json=BODY, headers=KEY), 409, "CONFLICT")
    await api.delete(f"audiences/{blocking['id']}")
    made = await api.post("audiences", json=BODY, headers=KEY)
    assert data(made, 201)["name"] == "CTOs"
    assert "idempotent-replayed" not in made.headers


async def test_routes_and_api_keys_do_not_share_keys(
    api: Api, service: Service, pool: Pool
) -> None:
    data(await api.post("audiences", json=BODY, headers=KEY), 201)
    data(
        await api.post(
            "audiences/folders", json={"name": "F", "audienceType": "on_demand"}, headers=KEY
        ),
        201,
    )
    second = await make_tenant(pool, groups=[api.tenant.account_group_id])
    async with service.client(second) as other:
        error(await other.post("audiences", json=BODY, headers=KEY), 409, "CONFLICT")


async def test_two_groups_of_one_key_do_not_share_keys(
    api: Api, service: Service, pool: Pool
) -> None:
    groups = [api.tenant.account_group_id, (await make_tenant(pool)).account_group_id]
    async with service.client(await make_tenant(pool, groups=groups)) as both:
        for group in groups:
            url = f"http://houselist/v1/accounts/{group}/audiences"
            data(await both.post(url, json=BODY, headers=KEY), 201)


async def test_after_a_day_it_is_new_again(api: Api, pool: Pool) -> None:
    async def age(hours: float) -> None:
        await pool.execute(
            "UPDATE idempotency_keys SET created_at = now() - $2 * interval '1 hour' WHERE account_group_id = $1",
            bytes.fromhex(api.tenant.account_group_id),
            hours,
        )

    first = await api.post("audiences", json=BODY, headers=KEY)
    await age(23.9)
    assert_replayed(await api.post("audiences", json=BODY, headers=KEY), first)
    await age(24.1)
    error(await api.post("audiences", json=BODY, headers=KEY), 409, "CONFLICT")
    other = await api.post("audiences", json=BODY | {"name": "Other"}, headers=KEY)
    assert "idempotent-replayed" not in other.headers
    assert_replayed(await api.post("audiences", json=BODY | {"name": "Other"}, headers=KEY), other)


async def test_a_replay_still_needs_the_permission(api: Api, pool: Pool, dsn: str) -> None:
    data(await api.post("audiences", json=BODY, headers=KEY), 201)
    await pool.execute("UPDATE api_keys SET permissions = '{}' WHERE id = $1", api.tenant.key_id)
    async with own_service(dsn) as fresh, fresh.client(api.tenant) as weak:
        error(await weak.post("audiences", json=BODY, headers=KEY), 403, "FORBIDDEN")


async def test_reads_take_no_notice(api: Api) -> None:
    assert "idempotent-replayed" not in (await api.get("audiences", headers=KEY)).headers
    await api.make_audience()
    assert len(data(await api.get("audiences", headers=KEY))["items"]) == 1
