"""The Authorization header: which keys open the door, and that all others get one and the same answer."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from houselist.keys import store, tokens
from houselist.postgres import db
from houselist.web.authentication import Guard
from support.apps import own_service, visitor
from support.clock import measures_time
from support.jobs import until
from support.service import data, error, make_tenant

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from houselist.postgres.db import Pool
    from support.service import Api, Service, Tenant

URL = "/v1/accounts"


async def revoke(pool: Pool, tenant: Tenant) -> None:
    async with db.transaction(pool) as connection:
        await store.revoke(connection, tenant.key_id)


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def essence(response: httpx.Response) -> tuple[Any, ...]:
    """All of an answer but its trace id."""
    trace_id = response.headers["x-trace-id"]
    headers = sorted((name, value) for name, value in response.headers.items() if value != trace_id)
    return response.status_code, headers, response.content.replace(trace_id.encode(), b"-")


async def test_every_key_that_is_none_gets_the_same_answer(
    anybody: httpx.AsyncClient, pool: Pool, api: Api
) -> None:
    good = api.tenant.token
    revoked, expired = (
        await make_tenant(pool),
        await make_tenant(pool, expires_at=datetime.now(UTC) - timedelta(seconds=1)),
    )
    await revoke(pool, revoked)
    texts = [
        "",
        "Bearer",
        "Bearer ",
        good,
        f"Basic {good}",
        f"Token {good}",
        f"Bearer{good}",
        f"Bearer {good}x",
        f"Bearer {good[:-1]}",
        f"Bearer {good.swapcase()}",
        f"Bearer {good} {good}",
        f"Bearer {good},",
        "Bearer \xe9",
        f"Bearer {tokens.new_token()}",
        f"Bearer {revoked.token}",
        f"Bearer {expired.token}",
        "Bearer " + "x" * 5000,
    ]
    wrong: list[list[tuple[bytes, bytes]]] = [
        [(b"authorization", text.encode("latin-1"))] for text in texts
    ]
    twice = (b"authorization", f"Bearer {good}".encode())
    wrong += [[], [twice, twice], [(b"x-api-key", good.encode())]]
    answers = [await anybody.get(URL, headers=headers) for headers in wrong]
    answers.append(await anybody.get(f"{URL}?key={good}&authorization=Bearer%20{good}"))
    error(answers[0], 401, "UNAUTHORIZED")
    assert answers[0].headers["www-authenticate"] == "Bearer"
    assert {str(essence(answer)) for answer in answers} == {str(essence(answers[0]))}


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer "])
async def test_the_scheme_has_no_case(anybody: httpx.AsyncClient, api: Api, scheme: str) -> None:
    data(await anybody.get(URL, headers={"authorization": f"{scheme} {api.tenant.token}"}))


async def test_a_mistyped_key_costs_no_look_up(
    anybody: httpx.AsyncClient, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bytes] = []

    async def find(_: Any, digest: bytes) -> None:
        asked.append(digest)

    monkeypatch.setattr(store, "find", find)
    token = api.tenant.token
    for mistyped in (
        token[:-1] + ("a" if token[-1] != "a" else "b"),
        token[:20] + token[21:] + "0",
    ):
        error(await anybody.get(URL, headers=bearer(mistyped)), 401, "UNAUTHORIZED")
    assert asked == []
    unknown = tokens.new_token()
    error(await anybody.get(URL, headers=bearer(unknown)), 401, "UNAUTHORIZED")
    assert asked == [tokens.digest(unknown)]


async def test_a_known_key_is_not_looked_up_again(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    data(await api.get("audiences"))
    monkeypatch.setattr(store, "find", None)
    data(await api.get("audiences"))


@asynccontextmanager
async def two_processes(dsn: str) -> AsyncIterator[tuple[Service, Service]]:
    async with own_service(dsn) as one, own_service(dsn) as two:
        yield one, two


@measures_time
async def test_a_revoked_key_is_shut_out_everywhere_within_a_second(dsn: str, pool: Pool) -> None:
    async with two_processes(dsn) as services:
        tenant, other = await make_tenant(pool), await make_tenant(pool)
        visitors = [visitor(service) for service in services]
        for client in visitors:
            for known in (tenant, other):
                data(await client.get(URL, headers=bearer(known.token)))
        await revoke(pool, tenant)
        async with asyncio.timeout(0.9):
            for client in visitors:
                while (await client.get(URL, headers=bearer(tenant.token))).is_success:
                    await asyncio.sleep(0.01)
        for client in visitors:
            error(await client.get(URL, headers=bearer(tenant.token)), 401, "UNAUTHORIZED")
            data(await client.get(URL, headers=bearer(other.token)))


async def test_a_revocation_during_the_look_up_is_not_missed(
    dsn: str, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = await make_tenant(pool)
    really_find = store.find

    async def find_slowly(connection: Any, digest: bytes) -> Any:
        found = await really_find(connection, digest)
        before = keys._messages
        await revoke(pool, tenant)
        await until(lambda: asyncio.sleep(0, keys._messages > before))
        return found

    async with own_service(dsn) as service, service.client(tenant) as api:
        keys = service.app._services().get(Guard)._keys
        await until(lambda: asyncio.sleep(0, keys._listening))
        monkeypatch.setattr(store, "find", find_slowly)
        await api.get("audiences")  # was under way when the key was revoked
        monkeypatch.setattr(store, "find", really_find)
        error(await api.get("audiences"), 401, "UNAUTHORIZED")


async def test_while_nobody_hears_revocations_nothing_is_remembered(
    dsn: str, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def deaf(*_: Any) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(db, "listen_forever", deaf)
    tenant = await make_tenant(pool)
    async with own_service(dsn) as service, service.client(tenant) as api:
        data(await api.get("audiences"))
        await revoke(pool, tenant)
        error(await api.get("audiences"), 401, "UNAUTHORIZED")


async def test_after_the_line_was_cut_nothing_from_before_is_trusted(
    dsn: str, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[asyncio.Queue[str]] = []

    async def listen(
        _dsn: str, _channel: str, heard: asyncio.Queue[str], all_told: Any = None
    ) -> None:
        lines.append(heard)
        heard.put_nowait(db.LISTENING)
        if all_told:
            all_told(float("inf"))
        await asyncio.sleep(60)

    monkeypatch.setattr(db, "listen_forever", listen)
    tenant = await make_tenant(pool)
    async with own_service(dsn) as service, service.client(tenant) as api:
        await asyncio.sleep(0.05)
        data(await api.get("audiences"))
        for message in ("no id", "", db.CONNECTION_LOST, db.LISTENING):
            lines[0].put_nowait(message)
        await revoke(pool, tenant)  # nobody heard it
        error(await api.get("audiences"), 401, "UNAUTHORIZED")


async def test_a_key_expires_while_it_is_remembered(dsn: str, pool: Pool) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=0.6)
    tenant = await make_tenant(pool, expires_at=soon)
    async with own_service(dsn) as service, service.client(tenant) as api:
        data(await api.get("audiences"))
        await until(lambda: asyncio.sleep(0, datetime.now(UTC) > soon))
        error(await api.get("audiences"), 401, "UNAUTHORIZED")


async def test_a_key_with_two_groups_opens_both_and_no_third(
    service: Service, pool: Pool, api: Api, stranger: Api
) -> None:
    groups = [(await make_tenant(pool)).account_group_id, api.tenant.account_group_id]
    async with service.client(await make_tenant(pool, groups=groups)) as both:
        for group in groups:
            data(await both.get(f"http://houselist/v1/accounts/{group}/audiences"))
        error(await both.get(f"{stranger.base_url}audiences"), 404, "NOT_FOUND")


async def test_a_group_of_others_looks_like_one_that_does_not_exist(
    api: Api, stranger: Api
) -> None:
    foreign = await api.get(f"{stranger.base_url}audiences")
    absent = await api.get(f"http://houselist/v1/accounts/{'f' * 24}/audiences")
    assert foreign.json()["error"] == absent.json()["error"]
    assert foreign.status_code == absent.status_code == 404
