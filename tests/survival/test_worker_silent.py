"""A worker that hangs and comes back: its job is taken over in time, and it spoils nothing."""

from __future__ import annotations

import asyncio
import signal
import time
from typing import TYPE_CHECKING

from support.jobs import until
from support.known_files import mixed
from support.survival import Progress, assert_exact, assert_queue_empties, start_import
from support.worker_processes import workers

if TYPE_CHECKING:
    import random
    from pathlib import Path

    from support.service import Api
    from support.survival import House

# Small batches, so that the worker is nearly always in the middle of one, with its locks held.
BATCH = 10
TAKEOVER = 2


async def test_job_goes_on_elsewhere_while_its_worker_hangs(
    house: House, tenant: Api, tmp_path: Path, chance: random.Random
) -> None:
    source = mixed(chance, 5000)
    with workers(house.dsn, tmp_path, batch=BATCH, takeover=TAKEOVER) as start:
        hanging = start()
        job = await start_import(tenant, source, audienceName="Buyers")
        progress = Progress(house.pool, job["jobId"])
        await progress.reach(chance.randrange(1, 2500))
        await asyncio.sleep(chance.uniform(0, 0.01))
        hanging.signal(signal.SIGSTOP)
        stopped = time.monotonic()
        await until(lambda: _nothing_runs(house))  # what it had sent already is over
        start()
        assert await progress.look(), "the import was over before its worker hung"
        await progress.reach(progress.position + 1)
        assert time.monotonic() - stopped < 2 * TAKEOVER + 2
        hanging.signal(signal.SIGCONT)
        await assert_exact(house.pool, tenant, await tenant.finished(job["jobId"]), source)
        await assert_queue_empties(house.pool)


async def _nothing_runs(house: House) -> bool:
    """Whether PostgreSQL waits for the worker, and not the other way round."""
    return await house.pool.fetchval(
        "SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name = 'houselist worker'"
        " AND datname = current_database() AND state = 'active'"
        # One that is active may wait in the middle of a COPY, or to be rid of what it has to say.
        " AND wait_event_type IS DISTINCT FROM 'Client'"
    )
