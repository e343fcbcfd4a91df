"""However a request ends, nothing of it waits for Python's collector, which would stop all others."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from support.garbage import watched
from support.garbage_app import CRASHING
from support.jobs import until
from support.locks import lock_audience
from support.service import make_tenant

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from houselist.postgres.db import Pool
    from support.garbage import Watched

TIMES = 10
NOBODY = "0" * 24
CSV = {"content-type": "text/csv"}
AUDIENCE = {"name": "Kept", "type": "on_demand"}


@pytest.fixture(scope="module")
async def server(dsn: str, pool: Pool) -> AsyncIterator[Watched]:
    async with watched(dsn, await make_tenant(pool)) as server:
        await server.ask("POST", "~/audiences", 201, json=AUDIENCE)
        # msgspec leaves something when it first sees a shape; the tests of streams ask only once.
        job_id = await server.queued_job()
        (await follow(server, job_id))[1].transport.abort()
        await server.ask("POST", f"~/prospecting/{job_id}/cancel", 200)
        yield server


@asynccontextmanager
async def nothing_left(server: Watched) -> AsyncIterator[None]:
    """Fails where the collector finds anything of what was done in the block."""
    await server.garbage()
    yield
    assert await server.garbage() == {}


# What is asked, and the status of the answer.
ANSWERED: list[tuple[str, str, int, dict[str, Any]]] = [
    ("GET", "/healthz", 200, {}),
    ("GET", "/readyz", 200, {}),
    ("GET", "/metrics", 404, {}),
    ("GET", "/docs", 200, {}),
    ("GET", "/nothing/here", 404, {}),
    ("PUT", "/healthz", 405, {}),
    ("OPTIONS", "~/audiences", 200, {}),
    ("HEAD", "/healthz", 405, {}),
    ("HEAD", "~/audiences", 405, {}),
    ("GET", "/v1/accounts", 200, {}),
    ("GET", "~/audiences", 200, {}),
    ("GET", "~/audiences/navigation", 200, {}),
    ("GET", "~/audiences/navigation", 304, {"headers": {"if-none-match": "*"}}),
    ("GET", "~/audiences?limit=0&x=y", 400, {}),
    ("POST", "~/audiences", 400, {"json": {"name": "", "type": "x", "more": 1}}),
    ("POST", "~/audiences", 400, {"content": b"{"}),
    ("GET", "~/audiences", 401, {"headers": {"authorization": "Bearer hl_live_nobodys"}}),
    ("GET", f"/v1/accounts/{NOBODY}/audiences", 404, {}),
    ("GET", f"~/audiences/{NOBODY}", 404, {}),
    ("DELETE", f"~/audiences/{NOBODY}", 404, {}),
    ("POST", "~/audiences", 409, {"json": AUDIENCE}),
    ("POST", "~/audiences", 415, {"content": b"{}", "headers": {"content-type": "text/plain"}}),
    ("GET", f"~/prospects/{CRASHING}", 500, {}),
    ("GET", f"~/prospecting/{NOBODY}/events", 404, {}),
    ("GET", "~/sales-navigator/saved-searches", 409, {}),
    ("POST", "~/uploads", 201, {"content": b"email\na@b.example\n", "headers": CSV}),
    ("POST", "~/uploads", 400, {"content": b"", "headers": CSV}),
    ("POST", "~/uploads", 415, {"content": b"x", "headers": {"content-type": "image/png"}}),
]


@pytest.mark.parametrize(("method", "path", "status", "more"), ANSWERED)
async def test_an_answer_leaves_nothing(
    server: Watched, method: str, path: str, status: int, more: dict[str, Any]
) -> None:
    await server.ask(method, path, status, **more)
    async with nothing_left(server):
        for _ in range(TIMES):
            await server.ask(method, path, status, **more)


async def test_a_document_leaves_nothing(server: Watched) -> None:
    await server.client.get("/openapi.json")
    async with nothing_left(server):
        for _ in range(TIMES):
            assert (await server.client.get("/openapi.json")).status_code == 200


async def test_writes_and_their_replays_leave_nothing(server: Watched) -> None:
    for _ in range(2):
        async with nothing_left(server):
            for at in range(TIMES):
                headers = {"idempotency-key": f"key-{at}"}
                body = {"name": f"Once {at}", "type": "on_demand"}
                await server.ask("POST", "~/audiences", 201, json=body, headers=headers)
                file = {"content": b"email\na@b.example\n", "headers": CSV | headers}
                await server.ask("POST", "~/uploads", 201, **file)
    async with nothing_left(server):
        for at in range(TIMES):
            body, headers = {"name": "Other", "type": "on_demand"}, {"idempotency-key": f"key-{at}"}
            await server.ask("POST", "~/audiences", 409, json=body, headers=headers)


async def test_a_body_that_is_too_large_leaves_nothing(server: Watched) -> None:
    async with nothing_left(server):
        for _ in range(TIMES):
            reader, writer = await server.send("POST", "~/audiences", "content-length: 2000000")
            assert b" 413 " in await reader.readline()
            writer.close()


@pytest.mark.parametrize("path", ["~/audiences", "~/uploads"])
async def test_a_client_that_goes_away_amid_its_body_leaves_nothing(
    server: Watched, path: str
) -> None:
    async with nothing_left(server):
        for _ in range(TIMES):
            await half_a_body(server, path)


async def half_a_body(server: Watched, path: str) -> None:
    kind = "content-type: " + ("text/csv" if "uploads" in path else "application/json")
    _, writer = await server.send("POST", path, "content-length: 500", kind, body=b"email\na@b")
    await until_running(server)
    writer.transport.abort()


async def until_running(server: Watched) -> None:
    async def runs() -> bool:
        return (await server.client.get("/running")).json()["running"] > 0

    await until(runs)


@asynccontextmanager
async def stuck(server: Watched, pool: Pool) -> AsyncIterator[list[asyncio.StreamWriter]]:
    """Requests that wait in the database for as long as the block runs, and their connections."""
    audience_id, writers = await server.audience(), list[asyncio.StreamWriter]()
    async with pool.acquire() as other, other.transaction():
        await lock_audience(other, audience_id)
        for _ in range(4):
            _, writer = await server.send("DELETE", f"~/audiences/{audience_id}")
            writers.append(writer)

        async def all_wait() -> bool:
            return len(await pool.fetch(WAITING)) >= len(writers)

        await until(all_wait)
        yield writers
    for writer in writers:
        writer.close()


# Backends of the service that wait for a lock of ours.
WAITING = """
    SELECT pid FROM pg_stat_activity WHERE datname = current_database()
        AND application_name = 'houselist' AND wait_event_type = 'Lock'
