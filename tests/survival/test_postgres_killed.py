"""PostgreSQL killed with -9 during an import and during reads: 502 in time, then all goes on."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from support.known_files import mixed
from support.service import data, error
from support.survival import (
    House,
    Progress,
    assert_exact,
    assert_queue_empties,
    next_death,
    start_import,
)
from support.worker_processes import workers

if TYPE_CHECKING:
    from pathlib import Path

    from support.service import Api
    from support.survival import Place

ROWS = 4_000
# A postmaster that is gone has to be started again; one that lost a child recovers by itself.
KILLS = ("postmaster", "child", "postmaster", "postmaster")
BATCH = 10
TAKEOVER = 1


@dataclass
class Reader:
    """Reads one path again and again. Each answer: when it came, after how long, its status."""

    api: Api
    path: str
    answers: list[tuple[float, float, int]] = field(default_factory=list)

    async def read(self) -> None:
        expected = data(await self.api.get(self.path))
        while True:
            asked = time.monotonic()
            response = await self.api.get(self.path)
            now = time.monotonic()
            self.answers.append((now, now - asked, response.status_code))
            if response.status_code == 200:
                assert data(response) == expected
            else:
                error(response, 502, "UPSTREAM_ERROR")
                assert int(response.headers["retry-after"]) >= 1
            await asyncio.sleep(0.02)

    async def sees(self, status: int, since: float, seconds: float = 5) -> None:
        async with asyncio.timeout(seconds):
            while True:
                if any(at > since and seen == status for at, _, seen in self.answers):
                    return
                await asyncio.sleep(0.01)


async def test_reads_answer_502_and_the_import_is_exact(
    place: Place, tmp_path: Path, chance: random.Random
) -> None:
    dsn = place.server.dsn
    with workers(dsn, tmp_path, batch=BATCH, takeover=TAKEOVER) as start:
        async with House.on(dsn) as house, house.tenant() as api, house.tenant() as bystander:
            worker = start()
            readers = await _readers(bystander)
            reading = [asyncio.create_task(reader.read()) for reader in readers]
            try:
                source = mixed(chance, ROWS)
                job = await start_import(api, source, audienceName="Buyers")
                progress = Progress(house.pool, job["jobId"])
                for done, kind in enumerate(KILLS):
                    await progress.look()
                    left = len(KILLS) - done
                    await progress.reach(next_death(chance, progress.position + 1, ROWS, left))
                    await asyncio.sleep(chance.uniform(0, 0.01))
                    assert await progress.look(), "the import was over before the last kill"
                    await (_lose_postmaster if kind == "postmaster" else _lose_child)(
                        place, house, readers, chance
                    )
                done = await api.finished(job["jobId"])
                await assert_exact(house.pool, api, done, source)
                await assert_queue_empties(house.pool)
                assert worker.lives
            finally:
                for task in reading:
                    task.cancel()
                ends = await asyncio.gather(*reading, return_exceptions=True)
            assert all(isinstance(end, asyncio.CancelledError) for end in ends), ends
            slowest = max(took for reader in readers for _, took, _ in reader.answers)
            assert slowest < 3


async def _readers(api: Api) -> list[Reader]:
    """Two readers of an audience that the kills have nothing to do with."""
    job = await start_import(api, mixed(random.Random(1), 300), audienceName="Bystanders")
    await api.finished(job["jobId"])
    audience = f"audiences/{job['audienceId']}"
    return [Reader(api, audience), Reader(api, f"{audience}/prospects?limit=100")]


async def _lose_postmaster(
    place: Place, house: House, readers: list[Reader], chance: random.Random
) -> None:
    killed = time.monotonic()
    place.kill()
    for reader in readers:
        await reader.sees(502, since=killed)
    await asyncio.sleep(chance.uniform(0, 1.5))
    assert await asyncio.to_thread(place.server.ensure_running)
    back = time.monotonic()
    for reader in readers:
        await reader.sees(200, since=back)


async def _lose_child(
    place: Place, house: House, readers: list[Reader], chance: random.Random
) -> None:
    """Kills the process of one connection, upon which PostgreSQL ends all and recovers."""
    rows: list[Any] = await house.pool.fetch(
        "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    killed = time.monotonic()
    os.kill(chance.choice(rows)["pid"], signal.SIGKILL)
    for reader in readers:
        await reader.sees(502, since=killed)
    gone = time.monotonic()
    for reader in readers:
        await reader.sees(200, since=gone)
