"""Event streams over real connections: they arrive at once, free what they took, and never hold up a stop."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import httpx
import pytest

from support.clock import measures_time
from support.events import Event, change, queued_job
from support.http import serving
from support.jobs import Place, until
from support.service import Api, data, make_tenant

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from support.http import Server

Served = tuple["Server", Api]


@pytest.fixture(scope="session")
async def place(server_dsn: str) -> AsyncIterator[Place]:
    """A database in which no worker takes up what is queued."""
    async with Place.made(server_dsn, "streams") as place:
        yield place


@pytest.fixture
async def served(place: Place) -> AsyncIterator[Served]:
    tenant = await make_tenant(place.pool)
    async with serving(place.dsn) as server, Api(tenant, httpx.AsyncHTTPTransport()) as api:
        api.base_url = f"{server.url}/v1/accounts/{tenant.account_group_id}/"
        yield server, api


async def next_event(blocks: AsyncIterator[str]) -> Event:
    """The next event of the stream's lines."""
    lines: list[str] = []
    async with asyncio.timeout(5):
        async for line in blocks:
            if line:
                lines.append(line)
            elif (event := Event.read("\n".join(lines))).name:
                return event
            else:
                lines.clear()
    raise AssertionError("the stream has ended")


@measures_time
async def test_events_arrive_as_they_happen_and_a_client_that_leaves_is_noticed(
    served: Served, place: Place
) -> None:
    server, api = served
    job_id = await queued_job(api)

    async def open_streams() -> int:
        text = server.metrics()
        return int(text.split("\nhouselist_event_streams ")[1].split(".")[0])

    async with api.stream("GET", f"prospecting/{job_id}/events") as response:
        assert response.headers["content-type"] == "text/event-stream"
        assert response.headers["x-content-type-options"] == "nosniff"
        lines = response.aiter_lines()
        assert (await next_event(lines)).id == 0
        for number in (1, 2):
            started = time.monotonic()
            await change(place.pool, job_id)
            assert (await next_event(lines)).id == number
            assert time.monotonic() - started < 1
        assert await open_streams() == 1

    async def none_is_open() -> bool:
        return await open_streams() == 0

    await until(none_is_open, 2)
    async with api.stream("GET", f"prospecting/{job_id}/events") as response:
        data(await api.post(f"prospecting/{job_id}/cancel"))
        lines = response.aiter_lines()
        while (event := await next_event(lines)).name != "end":
            pass
        assert event.data["status"] == "cancelled"
        assert [line async for line in lines] == []
    # The connection is whole: another request goes over it.
    data(await api.get(f"prospecting/{job_id}"))


@measures_time
async def test_a_stop_ends_the_streams_and_does_not_wait_for_them(served: Served) -> None:
    server, api = served
    job_id = await queued_job(api)
    async with AsyncExitStack() as stack:
        opened = [
            await stack.enter_async_context(api.stream("GET", f"prospecting/{job_id}/events"))
            for _ in range(20)
        ]
        streams = [response.aiter_lines() for response in opened]
        for lines in streams:
            await next_event(lines)
        started = time.monotonic()
        server.process.terminate()
        for lines in streams:
            assert [line async for line in lines if line] == []  # an end in order, not a cut
        assert time.monotonic() - started < 2
        assert await asyncio.to_thread(server.process.wait) == 0


@pytest.mark.parametrize(
    ("soft", "hard", "expected"),
    [(256, 20_000, (4096, 1000)), (256, 1000, (888, 500)), (8192, 8192, (4096, 1000))],
)
def test_connections_and_streams_stay_within_the_limit_of_open_files(
    soft: int, hard: int, expected: tuple[int, int]
) -> None:
    code = f"""
from resource import RLIMIT_NOFILE, setrlimit
setrlimit(RLIMIT_NOFILE, ({soft}, {hard}))
from houselist.jobs.follow import streams
from houselist.serving import connections
print(connections.connection_limit(), streams.max_streams())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert tuple(map(int, done.stdout.split())) == expected
