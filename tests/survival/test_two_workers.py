"""One file into two audiences at once, by two worker processes: each person exists once."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

from support.clock import PATIENCE
from support.known_files import mixed
from support.survival import Progress, assert_exact, assert_queue_empties, start_import
from support.worker_processes import workers

if TYPE_CHECKING:
    import random
    from pathlib import Path

    from support.service import Api
    from support.survival import House


async def test_each_person_exists_once_and_both_audiences_are_complete(
    house: House, tenant: Api, tmp_path: Path, chance: random.Random
) -> None:
    source = mixed(chance, 1500)
    with workers(house.dsn, tmp_path, batch=10, takeover=15) as start:
        first = start()
        one = await start_import(tenant, source, audienceName="One")
        progress = Progress(house.pool, one["jobId"])
        await progress.reach(1)
        # While the first worker stands still, nobody but the second can take the second job.
        first.signal(signal.SIGSTOP)
        start()
        other = await start_import(tenant, source, audienceName="Other")
        await _both_taken(house)
        first.signal(signal.SIGCONT)
        assert await progress.look(), "the first import was over before the second began"
        for job in (one, other):
            done = await tenant.finished(job["jobId"])
            await assert_exact(house.pool, tenant, done, source)
        await assert_queue_empties(house.pool)


async def _both_taken(house: House) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            busy = await house.pool.fetchval(
                "SELECT count(DISTINCT queue_manager_id) FROM pgqueuer WHERE status = 'picked'"
            )
            if busy == 2:
                return
            await asyncio.sleep(0.01)
