"""POST /uploads against the real HTTP server: connections that break, a server that stops, memory."""

from __future__ import annotations

import asyncio
import signal
import time
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import pytest

from support.clock import PATIENCE, measures_time
from support.http import serving
from support.jobs import kept, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from houselist.postgres.db import Pool
    from support.http import Server
    from support.service import Api

NOTHING = {"uploads": 0, "upload_chunks": 0}
ROWS = b"someone@somewhere.example\n" * 4_000


@pytest.fixture(scope="module")
async def server(dsn: str) -> AsyncIterator[Server]:
    async with serving(dsn) as server:
        yield server


async def begin(server: Server, api: Api, length: int, body: bytes) -> Any:
    """A connection on which an upload of `length` bytes has sent `body` so far."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(
        f"POST /v1/accounts/{api.tenant.account_group_id}/uploads HTTP/1.1\r\n"
        f"host: houselist\r\nauthorization: Bearer {api.tenant.token}\r\n"
        f"content-type: text/csv\r\ncontent-length: {length}\r\n\r\n".encode()
        + body
    )
    await writer.drain()
    return reader, writer


async def some_rows_are_kept(pool: Pool, api: Api) -> None:
    async def asked() -> bool:
        return (await kept(pool, api, NOTHING))["upload_chunks"] > 0

    await until(asked)


async def nothing_is_kept(pool: Pool, api: Api) -> None:
    async def asked() -> bool:
        return await kept(pool, api, NOTHING) == NOTHING

    await until(asked)


async def test_a_connection_that_breaks_leaves_nothing(
    server: Server, api: Api, pool: Pool
) -> None:
    _, writer = await begin(server, api, 10_000_000, b"Email\n" + ROWS * 10)
    await some_rows_are_kept(pool, api)
    writer.transport.abort()
    await nothing_is_kept(pool, api)


@measures_time
async def test_a_declared_length_over_2_gib_is_refused_before_it_is_sent(
    server: Server, api: Api
) -> None:
    reader, writer = await begin(server, api, (2 << 30) + 1, b"Email\n")
    async with asyncio.timeout(5):
        assert (await reader.readline()).startswith(b"HTTP/1.1 413")
    writer.close()


async def test_memory_stays_while_a_large_file_streams_through(server: Server, api: Api) -> None:
    row = ",".join(["p%d@b.example", *(["x" * 490] * 4)]) + "\n"
    before, grown, size = server.memory(), 0, 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal grown, size
        yield b"Email,a,b,c,d\n"
        for start in range(0, 30_000, 60):
            block = "".join(row % number for number in range(start, start + 60)).encode()
            size += len(block)
            yield block
            now = server.memory()
            grown = max(grown, *(bytes_ - before.get(pid, 0) for pid, bytes_ in now.items()))

    path = f"{server.url}/v1/accounts/{api.tenant.account_group_id}/uploads"
    headers = {"authorization": f"Bearer {api.tenant.token}", "content-type": "text/csv"}
    async with httpx.AsyncClient(timeout=PATIENCE) as client:
        response = await client.post(path, content=body(), headers=headers)
    upload = msgspec.json.decode(response.content)["data"]
    assert (response.status_code, upload["rowCount"]) == (201, 30_000)
    assert size > 58_000_000
    # Of those that were there before as of the one that reads the file.
    assert grown < 40_000_000


@measures_time
async def test_a_server_that_is_told_to_stop_does_so_although_an_upload_crawls(
    dsn: str, api: Api, pool: Pool
) -> None:
    async with serving(dsn) as server:
        _, writer = await begin(server, api, 10_000_000, b"Email\n" + ROWS * 10)
        await some_rows_are_kept(pool, api)
        before = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(server.process.wait)
        assert time.monotonic() - before < 8
        writer.transport.abort()
