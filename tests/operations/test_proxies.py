"""The proxies of docs/operations.md, run as they stand there: uploads, streams, paths and addresses."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import socket
import ssl
import time
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
import pytest

from support.clock import PATIENCE, measures_time
from support.events import change, queued_job
from support.http import serving
from support.jobs import Place, until
from support.listening import free_port
from support.rules import ROOT
from support.service import Api, data, error, make_tenant
from support.tls import certificate_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

# A client's address that is not the proxy's.
ELSEWHERE = "127.0.0.2"


@dataclass
class Proxy:
    """One that listens, and the place behind it."""

    url: str
    place: Place


def block(kind: str) -> str:
    """The example of the documents."""
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    return text.split(f"```{kind}\n")[1].split("```")[0]


def nginx(config: str, port: int, certificate: Path, folder: Path) -> list[str]:
    config = config.replace("listen 443", f"listen 127.0.0.1:{port}")
    config = re.sub(r"/etc/nginx/houselist\.(crt|key)", str(certificate), config)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    folders = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    user = "user root;\n" if os.geteuid() == 0 else ""
    file = folder / "nginx.conf"
    file.write_text(
        f"{user}daemon off;\npid {folder}/pid;\nerror_log stderr;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{folders}{config}}}\n"
    )
    return ["-p", str(folder), "-c", str(file)]


def haproxy(config: str, port: int, certificate: Path, folder: Path) -> list[str]:
    config = config.replace(":443 ", f"127.0.0.1:{port} ")
    file = folder / "haproxy.cfg"
    file.write_text(config.replace("/etc/haproxy/houselist.pem", str(certificate)))
    return ["-db", "-f", str(file)]


def caddy(config: str, port: int, certificate: Path, folder: Path) -> list[str]:
    config = config.replace(
        "houselist.example.org {", f"https://127.0.0.1:{port} {{\n tls {certificate} {certificate}"
    )
    file = folder / "Caddyfile"
    file.write_text(f"{{\n admin off\n auto_https disable_redirects\n}}\n{config}")
    return ["run", "--adapter", "caddyfile", "--config", str(file)]


PROXIES = {"nginx": nginx, "haproxy": haproxy, "caddy": caddy}
KINDS = {"nginx": "nginx", "haproxy": "haproxy", "caddy": "caddyfile"}


@pytest.fixture(scope="module", params=PROXIES)
async def proxy(
    request: pytest.FixtureRequest, server_dsn: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Proxy]:
    """Each in turn, in front of two servers."""
    name = request.param
    program = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip(f"there is no {name}: apt-get install {name}")
    folder = tmp_path_factory.mktemp(name)
    certificate_for("127.0.0.1", folder)
    limits = {"TRUSTED_PROXIES": "127.0.0.1", "UNAUTHORIZED_LIMIT": "5/hour"}
    async with (
        Place.made(server_dsn, f"proxy_{name}") as place,
        serving(place.dsn, **limits) as one,
        serving(place.dsn, **limits) as other,
    ):
        config = block(KINDS[name]).replace("10.0.0.2:8000", f"127.0.0.1:{one.port}")
        config = config.replace("10.0.0.3:8000", f"127.0.0.1:{other.port}")
        port = free_port()
        arguments = PROXIES[name](config, port, folder / "certificate.pem", folder)
        async with running(program, *arguments, port=port, home=folder):
            yield Proxy(f"https://127.0.0.1:{port}", place)


@asynccontextmanager
async def running(program: str, *arguments: str, port: int, home: Path) -> AsyncIterator[None]:
    env = {
        **os.environ,
        "HOME": str(home),
        "XDG_DATA_HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
    }
    process = await asyncio.create_subprocess_exec(program, *arguments, env=env)

    async def answers() -> bool:
        assert process.returncode is None, "it has ended"
        try:
            async with visitor(f"https://127.0.0.1:{port}") as client:
                return (await client.get("/readyz")).status_code == 200
        except httpx.TransportError:
            return False

    try:
        await until(answers)
        yield
    finally:
        process.terminate()
        with suppress(TimeoutError):  # Caddy waits for connections that are idle
            await asyncio.wait_for(process.wait(), 3)
        if process.returncode is None:
            process.kill()
            await process.wait()


def visitor(url: str, address: str = "127.0.0.1") -> httpx.AsyncClient:
    transport = httpx.AsyncHTTPTransport(verify=False, local_address=address)
    return httpx.AsyncClient(transport=transport, base_url=url, timeout=PATIENCE)


@asynccontextmanager
async def api_of(proxy: Proxy) -> AsyncIterator[Api]:
    tenant = await make_tenant(proxy.place.pool)
    async with Api(tenant, httpx.AsyncHTTPTransport(verify=False)) as api:
        api.base_url = f"{proxy.url}/v1/accounts/{tenant.account_group_id}/"
        yield api


async def test_requests_reach_the_api_and_nothing_else(proxy: Proxy) -> None:
    async with api_of(proxy) as api, visitor(proxy.url) as client:
        await api.make_audience()
        assert len(data(await api.get("audiences"))["items"]) == 1
        for path in ("/metrics", "/nope"):
            error(await client.get(path), 404, "NOT_FOUND")


@pytest.mark.parametrize("path", ["//healthz", "/healthz/", "/%68ealthz", "/x/..%2fhealthz"])
async def test_paths_are_handed_on_as_they_came(proxy: Proxy, path: str) -> None:
    tls = ssl.create_default_context()
    tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    port = int(proxy.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls)
    writer.write(f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n".encode())
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    assert b" 404 " in answer.partition(b"\r\n")[0]
    assert b'"code":"NOT_FOUND"' in answer


async def test_an_upload_is_passed_on_as_it_comes(proxy: Proxy) -> None:
    rest = asyncio.Event()

    async def people() -> AsyncIterator[bytes]:
        yield b"email\n"
        for number in range(40_000):  # more than any of them has room for
            yield b"somebody.%d@example.org,%b\n" % (number, b"x" * 40)
        await rest.wait()
        yield b"last@example.org,\n"

    async def stored() -> bool:
        return await proxy.place.pool.fetchval(sql, group) > 0

    async with api_of(proxy) as api:
        group = bytes.fromhex(api.tenant.account_group_id)
        sql = "SELECT count(*) FROM upload_chunks WHERE account_group_id = $1"
        sending = asyncio.create_task(
            api.post("uploads", content=people(), headers={"content-type": "text/csv"})
        )
        await until(stored)
        assert not sending.done()
        rest.set()
        assert data(await sending, 201)["rowCount"] == 40_001


async def test_a_file_of_two_gibibytes_is_not_refused_on_the_way(proxy: Proxy) -> None:
    async with api_of(proxy) as api:
        tls = ssl.create_default_context()
        tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
        port = int(proxy.url.rpartition(":")[2])
        for size, expected in ((2 << 30, b""), ((2 << 30) + 1, b" 413 ")):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls)
            writer.write(
                f"POST /v1/accounts/{api.tenant.account_group_id}/uploads HTTP/1.1\r\n"
                f"host: 127.0.0.1\r\nauthorization: Bearer {api.tenant.token}\r\n"
                f"content-type: text/csv\r\ncontent-length: {size}\r\n\r\nemail\n".encode()
            )
            answering = asyncio.create_task(reader.readline())
            for _ in range(20):  # Caddy hands a refusal on with the next piece that comes
                await asyncio.wait({answering}, timeout=0.1)
                with suppress(ConnectionError):
                    writer.write(b"somebody@example.org\n" * 100)
            answer = answering.result() if answering.done() else b""
            answering.cancel()
            writer.close()
            assert answer == b"" if not expected else expected in answer, (size, answer)


@measures_time
async def test_events_arrive_as_they_happen(proxy: Proxy) -> None:
    async with api_of(proxy) as api:
        job_id = await queued_job(api)
        async with api.stream("GET", f"prospecting/{job_id}/events") as response:
            assert response.headers["content-type"] == "text/event-stream"
            lines = response.aiter_lines()
            for number in range(3):
                started = time.monotonic()
                async with asyncio.timeout(PATIENCE):
                    while await anext(lines) != f"id: {number}":
                        pass
                assert time.monotonic() - started < 2
                await change(proxy.place.pool, job_id)


async def test_the_client_s_address_is_told_and_not_what_the_client_says(proxy: Proxy) -> None:
    async with visitor(proxy.url, ELSEWHERE) as client:
        statuses = [
            (
                await client.get("/v1/accounts", headers={"x-forwarded-for": f"192.0.2.{n}"})
            ).status_code
            for n in range(30)
        ]
        # Two servers, each of which counts on its own.
        assert statuses.count(401) <= 10
        assert statuses[-1] == 429
    async with visitor(proxy.url) as client:  # from the proxy's own host
        error(await client.get("/v1/accounts"), 401, "UNAUTHORIZED")


async def test_a_crowd_that_says_nothing_does_not_reach_the_servers(proxy: Proxy) -> None:
    port = int(proxy.url.rpartition(":")[2])
    silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(200)]
    async with visitor(proxy.url) as client:
        data(await client.get("/healthz"))
    for each in silent:
        each.close()
