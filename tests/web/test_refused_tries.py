"""Requests without a valid key: limited by address, and nobody with a valid one pays for them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from houselist.config import SettingError, load
from houselist.errors import RateLimited
from houselist.keys import store, tokens
from houselist.web import address_limit as addresslimit
from houselist.web.address_limit import AddressLimit
from support.apps import own_service, visitor
from support.service import data, error, make_tenant

if TYPE_CHECKING:
    from houselist.postgres.db import Pool


def scope(host: str | None, *forwarded: str) -> Any:
    headers = [(b"x-forwarded-for", each.encode("latin-1")) for each in forwarded]
    return {"client": host and (host, "1"), "headers": headers}


def tries(limit: AddressLimit, *where: str) -> int:
    """How many tries an address has before it is refused, ten at most."""
    for number in range(10):
        try:
            limit.count_refused(scope(*where))
        except RateLimited:
            return number
    return 10


async def test_who_tries_too_often_gets_429_and_a_valid_key_there_does_not(
    dsn: str, pool: Pool
) -> None:
    unknown = tokens.new_token()
    bad = ["", "Bearer", "Basic eDp5", "Bearer nonsense", f"Bearer {unknown}"]
    async with own_service(dsn, UNAUTHORIZED_LIMIT="5/hour") as service:
        tenant, later = await make_tenant(pool), await make_tenant(pool)
        async with visitor(service) as client, service.client(tenant) as api:
            data(await api.get("audiences"))
            for value in bad:
                answer = await client.get("/v1/accounts", headers={"authorization": value})
                error(answer, 401, "UNAUTHORIZED")
            for value in (*bad, None):
                headers = {} if value is None else {"authorization": value}
                answer = await client.get("/v1/accounts", headers=headers)
                error(answer, 429, "RATE_LIMITED")
                assert 1 <= int(answer.headers["retry-after"]) <= 3600
            data(await api.get("audiences"))
            async with service.client(later) as unseen:
                data(await unseen.get("audiences"))
            # What needs no key is not concerned, nor does it lead anywhere else.
            data(await client.get("/healthz"))
            error(await client.get("/nope"), 404, "NOT_FOUND")


async def test_look_ups_of_unknown_keys_leave_connections_to_others(
    dsn: str, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    under_way: list[int] = [0, 0]
    find = store.find

    async def slow_find(connection: Any, digest: bytes) -> Any:
        under_way[0] += 1
        under_way[1] = max(under_way)
        await asyncio.sleep(0.01)
        under_way[0] -= 1
        return await find(connection, digest)

    async with own_service(dsn, UNAUTHORIZED_LIMIT="1/hour") as service:
        async with visitor(service) as client:
            error(await client.get("/v1/accounts"), 401, "UNAUTHORIZED")
            error(await client.get("/v1/accounts"), 429, "RATE_LIMITED")
            monkeypatch.setattr(store, "find", slow_find)

            async def try_one() -> None:
                value = f"Bearer {tokens.new_token()}"
                answer = await client.get("/v1/accounts", headers={"authorization": value})
                error(answer, 429, "RATE_LIMITED")

            await asyncio.gather(*(try_one() for _ in range(30)))
            assert under_way[1] == 2
        async with service.client(await make_tenant(pool)) as api:
            data(await api.get("audiences"))


def test_tries_come_back_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(addresslimit.time, "monotonic", lambda: now[0])
    limit = AddressLimit("6/minute")
    assert tries(limit, "192.0.2.1") == 6
    with pytest.raises(RateLimited) as refused:
        limit.count_refused(scope("192.0.2.1"))
    assert refused.value.headers == {"retry-after": "10"}
    now[0] += 10
    assert tries(limit, "192.0.2.1") == 1
    now[0] += 3600
    assert tries(limit, "192.0.2.1") == 6


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:1:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("fe80::1%eth0", "fe80::2%eth1", True),
    ],
)
def test_each_address_has_its_own_tries_and_a_64_network_is_one(
    one: str, other: str, *, same: bool
) -> None:
    limit = AddressLimit("3/hour")
    assert tries(limit, one) == 3
    assert tries(limit, other) == (0 if same else 3)


def test_no_rule_is_no_limit() -> None:
    assert tries(AddressLimit(None), "192.0.2.1") == 10


def test_a_connection_without_an_address_is_counted_as_well() -> None:
    limit = AddressLimit("3/hour")
    limit.count_refused({"client": None, "headers": []})
    assert tries(limit, "not an address") == 2


def test_many_addresses_take_no_more_memory_and_the_busy_one_is_remembered() -> None:
    limit = AddressLimit("3/hour")
    assert tries(limit, "192.0.2.1") == 3
    for number in range(45_000):
        if number % 10_000 == 0:
            assert tries(limit, "192.0.2.1") == 0
        limit.count_refused(scope(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"))
    assert len(limit._full_at) == 20_000


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("10.0.0.2", ("192.0.2.1",), "192.0.2.1"),
        ("10.0.0.2", ("192.0.2.9, 192.0.2.1, 10.1.2.3",), "192.0.2.1"),
        ("10.0.0.2", ("192.0.2.9", "192.0.2.1"), "192.0.2.1"),
        ("10.0.0.2", ("192.0.2.1:4711",), "192.0.2.1"),
        ("10.0.0.2", ("[2001:db8::7]:4711",), "2001:db8::1"),
        ("10.0.0.2", ("2001:db8::7",), "2001:db8::1"),
        ("::ffff:10.0.0.2", ("192.0.2.1",), "192.0.2.1"),
        ("10.0.0.2", (), "10.0.0.2"),
        ("10.0.0.2", ("192.0.2.1, unknown",), "10.0.0.2"),
        ("10.0.0.2", ("\xff" * 60_000,), "10.0.0.2"),
        ("10.0.0.2", ("192.0.2.1, unknown, 10.1.2.3",), "10.1.2.3"),
        ("10.9.0.2", ("192.0.2.1",), "10.9.0.2"),
        ("192.0.2.7", ("192.0.2.1",), "192.0.2.7"),
    ],
)
def test_a_trusted_proxy_alone_is_believed_whom_it_speaks_for(
    peer: str, forwarded: tuple[str, ...], client: str
) -> None:
    networks = load({"HOUSELIST_TRUSTED_PROXIES": "10.0.0.2, 10.1.0.0/16"}).trusted_proxies
    limit = AddressLimit("3/hour", networks)
    assert tries(limit, peer, *forwarded) == 3
    assert tries(limit, client) == 0


def test_by_default_nobody_is_believed() -> None:
    limit = AddressLimit("3/hour", load({}).trusted_proxies)
    assert tries(limit, "127.0.0.1", "192.0.2.1") == 3
    assert tries(limit, "127.0.0.1", "192.0.2.2") == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HOUSELIST_TRUSTED_PROXIES", "proxy.example.org"),
        ("HOUSELIST_TRUSTED_PROXIES", "10.0.0.0/33"),
        ("HOUSELIST_UNAUTHORIZED_LIMIT", "0/minute"),
    ],
)
def test_a_setting_that_can_not_be_used_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=name):
        load({name: value})
