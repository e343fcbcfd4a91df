"""The rate limit of a key, counted in a store for several processes, and without the store."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import json
import time
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from houselist import config
from support.apps import own_service
from support.clock import PATIENCE, measures_time
from support.http import Server, serving
from support.jobs import until
from support.rules import ROOT
from support.service import Api, data, error, make_tenant
from support.valkey import Store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from pathlib import Path

    from houselist.postgres.db import Pool
    from support.service import Tenant

# The store has half a second for each answer.
pytestmark = measures_time
QUOTA = 200
PASSWORD = "s3cret"
OUT_OF_REACH = "the store of the rate limit is out of reach; counting in this process"
BACK = "the store of the rate limit is back"


def left(response: httpx.Response) -> int:
    """How many requests may still pass, as the RateLimit header has it."""
    return int(response.headers["ratelimit"].split("r=")[1].split(";")[0])


def with_password(url: str) -> str:
    return url.replace("//", f"//:{PASSWORD}@")


def told(logs: Iterable[Path]) -> list[list[str]]:
    """What each process has logged of the store, never with its password."""
    texts = [path.read_text(encoding="utf-8") for path in logs]
    assert [text for text in texts if PASSWORD in text] == []
    events = [[json.loads(line)["event"] for line in text.splitlines()] for text in texts]
    return [[event for event in each if "store" in event] for each in events]


@dataclass
class Fleet:
    """Four server processes, the store that they share, and what each has logged."""

    store: Store
    servers: list[Server]
    logs: list[Path]

    @asynccontextmanager
    async def clients(self, tenant: Tenant) -> AsyncIterator[list[httpx.AsyncClient]]:
        async with AsyncExitStack() as stack:
            yield [
                await stack.enter_async_context(
                    httpx.AsyncClient(
                        base_url=server.url,
                        headers={"authorization": f"Bearer {tenant.token}"},
                        timeout=PATIENCE,
                    )
                )
                for server in self.servers
            ]

    def told(self) -> list[list[str]]:
        return told(self.logs)

    async def all_told(self, events: list[str]) -> bool:
        return self.told() == [events] * len(self.logs)


@pytest.fixture(scope="module")
async def fleet(dsn: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Fleet]:
    logs = [tmp_path_factory.mktemp("logs") / f"{number}.log" for number in range(4)]
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(Store.running("--requirepass", PASSWORD))
        url = with_password(store.url)
        variables = {"RATE_LIMIT": f"{QUOTA}/minute", "RATE_LIMIT_STORE": url}
        starting = [
            stack.enter_async_context(
                serving(dsn, errors=stack.enter_context(path.open("wb")), **variables)
            )
            for path in logs
        ]
        yield Fleet(store, await asyncio.gather(*starting), logs)


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with Store.running() as store:
        yield store


@asynccontextmanager
async def two(dsn: str, store: str, rule: str, *tenants: Tenant) -> AsyncIterator[list[Api]]:
    """Two services that share a store, and a client of each for each tenant."""
    variables = {"RATE_LIMIT": rule, "RATE_LIMIT_STORE": store}
    async with own_service(dsn, **variables) as one, own_service(dsn, **variables) as other:
        yield [service.client(tenant) for tenant in tenants for service in (one, other)]


async def test_four_processes_at_once_let_exactly_the_quota_pass(fleet: Fleet, pool: Pool) -> None:
    before = fleet.told()
    async with fleet.clients(await make_tenant(pool)) as clients:
        answers = await asyncio.gather(
            *(client.get("/v1/accounts") for client in clients for _ in range(100))
        )
    passed = [answer for answer in answers if answer.status_code == 200]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert (len(passed), len(refused)) == (QUOTA, 400 - QUOTA)
    # Each took a place of its own.
    assert sorted(left(answer) for answer in passed) == list(range(QUOTA))
    for answer in refused:
        error(answer, 429, "RATE_LIMITED")
        assert left(answer) == 0
        assert 50 <= int(answer.headers["retry-after"]) <= 60
    assert fleet.told() == before


async def test_without_the_store_each_process_counts_until_it_is_back(
    fleet: Fleet, pool: Pool
) -> None:
    (before, *_) = fleet.told()
    async with fleet.clients(await make_tenant(pool)) as clients:

        async def each_once() -> list[int]:
            return [left(await client.get("/v1/accounts")) for client in clients]

        assert await each_once() == [199, 198, 197, 196]
        await fleet.store.kill()
        assert await each_once() == [199] * 4
        assert await each_once() == [198] * 4
        many = await asyncio.gather(*(clients[0].get("/v1/accounts") for _ in range(QUOTA)))
        assert sum(answer.status_code == 200 for answer in many) == 198
        await fleet.store.start()
        await until(lambda: fleet.all_told([*before, OUT_OF_REACH, BACK]))
        assert await each_once() == [199, 198, 197, 196]


async def test_a_store_that_hangs_holds_no_request_up_for_long(fleet: Fleet, pool: Pool) -> None:
    (before, *_) = fleet.told()
    async with fleet.clients(await make_tenant(pool)) as clients:

        async def five_each() -> float:
            started = time.monotonic()
            requests = (client.get("/v1/accounts") for client in clients for _ in range(5))
            for answer in await asyncio.gather(*requests):
                data(answer)
            return time.monotonic() - started

        await five_each()
        fleet.store.freeze()
        try:
            assert await five_each() < 2
            assert await five_each() < 0.5  # nobody waits for a store that is known to hang
        finally:
            fleet.store.thaw()
        await until(lambda: fleet.all_told([*before, OUT_OF_REACH, BACK]))
        # The store still has its window.
        assert left(await clients[0].get("/v1/accounts")) < QUOTA - 20


async def test_the_window_is_one_for_all_and_slides(dsn: str, pool: Pool, store: Store) -> None:
    tenant = await make_tenant(pool)
    async with two(dsn, store.url, "2/second", tenant) as (one, other):
        first = await one.get("audiences")
        assert first.headers["ratelimit-policy"] == '"default";q=2;w=1'
        assert first.headers["ratelimit"] == '"default";r=1;t=1'
        await asyncio.sleep(0.6)
        assert left(await other.get("audiences")) == 0
        for api in (one, other, one, other):
            error(await api.get("audiences"), 429, "RATE_LIMITED")
        await asyncio.sleep(0.6)  # the first has left the window, the second has not
        data(await other.get("audiences"))
        refused = await one.get("audiences")
        error(refused, 429, "RATE_LIMITED")
        await asyncio.sleep(int(refused.headers["retry-after"]))
        data(await one.get("audiences"))


async def test_every_key_has_a_window_of_its_own(dsn: str, pool: Pool, store: Store) -> None:
    tenants = [await make_tenant(pool), await make_tenant(pool)]
    async with two(dsn, store.url, "1/minute", *tenants) as (one, one_more, other, _):
        data(await one.get("audiences"))
        error(await one_more.get("audiences"), 429, "RATE_LIMITED")
        data(await other.get("audiences"))


async def test_the_clocks_of_hosts_do_not_matter(
    dsn: str, pool: Pool, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = time.time
    async with two(dsn, store.url, "2/minute", await make_tenant(pool)) as (one, other):
        data(await one.get("audiences"))
        monkeypatch.setattr(time, "time", lambda: real() + 90)
        assert left(await other.get("audiences")) == 0
        monkeypatch.setattr(time, "time", lambda: real() - 90)
        error(await one.get("audiences"), 429, "RATE_LIMITED")


async def test_a_request_costs_one_command_and_many_at_once_cost_few(
    dsn: str, pool: Pool, store: Store
) -> None:
    async with (
        two(dsn, store.url, "500/minute", await make_tenant(pool)) as (api, _),
        store.client() as eye,
    ):
        data(await api.get("audiences"))

        async def commands(requests: int) -> int:
            await eye.config_resetstat()
            for answer in await asyncio.gather(*(api.get("audiences") for _ in range(requests))):
                data(answer)
            calls = await eye.info("commandstats")
            assert calls.keys() <= COMMANDS
            return calls["cmdstat_evalsha"]["calls"]

        assert await commands(1) == 1
        assert await commands(100) < 50


# The one that is sent, what its script does inside the store, and the one of the test.
COMMANDS = {
    f"cmdstat_{name}"
    for name in ("evalsha", "time", "lindex", "lpush", "ltrim", "expire", "config|resetstat")
}


async def test_a_process_holds_one_connection_and_closes_it(
    dsn: str, pool: Pool, store: Store
) -> None:
    async with store.client() as eye:

        async def connections() -> int:
            return sum(each["name"] != "test" for each in await eye.client_list())

        async with two(dsn, store.url, "500/minute", await make_tenant(pool)) as (one, other):
            await asyncio.gather(*(api.get("audiences") for api in (one, other) for _ in range(40)))
            assert await connections() == 2

        async def none() -> bool:
            return await connections() == 0

        await until(none)


async def test_turned_off_the_store_is_left_alone(dsn: str, pool: Pool, store: Store) -> None:
    async with (
        two(dsn, store.url, "off", await make_tenant(pool)) as (api, _),
        store.client() as eye,
    ):
        answer = await api.get("audiences")
        data(answer)
        assert "ratelimit" not in answer.headers
        assert [each["name"] for each in await eye.client_list()] == ["test"]


async def test_a_user_needs_no_more_than_the_documented_rights(dsn: str, pool: Pool) -> None:
    page = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    (rights,) = (line for line in page.splitlines() if line.startswith("~houselist:rate:"))
    user = ("houselist", "on", ">p@ss/w0rd", *rights.split())
    async with Store.running("--user", *user) as store:
        url = f"redis://houselist:p%40ss%2Fw0rd@127.0.0.1:{store.port}/3"
        async with two(dsn, url, "2/minute", await make_tenant(pool)) as (one, other):
            assert [left(await api.get("audiences")) for api in (one, other)] == [1, 0]
        async with store.client() as eye:
            await eye.select(3)
            (key,) = await eye.keys("*")
            assert 0 < await eye.ttl(key) <= 60


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_with_tls_the_name_in_the_certificate_must_be_right(
    dsn: str, pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    certificate, key = certify(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    files = ("--tls-cert-file", str(certificate), "--tls-key-file", str(key))
    async with Store.running(*files, "--tls-auth-clients", "no", tls=True) as store:
        url = f"valkeys://{host}:{store.port}"
        async with two(dsn, url, "2/minute", await make_tenant(pool)) as (one, other):
            seen = [left(await api.get("audiences")) for api in (one, other)]
    assert seen == ([1, 0] if host == "127.0.0.1" else [1, 1])


def certify(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 alone, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "store")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    paths = folder / "store.crt", folder / "store.key"
    pem = serialization.Encoding.PEM
    paths[0].write_bytes(certificate.public_bytes(pem))
    paths[1].write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return paths


async def test_a_store_that_refuses_us_is_told_once_and_requests_are_counted_without_it(
    dsn: str, pool: Pool, tmp_path: Path
) -> None:
    tenant = await make_tenant(pool)
    path = tmp_path / "refused.log"
    async with Store.running("--requirepass", "another") as store:
        variables = {"RATE_LIMIT": "1/minute", "RATE_LIMIT_STORE": with_password(store.url)}
        with path.open("wb") as errors:
            async with serving(dsn, errors=errors, **variables) as server:
                headers = {"authorization": f"Bearer {tenant.token}"}
                async with httpx.AsyncClient(
                    base_url=server.url, headers=headers, timeout=PATIENCE
                ) as client:
                    data(await client.get("/v1/accounts"))
                    error(await client.get("/v1/accounts"), 429, "RATE_LIMITED")
                    await asyncio.sleep(0.6)  # it has looked again, and must not say so again
    (events,) = told([path])
    assert events == [OUT_OF_REACH]


@pytest.mark.parametrize(
    "url",
    [
        "memory",
        "memory://x",
        "memcached://127.0.0.1",
        "valkey://",
        "valkey:///0",
        "valkey:6379",
        "valkey://:s3cret@",
        "valkey://h:s3cret",
        "valkey://h:0",
        "valkey://h:65536",
        "valkey://[::1",
        "valkey://u:s3c/ret@h/0",
        "valkey://u:s3c#ret@h/0",
        "valkey://h/one",
        "valkey://h/0/1",
        "valkey://h/-1",
        "valkey://h/0?ssl_cert_reqs=none",
        "valkey://h h/0",
        "redis+cluster://h",
        "https://u:s3cret@h/0",
        "s3cret",
    ],
)
def test_an_address_that_cannot_be_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(
        config.SettingError, match=r"^HOUSELIST_RATE_LIMIT_STORE can't be used"
    ) as told:
        config.load({"HOUSELIST_RATE_LIMIT_STORE": url})
    assert "s3c" not in str(told.value)
    assert told.value.__cause__ is None


@pytest.mark.parametrize(
    "url",
    [
        "memory://",
        "valkey://h",
        "valkey://h/",
        "valkeys://h:6380/0",
        "redis://:s%23cret@h:6379/15",
        "rediss://user:pass@store.example.com",
        "VALKEY://[::1]:6379/0",
    ],
)
def test_an_address_of_each_kind_is_taken(url: str) -> None:
    assert config.load({"HOUSELIST_RATE_LIMIT_STORE": url}).rate_limit_store == url