"""


async def test_a_client_that_goes_away_amid_a_statement_leaves_nothing(
    server: Watched, pool: Pool
) -> None:
    async with nothing_left(server), stuck(server, pool) as writers:
        for writer in writers:
            writer.transport.abort()


async def test_a_database_that_hangs_up_leaves_its_connections_alone(
    server: Watched, pool: Pool
) -> None:
    await server.garbage()
    async with stuck(server, pool):
        for row in await pool.fetch(WAITING):
            await pool.execute("SELECT pg_terminate_backend($1::integer)", row["pid"])
    left = await server.garbage()
    # asyncpg's own, each a circle in itself; a pool has 10 of them at the most.
    assert left["asyncpg.connection.Connection"] == 4
    of_requests = ("frame", "Task", "coroutine", "traceback", "ASGIHTTPProtocol", "Starlette")
    assert [kind for kind in left if any(word in kind for word in of_requests)] == []


async def test_a_database_that_does_not_answer_leaves_nothing(server: Watched, pool: Pool) -> None:
    async with nothing_left(server), stuck(server, pool):
        await server.garbage()  # once all have been told 502


async def follow(server: Watched, job_id: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await server.send("GET", f"~/prospecting/{job_id}/events")
    async with asyncio.timeout(10):
        await reader.readuntil(b"event: progress")
    return reader, writer


async def test_streams_that_their_clients_end_leave_nothing(server: Watched) -> None:
    job_id = await server.queued_job()
    async with nothing_left(server):
        for _ in range(TIMES):
            (await follow(server, job_id))[1].transport.abort()


async def test_streams_that_end_with_their_job_leave_nothing(server: Watched) -> None:
    job_id = await server.queued_job()
    await server.garbage()
    async with nothing_left(server):
        streams = [await follow(server, job_id) for _ in range(TIMES)]
        await server.ask("POST", f"~/prospecting/{job_id}/cancel", 200)
        for reader, writer in streams:
            async with asyncio.timeout(10):
                assert b"event: end" in await reader.readuntil(b"\r\n0\r\n")
            writer.close()


async def test_streams_that_the_process_ends_leave_nothing(dsn: str, pool: Pool) -> None:
    async with watched(dsn, await make_tenant(pool)) as server:
        job_id = await server.queued_job()
        (await follow(server, job_id))[1].transport.abort()
        async with nothing_left(server):
            streams = [await follow(server, job_id) for _ in range(TIMES)]
            await server.client.get("/stop")
            for reader, writer in streams:
                async with asyncio.timeout(10):
                    await reader.readuntil(b"\r\n0\r\n")
                writer.close()


async def test_a_deadline_and_what_comes_too_late_leave_nothing(dsn: str, pool: Pool) -> None:
    tenant = await make_tenant(pool)
    async with watched(dsn, tenant, REQUEST_TIMEOUT="0.4") as server:
        async with nothing_left(server), stuck(server, pool):
            await server.garbage()  # once all have been given up
        for path in ("~/audiences", "~/uploads"):
            async with nothing_left(server):
                _, writer = await server.send(
                    "POST", path, "content-length: 500", "content-type: text/csv", body=b"email\n"
                )
                await until_running(server)
                await server.garbage()  # once it has been given up
                writer.close()


async def test_too_many_requests_leave_nothing(dsn: str, pool: Pool) -> None:
    async with watched(dsn, await make_tenant(pool), RATE_LIMIT="1/hour") as server:
        await server.ask("GET", "~/audiences", 200)
        async with nothing_left(server):
            for _ in range(TIMES):
                await server.ask("GET", "~/audiences", 429)


async def test_a_key_without_the_permission_leaves_nothing(dsn: str, pool: Pool) -> None:
    async with watched(dsn, await make_tenant(pool, permissions=())) as server:
        await server.ask("GET", "~/audiences", 403)
        async with nothing_left(server):
            for _ in range(TIMES):
                await server.ask("GET", "~/audiences", 403)


async def test_a_database_that_is_down_leaves_nothing(pool: Pool) -> None:
    async with watched("postgresql://127.0.0.1:1/x", await make_tenant(pool)) as server:
        for path in ("~/audiences", "/readyz"):
            await server.ask("GET", path, 502)
            async with nothing_left(server):
                for _ in range(TIMES):
                    await server.ask("GET", path, 502)
