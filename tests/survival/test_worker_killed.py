"""Workers killed with -9 in the middle of an import: the next goes on, and the result is exact."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from support_survival import (
    Progress,
    assert_exact,
    assert_queue_empties,
    members_only,
    mixed,
    start_import,
    workers,
)

if TYPE_CHECKING:
    import random
    from pathlib import Path

    from support import Api
    from support_survival import House

ROWS = 20_000
KILLS = 20
KILLS_WHILE_STARTING = 4
BATCH = 40
TAKEOVER = 0.6


async def test_import_is_exact_although_twenty_workers_were_killed(
    house: House, tenant: Api, tmp_path: Path, chance: random.Random
) -> None:
    members = members_only(chance, 300)
    source = mixed(chance, ROWS, members)
    with workers(house.dsn, tmp_path, batch=BATCH, takeover=TAKEOVER) as start:
        worker = start()
        first = await start_import(tenant, members, audienceName="Buyers")
        await tenant.finished(first["jobId"])
        job = await start_import(tenant, source, audienceId=first["audienceId"])
        progress = Progress(house.pool, job["jobId"])
        for death in _deaths(chance):
            if death is None:
                await asyncio.sleep(chance.uniform(0, 1.5))
            else:
                await progress.reach(death)
                await asyncio.sleep(chance.uniform(0, 0.05))
            assert worker.lives, worker.words()
            worker.kill()
            worker = start()
        assert await progress.look(), "the import was over before the last worker was killed"
        done = await tenant.finished(job["jobId"], 30)
        await assert_exact(house.pool, tenant, done, source, members=members)
        await assert_queue_empties(house.pool)
        assert not worker.words(), "a worker that finds half a job has nothing to complain of"


def _deaths(chance: random.Random) -> list[int | None]:
    """At which row each worker dies; None for a moment soon after its start."""
    rows = sorted(chance.sample(range(ROWS * 9 // 10), KILLS - KILLS_WHILE_STARTING))
    deaths: list[int | None] = [*rows]
    for _ in range(KILLS_WHILE_STARTING):
        deaths.insert(chance.randrange(1, len(rows)), None)
    return deaths


async def test_job_goes_on_soon_after_its_worker_was_killed(
    house: House, tenant: Api, tmp_path: Path, chance: random.Random
) -> None:
    source = mixed(chance, 4000)
    with workers(house.dsn, tmp_path, batch=20, takeover=1) as start:
        worker = start()
        job = await start_import(tenant, source, audienceName="Buyers")
        progress = Progress(house.pool, job["jobId"])
        await progress.reach(100)
        start()
        await asyncio.sleep(1)
        worker.kill()
        assert await progress.look()
        killed = time.monotonic()
        await progress.reach(progress.position + 1)
        assert time.monotonic() - killed < 2.5
        await assert_exact(house.pool, tenant, await tenant.finished(job["jobId"], 30), source)
