"""GET, POST /keys and DELETE /keys/{keyId}: the keys of an account group."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, get_args

from houselist.accounts.keys.shapes import PermissionName
from houselist.envelope import timestamp
from houselist.keys import tokens
from houselist.permissions import Permission
from support.clock import measures_time
from support.service import ALL, Tenant, data, error, make_tenant, problems

if TYPE_CHECKING:
    from houselist.postgres.db import Pool
    from support.service import Api, Service

READER = {"name": " CRM sync ", "permissions": ["prospects:read", "audiences:read"]}


def test_every_permission_can_be_given() -> None:
    assert set(get_args(PermissionName)) == set(Permission)


def _soon(**away: float) -> str:
    return timestamp(datetime.now(UTC) + timedelta(**away))


async def test_a_key_is_made_shown_once_and_works(service: Service, api: Api) -> None:
    ends = _soon(days=1)
    made = data(await api.post("keys", json={**READER, "expiresAt": ends}), 201)
    token = made.pop("key")
    assert tokens.is_well_formed(token)
    assert made["name"] == "CRM sync"
    assert made["permissions"] == ["audiences:read", "prospects:read"]
    assert (made["expiresAt"], made["revokedAt"], made["opensOthers"]) == (ends, None, False)
    answer = await api.get("keys")
    first, own = data(answer)["items"]
    assert first == made
    assert own["id"] == api.tenant.key_id.hex()
    assert token not in answer.text
    async with service.client(Tenant(api.tenant.account_group_id, token, b"")) as reader:
        data(await reader.get("audiences"))
        error(await reader.get("keys"), 403, "FORBIDDEN")


async def test_a_repeated_request_makes_one_key_and_does_not_show_it_again(
    api: Api, pool: Pool
) -> None:
    headers = {"idempotency-key": "one"}
    made = data(await api.post("keys", json=READER, headers=headers), 201)
    again = await api.post("keys", json=READER, headers=headers)
    assert data(again, 201) == {**made, "key": None}
    assert len(data(await api.get("keys"))["items"]) == 2
    kept = await pool.fetch(
        "SELECT data FROM idempotency_keys WHERE key_id = $1", api.tenant.key_id
    )
    assert made["key"] not in str(kept)


async def test_no_key_gives_more_than_it_has(service: Service, pool: Pool, api: Api) -> None:
    group = [api.tenant.account_group_id]
    ends = datetime.now(UTC) + timedelta(hours=1)
    few = await make_tenant(pool, ["keys:write", "audiences:read"], groups=group, expires_at=ends)
    async with service.client(few) as maker:
        wide = {**READER, "expiresAt": _soon(minutes=30)}
        refused = error(await maker.post("keys", json=wide), 403, "FORBIDDEN")
        assert "prospects:read" in refused["details"]
        narrow = {**wide, "permissions": ["audiences:read"]}
        data(await maker.post("keys", json=narrow), 201)
        for later in (None, _soon(hours=2)):
            refused = problems(await maker.post("keys", json={**narrow, "expiresAt": later}), 422)
            assert timestamp(ends) in refused["expiresAt"]


async def test_a_key_for_two_groups_makes_keys_for_the_one_of_the_path(
    service: Service, pool: Pool, api: Api, stranger: Api
) -> None:
    groups = [api.tenant.account_group_id, stranger.tenant.account_group_id]
    both = await make_tenant(pool, groups=groups)
    async with service.client(both) as maker:
        made = data(await maker.post("keys", json=READER), 201)
    assert made["opensOthers"] is False
    assert made["id"] in str(data(await api.get("keys")))
    assert made["id"] not in str(data(await stranger.get("keys")))


async def test_what_is_no_key_is_refused_with_all_reasons(api: Api) -> None:
    sent = {"name": " ", "permissions": ["everything"], "expiresAt": "tomorrow", "x": 1}
    found = problems(await api.post("keys", json=sent))
    assert {"name", "expiresAt", "x"} <= found.keys()
    assert any(path.startswith("permissions") for path in found)
    assert "permissions" in problems(await api.post("keys", json={**READER, "permissions": []}))
    past = {**READER, "expiresAt": _soon(seconds=-1)}
    assert "expiresAt" in problems(await api.post("keys", json=past), 422)
    assert len(data(await api.get("keys"))["items"]) == 1


@measures_time
async def test_a_revoked_key_stops_working_and_stays_in_the_list(
    service: Service, api: Api
) -> None:
    made = data(await api.post("keys", json=READER), 201)
    tenant = Tenant(api.tenant.account_group_id, made["key"], b"")
    async with service.client(tenant) as reader:
        data(await reader.get("audiences"))
        gone = data(await api.delete(f"keys/{made['id']}"))
        assert gone["revokedAt"]
        async with asyncio.timeout(1):
            while (await reader.get("audiences")).status_code != 401:
                await asyncio.sleep(0.01)
    assert data(await api.get("keys"))["items"][0] == gone | {
        "lastUsedAt": data(await api.get("keys"))["items"][0]["lastUsedAt"]
    }
    # Twice is no error, and the time stays that of the first.
    again = data(await api.delete(f"keys/{made['id']}"))
    assert again["revokedAt"] == gone["revokedAt"]


async def test_a_key_of_several_groups_is_revoked_by_one_that_opens_all(
    service: Service, pool: Pool, api: Api, stranger: Api
) -> None:
    groups = [api.tenant.account_group_id, stranger.tenant.account_group_id]
    both, other = [await make_tenant(pool, groups=groups) for _ in range(2)]
    path = f"keys/{both.key_id.hex()}"
    shown = data(await api.get("keys"))["items"]
    assert {each["id"]: each["opensOthers"] for each in shown}[both.key_id.hex()] is True
    refused = error(await api.delete(path), 403, "FORBIDDEN")
    assert "opens all of them" in refused["details"]
    async with service.client(other) as opens_all:
        assert data(await opens_all.delete(path))["revokedAt"]


async def test_a_stranger_neither_sees_nor_revokes_a_key(api: Api, stranger: Api) -> None:
    made = data(await api.post("keys", json=READER), 201)
    assert made["id"] not in str(data(await stranger.get("keys")))
    error(await stranger.delete(f"keys/{made['id']}"), 404, "NOT_FOUND")
    error(await api.delete(f"keys/{'0' * 24}"), 404, "NOT_FOUND")
    assert "keyId" in problems(await api.delete("keys/nonsense"))
    assert data(await api.get("keys"))["items"][0]["revokedAt"] is None


async def test_keys_are_listed_page_by_page(api: Api) -> None:
    made = [
        data(await api.post("keys", json={**READER, "name": f"key {n}"}), 201)["id"]
        for n in range(3)
    ]
    items = await api.all_items("keys", limit=2)
    assert [each["id"] for each in items] == [*reversed(made), api.tenant.key_id.hex()]
    assert items[-1]["permissions"] == sorted(ALL)
    assert "cursor" in problems(await api.get("keys", params={"cursor": "x"}))
