"""Workers killed with -9 in the middle of an import: the next goes on, and the result is exact."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from support.depth import rounds
from support.known_files import members_only, mixed
from support.survival import Progress, assert_exact, assert_queue_empties, next_death, start_import
from support.worker_processes import workers

if TYPE_CHECKING:
    import random
    from pathlib import Path

    from support.service import Api
    from support.survival import House

KILLS = rounds(6)
ROWS = 400 * KILLS
# These die at any moment of their start, before or soon after they took the job.
KILLED_WHILE_STARTING = (3, 5, 8, 12)
START_SECONDS = 0.7
# So small that the import outlives all the kills on a fast machine.
BATCH = 10
TAKEOVER = 0.6


async def test_import_is_exact_although_workers_were_killed(
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
        for kill in range(KILLS):
            if kill in KILLED_WHILE_STARTING:
                await asyncio.sleep(chance.uniform(0, START_SECONDS))
            else:
                await progress.look()
                await progress.reach(next_death(chance, progress.position + 1, ROWS, KILLS - kill))
                await asyncio.sleep(chance.uniform(0, 0.01))
            assert worker.lives, worker.words()
            worker.kill()
            worker = start()
        assert await progress.look(), "the import was over before the last worker was killed"
        done = await tenant.finished(job["jobId"])
        await assert_exact(house.pool, tenant, done, source, members=members)
        await assert_queue_empties(house.pool)
        assert not worker.words(), "a worker that finds half a job has nothing to complain of"


async def test_job_goes_on_soon_after_its_worker_was_killed(
    house: House, tenant: Api, tmp_path: Path, chance: random.Random
) -> None:
    source = mixed(chance, 3000)
    with workers(house.dsn, tmp_path, batch=BATCH, takeover=1) as start:
        worker = start()
        job = await start_import(tenant, source, audienceName="Buyers")
        progress = Progress(house.pool, job["jobId"])
        await progress.reach(chance.randrange(1, 1000))
        worker.kill()
        killed = time.monotonic()
        start()
        assert await progress.look(), "the import was over before its worker was killed"
        await progress.reach(progress.position + 1)
        assert time.monotonic() - killed < 4, "one second to be missed, the rest to start a process"
        done = await tenant.finished(job["jobId"])
        await assert_exact(house.pool, tenant, done, source)
