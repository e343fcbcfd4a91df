"""Seeing a job through from the command line: a worker beside it, and a look now and then."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from houselist.cli.out import tell
from houselist.cli.progress import progress
from houselist.errors import Upstream
from houselist.jobs import store
from houselist.postgres import db
from houselist.worker import session as worker

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from houselist.config import Settings
    from houselist.jobs.shapes import Job

_LOOK_SECONDS = 0.1
_STOP_SECONDS = 5.0
_OVER = ("completed", "failed", "cancelled")


@asynccontextmanager
async def worker_beside(settings: Settings, dsn: str) -> AsyncGenerator[None]:
    """A job worker for as long as the block runs; it takes whatever is queued, like any other."""
    stop = asyncio.Event()
    working = asyncio.create_task(worker.work(settings, dsn, stop))
    try:
        yield
    finally:
        stop.set()
        _, late = await asyncio.wait({working}, timeout=_STOP_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(working, return_exceptions=True)


async def follow_job(pool: db.Pool, group: bytes, job: Job, total_rows: int, *, quiet: bool) -> Job:
    """The job once it is over. Interrupted, it says what becomes of the job."""
    try:
        with progress(total_rows, quiet=quiet) as report:
            while job.status not in _OVER:
                await asyncio.sleep(_LOOK_SECONDS)
                try:
                    async with db.acquire(pool) as connection:
                        job = await store.get(connection, group, bytes.fromhex(job.job_id))
                except Upstream:
                    continue  # the worker waits for the database as well
                report(job.counts.rows)
    except asyncio.CancelledError:
        tell(
            f"Job {job.job_id} is not over: `houselist serve` or `houselist worker` goes on with"
            f" it, POST /v1/accounts/{group.hex()}/prospecting/{job.job_id}/cancel ends it."
        )
        raise
    return job
