"""Several worker processes on one account group keep to what its account bears, and starve no job."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from houselist.connections.pace import Pace, Pauses
from support.clock import measures_time
from support.jobs import Place, until
from support.provided import VARIABLES, connect, search, told
from support.service import data

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from fakes.unipile.server import FakeUnipile
    from support.service import Api

# With short turns, so that jobs take many of them.
WORKER = """
import asyncio
from houselist import config, logs
from houselist.worker import session as worker
from houselist.jobs.run import enrichment, provider_pages
enrichment.LOOK_UP_SLICE = provider_pages.IMPORT_SLICE = 0.1
settings = config.load()
logs.configure("warning")
print("ready", flush=True)
asyncio.run(worker.work(settings, settings.database_url, asyncio.Event()))
"""
PEOPLE = 15


@asynccontextmanager
async def worker(dsn: str, log: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """A worker process, gone when the block ends."""
    settings = {**VARIABLES, "DATABASE_URL": dsn, "JOB_TAKEOVER": "1"}
    with log.open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            WORKER,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            env={**os.environ, **{f"HOUSELIST_{name}": value for name, value in settings.items()}},
        )
    try:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.fixture(scope="module")
async def place(server_dsn: str) -> AsyncIterator[Place]:
    """A database of these tests' own."""
    async with Place.made(server_dsn, "crowd", **VARIABLES) as place:
        yield place


@pytest.fixture(scope="module", autouse=True)
async def _workers(place: Place, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[None]:
    logs = tmp_path_factory.mktemp("workers")
    async with worker(place.dsn, logs / "1"), worker(place.dsn, logs / "2"):
        yield


async def start(api: Api, count: int) -> list[Any]:
    """Jobs that have each people of their own."""
    return [
        await api.start(
            type="linkedin_search",
            audienceName=f"Found {number}",
            searchUrl=search(number * PEOPLE, (number + 1) * PEOPLE),
        )
        for number in range(count)
    ]


async def all_whole(api: Api, jobs: list[Any]) -> None:
    for job in jobs:
        done = await api.finished(job["jobId"])
        assert (done["status"], done["counts"]["added"]) == ("completed", PEOPLE), done


@pytest.mark.parametrize("concurrency", [1, 2])
async def test_jobs_of_one_account_keep_to_what_it_bears_and_all_go_on(
    place: Place, idle: Api, fake: FakeUnipile, concurrency: int
) -> None:
    account_id = await connect(place.pool, idle, fake, concurrency=concurrency)
    fake.control.delay = 0.01
    jobs = await start(idle, 4)
    await all_whole(idle, jobs)
    assert fake.stats.highest[account_id] == concurrency
    # Nobody was asked for twice, however often the jobs changed hands.
    assert fake.stats.calls["profile"] == 4 * PEOPLE
    # All had begun before the first was over, though each could have had the account to itself.
    begun, over = await place.pool.fetchrow(
        """
        SELECT max(started_at), min(updated_at) FROM prospecting_jobs WHERE account_group_id = $1
        """,
        bytes.fromhex(idle.tenant.account_group_id),
    )
    assert begun < over


@measures_time
async def test_requests_keep_to_it_too_and_are_answered_while_a_job_runs(
    place: Place, idle: Api, fake: FakeUnipile
) -> None:
    account_id = await connect(place.pool, idle, fake)
    fake.control.delay = 0.1
    (job,) = await start(idle, 1)

    async def runs() -> bool:
        return (await told(idle, job))["status"] == "running"

    await until(runs)
    for _ in range(6):
        began = time.monotonic()
        items = data(await idle.get("sales-navigator/saved-searches"))["items"]
        assert [each["name"] for each in items] == ["Buyers", "Café"]
        assert time.monotonic() - began < 1
    assert await runs()
    await all_whole(idle, [job])
    assert fake.stats.highest[account_id] == 1


async def test_a_worker_killed_in_a_call_leaves_the_account_to_others(
    place: Place, idle: Api, fake: FakeUnipile, tmp_path: Path
) -> None:
    account_id = await connect(place.pool, idle, fake)
    fake.control.delay = 0.02
    async with worker(place.dsn, tmp_path / "log") as third:
        jobs = await start(idle, 3)
        await until(lambda: asyncio.sleep(0, fake.stats.calls["profile"] >= 5))
        third.send_signal(signal.SIGKILL)
        await all_whole(idle, jobs)
    # A call that a killed process had begun may still be under way there.
    assert fake.stats.highest[account_id] <= 2


async def test_workers_killed_in_calls_lose_no_pause(
    place: Place, idle: Api, fake: FakeUnipile, tmp_path: Path
) -> None:
    pace = Pace(Pauses(0.2, 0.3))
    account_id = await connect(place.pool, idle, fake, pace=pace, concurrency=2)
    fake.control.delay = 0.02
    jobs = [
        await idle.start(
            type="linkedin_search",
            audienceName=f"Found {first}",
            searchUrl=search(first, first + 3),
        )
        for first in (0, 3)
    ]
    for calls in (2, 4):
        async with worker(place.dsn, tmp_path / "log") as third:
            await until(lambda most=calls: asyncio.sleep(0, fake.stats.calls.total() >= most))
            third.send_signal(signal.SIGKILL)
    for job in jobs:
        done = await idle.finished(job["jobId"])
        assert (done["status"], done["counts"]["added"]) == ("completed", 3), done
    began = fake.stats.began[account_id]
    assert len(began) >= 8
    assert all(then - now >= 0.19 for now, then in pairwise(began)), began
